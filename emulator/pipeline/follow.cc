// Replies that follow a task until it ends. Nothing polls: a stream is woken when its task begins,
// ends or is cancelled, and when its dialect asks for it, all on the sandbox's clock.
#include <algorithm>
#include <utility>

#include "emulator/pipeline/flow.h"
#include "emulator/pipeline/pipeline.h"

namespace emulator {
namespace {

// How often a stream counts as a poll of a task that ends by polls.
constexpr Duration kPollEvery = std::chrono::seconds(1);
// The shortest time after which a stream looks again.
constexpr Duration kSoonest = std::chrono::nanoseconds(1);

std::string follower_key(std::uint16_t provider, const std::string& task) {
  return std::to_string(provider) + " " + task;
}

}  // namespace

struct Pipeline::Following {
  FlowPtr flow;
  std::string task;
  std::string box;
  std::shared_ptr<http::BodySink> sink;
  Json kept;  // the dialect's
  std::optional<Agenda::Ticket> wake;
  bool over = false;
};

// Begins a stream; false when the dialect has none for this call.
bool Pipeline::follow(const FlowPtr& flow, Task& task) {
  const TaskView view = state_at(task, flow->call.now);
  know_pictures(*flow->call.box, task, view);
  auto head = flow->dialect->followed(flow->call, task, view);
  if (!head) return false;
  const auto following = std::make_shared<Following>();
  following->flow = flow;
  following->task = task.id;
  following->box = flow->call.box->name();
  head->stream = [this, following](std::shared_ptr<http::BodySink> sink) {
    following->sink = std::move(sink);
    following->sink->on_closed([this, following] { stop_following(following); });
    followers_.emplace(follower_key(following->flow->call.provider, following->task), following);
    follow_on(following);
  };
  answer(flow, std::move(*head));
  return true;
}

void Pipeline::follow_on(const FollowingPtr& following) {
  if (following->over) return;
  const FlowPtr flow = following->flow;
  Call& call = flow->call;
  if (following->wake)
    if (Sandbox* box = parts_.sandboxes.find(following->box)) box->agenda.cancel(*following->wake);
  following->wake.reset();

  const Sandboxes::Found found = parts_.sandboxes.find_task(call.provider, following->task);
  if (!found) {
    following->sink->abort();
    return stop_following(following);
  }
  Task& task = *found.task;
  call.box = found.box;
  call.now = found.box->now();
  if (task.fate.polls > 0 && !task.shown && !task.cancelled) {
    found.box->changed(task);
    if (++task.polled >= static_cast<std::uint32_t>(task.fate.polls)) {
      task.shown = call.now;
      found.box->end_changed(task, std::nullopt, call.now);
    }
  }
  const TaskView view = state_at(task, call.now);
  know_pictures(*found.box, task, view);
  flow->exchange->task_after = phase_word(view);

  Piece piece = flow->dialect->follow(call, task, view, following->kept);
  Exchange& exchange = *flow->exchange;
  exchange.reply_bytes += piece.bytes.size();
  if (exchange.reply_body.size() < options_.kept_body)
    exchange.reply_body += piece.bytes.substr(0, options_.kept_body - exchange.reply_body.size());
  if (!piece.bytes.empty()) following->sink->write(std::move(piece.bytes));
  if (piece.last) {
    following->sink->end();
    return stop_following(following);
  }

  // What never ends is no use going to: a clock that skips would do nothing else.
  const bool awaited = task.fate.polls > 0 || due_next(task, call.now).has_value();
  std::optional<Instant> next = piece.next;
  const auto consider = [&](std::optional<Instant> at) {
    if (at && *at > call.now && (!next || *at < *next)) next = at;
  };
  if (task.fate.polls > 0) {
    consider(call.now + kPollEvery);
  } else {
    consider(task.accepted + task.fate.queued_for);
    consider(due_end(task));
  }
  if (!next) return;  // stuck: only cancelling, or the client, ends it
  // Never at once: what is due is fired on a frozen clock too, and would come again for ever.
  following->wake = parts_.sandboxes.put(*found.box, std::max(*next, call.now + kSoonest),
                                         {"", "",
                                          [this, following](std::function<void()> finished) {
                                            following->wake.reset();
                                            follow_on(following);
                                            finished();
                                          },
                                          awaited});
}

// The stream has ended, or its client has left.
void Pipeline::stop_following(const FollowingPtr& following) {
  if (std::exchange(following->over, true)) return;
  const FlowPtr flow = std::move(following->flow);
  Sandbox* box = parts_.sandboxes.find(following->box);
  if (box != nullptr && following->wake) box->agenda.cancel(*following->wake);
  following->wake.reset();
  following->sink.reset();
  const auto [first, last] =
      followers_.equal_range(follower_key(flow->call.provider, following->task));
  for (auto it = first; it != last; ++it) {
    if (it->second.lock() != following) continue;
    followers_.erase(it);
    break;
  }
  if (box == nullptr) return;
  flow->exchange->answered = box->now();
  box->journal.completed(*flow->exchange);
}

void Pipeline::wake_followers(std::uint16_t provider, const std::string& task) {
  const auto [first, last] = followers_.equal_range(follower_key(provider, task));
  std::vector<FollowingPtr> woken;
  for (auto it = first; it != last; ++it)
    if (auto following = it->second.lock()) woken.push_back(std::move(following));
  for (const FollowingPtr& following : woken) follow_on(following);
}

}  // namespace emulator
