// A stream holds its request, the id of its task and where it writes to, and nothing of the task
// itself: between two looks the task may be gone. Each look words what there is to say and puts
// the next look on the sandbox's agenda.
#include "emulator/pipeline/follow.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "emulator/pipeline/progress.h"

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

std::optional<Instant> next_look(const Task& task, const Piece& piece, Instant now) {
  std::optional<Instant> next = piece.next;
  const auto consider = [&](std::optional<Instant> at) {
    if (at && *at > now && (!next || *at < *next)) next = at;
  };
  if (task.fate.polls > 0) {
    consider(now + kPollEvery);
  } else {
    consider(task.accepted + task.fate.queued_for);
    consider(due_end(task));
  }
  // Never at once: what is due is fired on a frozen clock too, and would come again for ever.
  if (next) next = std::max(*next, now + kSoonest);
  return next;
}

class Followers::Following final : public std::enable_shared_from_this<Following> {
 public:
  Following(Followers& all, Asked asked, std::string task, std::string box)
      : all_(all), asked_(std::move(asked)), task_(std::move(task)), box_(std::move(box)) {}

  void begin(std::shared_ptr<http::BodySink> sink) {
    sink_ = std::move(sink);
    // Until the stream is over, it is held by whoever could tell it of its client's leaving.
    sink_->on_closed([self = shared_from_this()] { self->stop(); });
    all_.all_.emplace(key(), weak_from_this());
    go_on();
  }

  void go_on();

 private:
  std::string key() const { return follower_key(asked_.call->provider, task_); }
  Sandboxes& sandboxes() const { return all_.parts_.sandboxes; }
  void take_wake_off();
  void note(const std::string& bytes);
  void stop();

  Followers& all_;
  Asked asked_;
  const std::string task_;
  const std::string box_;
  std::shared_ptr<http::BodySink> sink_;
  Json kept_;  // the dialect's
  std::optional<Agenda::Ticket> wake_;
  bool over_ = false;
};

// Looks at the task, says what is to be said, and sees to the next look.
void Followers::Following::go_on() {
  if (over_) return;
  const Asked asked = asked_;
  Call& call = *asked.call;
  take_wake_off();
  const Sandboxes::Found found = sandboxes().find_task(call.provider, task_);
  if (!found) {
    sink_->abort();
    return stop();
  }
  Task& task = *found.task;
  call.set_sandbox(*found.box);
  if (!task.cancelled) count_poll(*found.box, task, call.now);
  const TaskView view = state_at(task, call.now);
  all_.parts_.know_pictures(*found.box, task, view);
  asked.exchange->task_after = phase_word(view);

  Piece piece = asked.dialect->streaming()->follow(call, task, view, kept_);
  const std::optional<Instant> next = next_look(task, piece, call.now);
  note(piece.bytes);
  if (!piece.bytes.empty()) sink_->write(std::move(piece.bytes));
  if (piece.last) {
    sink_->end();
    return stop();
  }
  if (!next) return;  // stuck: only cancelling, or the client, ends it
  // What never ends is no use going to: a clock that skips would do nothing else.
  const bool awaited = task.fate.polls > 0 || due_next(task, call.now).has_value();
  const auto look = [self = shared_from_this()](const std::function<void()>& finished) {
    self->wake_.reset();
    self->go_on();
    finished();
  };
  wake_ = sandboxes().put(*found.box, *next, {"", "", look, awaited});
}

void Followers::Following::take_wake_off() {
  if (!wake_) return;
  if (Sandbox* box = sandboxes().find(box_)) box->agenda.cancel(*wake_);
  wake_.reset();
}

// A piece more of the reply, for the journal.
void Followers::Following::note(const std::string& bytes) {
  Exchange& exchange = *asked_.exchange;
  const std::size_t most = all_.parts_.kept_body;
  exchange.reply_bytes += bytes.size();
  if (exchange.reply_body.size() < most)
    exchange.reply_body += bytes.substr(0, most - exchange.reply_body.size());
}

// The stream has ended, or its client has left.
void Followers::Following::stop() {
  if (std::exchange(over_, true)) return;
  const auto self = shared_from_this();
  const Asked asked = std::move(asked_);
  take_wake_off();
  sink_.reset();
  const auto [first, last] = all_.all_.equal_range(follower_key(asked.call->provider, task_));
  for (auto it = first; it != last; ++it) {
    if (it->second.lock() != self) continue;
    all_.all_.erase(it);
    break;
  }
  Sandbox* const box = sandboxes().find(box_);
  if (box == nullptr) return;
  asked.exchange->answered = box->now();
  box->journal.completed(*asked.exchange);
}

std::optional<http::Reply> Followers::follow(Asked asked, Sandbox& box, Task& task) {
  const Streaming* const streaming = asked.dialect->streaming();
  if (streaming == nullptr) return std::nullopt;
  const Call& call = *asked.call;
  const TaskView view = state_at(task, call.now);
  parts_.know_pictures(box, task, view);
  auto head = streaming->followed(call, task, view);
  if (!head) return std::nullopt;
  head->stream = [following =
                      std::make_shared<Following>(*this, std::move(asked), task.id, box.name())](
                     std::shared_ptr<http::BodySink> sink) { following->begin(std::move(sink)); };
  return head;
}

void Followers::wake(std::uint16_t provider, const std::string& task) {
  const auto [first, last] = all_.equal_range(follower_key(provider, task));
  std::vector<std::shared_ptr<Following>> woken;
  for (auto it = first; it != last; ++it)
    if (auto following = it->second.lock()) woken.push_back(std::move(following));
  for (const auto& following : woken) following->go_on();
}

}  // namespace emulator
