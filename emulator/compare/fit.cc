// What happened to the recorded tasks. Providers say it in many ways, and the dialects know all of
// them; so nothing is read out of the answers here. Each story that a task can have is played, and
// the one whose answers are most like the recorded ones is taken.
#include <algorithm>
#include <map>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/compare/difference.h"
#include "emulator/compare/plan.h"
#include "emulator/compare/request.h"

namespace emulator::compare {
namespace {

// Below that, answers are of the same kind, whatever their values.
constexpr int kAlike = 10;
// Tasks beyond that many are not looked into: they fare as by default.
constexpr std::size_t kMostTasks = 20'000;
// Of one task, so many different answers.
constexpr std::size_t kMostLooks = 2'000;

std::string millis(Duration span) {
  return std::to_string(
             std::max<std::int64_t>(std::chrono::duration_cast<Millis>(span).count(), 0)) +
         "ms";
}

// The flags of a flagged picture, where an answer lists them.
const Json* flags_in(const Json& value) {
  if (!value.is_structured()) return nullptr;
  if (value.is_object())
    for (const auto& [key, inner] : value.items()) {
      const bool flags = lower_case(key).find("nsfw") != std::string::npos && inner.is_array() &&
                         std::any_of(inner.begin(), inner.end(),
                                     [](const Json& one) { return one == Json(true); });
      if (flags) return &inner;
    }
  for (const Json& one : value)
    if (const Json* found = flags_in(one)) return found;
  return nullptr;
}

// What an answer says of an error, in its own words.
void error_texts(const Json& value, std::vector<std::string>& out) {
  if (!value.is_structured() || out.size() >= 8) return;
  if (value.is_array()) {
    for (const Json& one : value) error_texts(one, out);
    return;
  }
  for (const auto& [key, inner] : value.items()) {
    const std::string low = lower_case(key);
    const bool about = low.find("error") != std::string::npos || low == "message" || low == "msg" ||
                       low == "detail" || low == "details" || low == "reason";
    if (about && inner.is_string() && !inner.get_ref<const std::string&>().empty())
      out.push_back(inner.get<std::string>().substr(0, 1'000));
    else
      error_texts(inner, out);
  }
}

class Fitter {
 public:
  Fitter(std::vector<Step>& steps, Registry& registry, ScenarioLibrary& library)
      : steps_(steps), registry_(registry), library_(library) {
    for (std::size_t i = 0; i < steps.size(); ++i)
      if (steps[i].of) about_[*steps[i].of].push_back(i);
    fresh_stage();
  }

  void all() {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!steps_[i].provider || !steps_[i].recorded->body_known) continue;
      if (steps_[i].on == On::kSubmit)
        submission(i);
      else if (!steps_[i].of && steps_[i].recorded->status >= 400)
        refusal(steps_[i], nullptr);
    }
  }

 private:
  // A task made for trying, and its id.
  struct Try {
    std::string box, id;
    bool held = false;  // the answer waits for the task's end
    std::optional<http::Reply> reply;
  };

  // Stages forget nothing by themselves, so a new one is taken now and then.
  void fresh_stage() {
    const Instant start{std::chrono::seconds(1'767'225'600)};
    stage_ = std::make_unique<Stage>(registry_, library_, nullptr, start, false);
    tries_ = 0;
  }

  http::Request request(const Step& step, const Instances& instances, const std::string& box) {
    http::Request out = request_of(*step.recorded, instances);
    if (!step.recorded->fixture) give_key(out, registry_.dialect(*step.provider));
    out.headers.set("x-emulator-sandbox", box);
    return out;
  }

  Try begun(const Step& step, const std::string& then) {
    Try out;
    out.box = "try-" + std::to_string(++tries_);
    http::Request asked = request(step, {}, out.box);
    asked.headers.set("x-emulator-then", then);
    const auto answer = stage_->send(std::move(asked));
    out.id = answer->task;
    out.held = !answer->reply || answer->is_stream;
    out.reply = answer->reply;
    return out;
  }

  std::vector<Difference> compared(const Step& step, const http::Reply& reply, bool open) {
    Terms terms;
    terms.contract = &registry_.contract(*step.provider);
    terms.open = open;
    return differences(*step.recorded, reply, terms);
  }

  // How far our answer to `step`, asked of the task that was made for trying, is from theirs.
  int distance(const Step& step, const Try& task, bool open, const std::string& then = "") {
    Instances instances;
    if (!step.addressed.empty()) instances.know(step.addressed, task.id);
    http::Request asked = request(step, instances, task.box);
    if (!then.empty()) asked.headers.set("x-emulator-then", then);
    const auto answer = stage_->send(std::move(asked));
    if (!answer->reply || answer->reply->headers.has("x-emulator-error")) return 1'000'000;
    return weight(compared(step, *answer->reply, open));
  }

  // ---- refusals

  static bool is_plain_refusal(unsigned status) {
    static constexpr unsigned kStatuses[] = {401, 402, 403, 429, 500, 502, 503, 504};
    return std::find(std::begin(kStatuses), std::end(kStatuses), status) != std::end(kStatuses);
  }

  // Sets what the step was refused for, where a scenario can say so. `task`: of a request about
  // one; null for a request by itself. True when it was refused.
  bool refusal(Step& step, const Try* task) {
    if (step.recorded->status < 400) return false;
    const Try nobody{"try-" + std::to_string(++tries_), step.addressed, false, {}};
    const Try& of = task ? *task : nobody;
    const int plain = distance(step, of, true);
    if (plain < kAlike) return false;
    const unsigned status = step.recorded->status;
    if ((status == 401 || status == 403) && !had_key(*step.recorded) && without_key(step, of))
      return true;
    int best = plain;
    std::string then;
    for (const RefusalKind kind : registry_.contract(*step.provider).refusals) {
      if (kind == RefusalKind::kInvalidInput || kind == RefusalKind::kNotFound ||
          kind == RefusalKind::kConflict)
        continue;
      const std::string tried = "refuse: " + std::string(to_string(kind));
      const int far = distance(step, of, true, tried);
      // Of another status it is another refusal; of a status that inputs are refused with as well,
      // only the very words tell.
      if (far >= (is_plain_refusal(status) ? 20 : 3) || far >= best) continue;
      best = far;
      then = tried;
    }
    if (then.empty()) return false;
    const auto wait = step.recorded->reply_headers.get("retry-after");
    if (wait && !wait->empty() && wait->size() <= 6 &&
        wait->find_first_not_of("0123456789") == std::string_view::npos)
      then += ", retry_after: " + std::string(*wait) + "s";
    step.then = step.story = then;
    return true;
  }

  bool without_key(Step& step, const Try& of) {
    Instances instances;
    if (!step.addressed.empty()) instances.know(step.addressed, of.id);
    http::Request asked = request_of(*step.recorded, instances);
    asked.headers.set("x-emulator-sandbox", of.box);
    const auto answer = stage_->send(std::move(asked));
    step.without_key = answer->reply && weight(compared(step, *answer->reply, true)) < kAlike;
    return step.without_key;
  }

  // ---- tasks

  void submission(std::size_t index) {
    Step& step = steps_[index];
    if (tries_ > 200) fresh_stage();
    if (refusal(step, nullptr) || step.recorded->status >= 400) return;
    if (++tasks_ > kMostTasks) return;
    const Try queued = begun(step, "queue: 1000h, run: 1000h");
    if (queued.held) return held(step);
    if (queued.id.empty()) return;
    const Try running = begun(step, "queue: 0s, run: 1000h");
    stage_->advance(std::chrono::hours(1));
    const Try ended = begun(step, "queue: 0s, run: 0s");
    stage_->advance(std::chrono::milliseconds(1));
    timed(index, queued, running, ended);
  }

  // An answer that waited for the end: the task took as long as the answer did.
  void held(Step& step) {
    const std::string times = "queue: 0s, run: " + millis(step.took);
    const std::string end = end_of(step, {&step});
    step.then = times + end;
    step.story = times + (story_.empty() ? end : story_);
  }

  enum class Seen { kQueued, kRunning, kEnded };

  void timed(std::size_t index, const Try& queued, const Try& running, const Try& ended) {
    Step& step = steps_[index];
    const auto known = about_.find(index);
    std::vector<Step*> after;
    Seen seen = Seen::kQueued;
    std::optional<Duration> started, over;
    Duration last = step.at;
    const Recorded* same = nullptr;
    std::size_t looks = 0;
    if (known != about_.end())
      for (const std::size_t i : known->second) {
        Step& poll = steps_[i];
        last = std::max(last, poll.at);
        if (poll.on == On::kStream) {
          if (!over) over = poll.at + poll.took;
          continue;
        }
        if (poll.on == On::kCancel) {
          refusal(poll, &running);
          // From here on it goes the way of cancelled tasks by itself.
          if (!over && !started) started = step.at;
          if (!over) over = poll.at + std::chrono::hours(1);
          continue;
        }
        if (over) {
          if (after.size() < 50) after.push_back(&poll);
          continue;
        }
        if (++looks > kMostLooks) continue;
        if (poll.recorded->status >= 400 && refusal(poll, &running)) continue;
        const bool again = same != nullptr && same->reply == poll.recorded->reply &&
                           same->status == poll.recorded->status && same->url == poll.recorded->url;
        if (!again) seen = state_in(poll, seen, queued, running, ended);
        same = poll.recorded;
        if (seen != Seen::kQueued && !started) started = poll.at;
        if (seen == Seen::kEnded) {
          over = poll.at;
          after.push_back(&poll);
        }
      }
    const bool saw_end = over.has_value();
    if (!over) over = last + std::chrono::seconds(1);
    if (!started || *started > *over) started = *over;
    const std::string times =
        "queue: " + millis(*started - step.at) + ", run: " + millis(*over - *started);
    std::string end = saw_end && !after.empty() ? end_of(step, after) : "";
    step.then = times + end;
    step.story = times + (story_.empty() ? end : story_);
    story_.clear();
    if (known == about_.end()) return;
    for (const std::size_t i : known->second) {
      Step& poll = steps_[i];
      poll.open = poll.at < *over;
      // A refusal that came when it was over.
      if (!poll.open && poll.recorded->status >= 400 && poll.then.empty() && end.empty())
        refusal(poll, &ended);
    }
  }

  // Which state of the task an answer shows. Where it could be two, the one it was in before.
  Seen state_in(const Step& poll, Seen before, const Try& queued, const Try& running,
                const Try& ended) {
    int in[3] = {distance(poll, queued, true), distance(poll, running, true),
                 distance(poll, ended, false)};
    const int least = std::min({in[0], in[1], in[2]});
    if (least >= kAlike) {
      // Neither at work nor well ended: some other end?
      for (const std::string& end : ends_of(poll)) {
        if (in[2] < kAlike) break;
        in[2] = std::min(in[2], ended_distance(poll, end));
      }
    }
    if (in[1] == in[0]) in[1] += before == Seen::kQueued ? 1 : -1;
    if (before == Seen::kRunning) in[0] += 1'000'000;
    if (in[2] < in[0] && in[2] < in[1]) return Seen::kEnded;
    return in[0] <= in[1] ? Seen::kQueued : Seen::kRunning;
  }

  // Of a task that ended so, made for this one look.
  int ended_distance(const Step& poll, const std::string& end) {
    const Try task = begun(steps_[*poll.of], "queue: 0s, run: 0s" + end);
    if (task.id.empty()) return 1'000'000;
    return distance(poll, task, false);
  }

  // ---- ends

  // Every end the provider can word, as a scenario says it, plain ones first.
  const std::vector<std::string>& ends_of(const Step& step) {
    auto& out = ends_[*step.provider];
    if (!out.empty()) return out;
    const contract::Contract& contract = registry_.contract(*step.provider);
    std::vector<std::string> failing;
    for (const End end : contract.ends) {
      if (end == End::kSucceed || end == End::kStuck) continue;
      out.push_back(", end: " + std::string(to_string(end)));
      if (end == End::kFailed || end == End::kInputModerated || end == End::kOutputModerated)
        failing.push_back(out.back());
    }
    for (const auto& [name, error] : contract.task_errors)
      for (const std::string& end : failing)
        out.push_back(std::string(end).append(", error: ").append(name));
    return out;
  }

  int total(const Step& submit, const std::vector<Step*>& looks, const std::string& end) {
    const Try task = begun(submit, "queue: 0s, run: 0s" + end);
    int out = 0;
    for (const Step* look : looks) {
      if (look == &submit) {
        out += task.reply ? weight(compared(submit, *task.reply, false)) : 1'000'000;
        continue;
      }
      if (!look->then.empty()) continue;
      out += task.id.empty() ? 1'000'000 : distance(*look, task, false);
    }
    return out;
  }

  // How the task ended, to be added to its times; "" for well. Sets `story_` to what is still
  // nearer, with the recording's own error text.
  std::string end_of(const Step& submit, const std::vector<Step*>& looks) {
    story_.clear();
    std::string end;
    int best = total(submit, looks, "");
    const Json reply = looks.front()->recorded->reply
                           ? json_of_body(*looks.front()->recorded->reply, "")
                           : Json(Json::value_t::discarded);
    // Flags may stand in the result alone, which is asked for behind the status.
    std::string flags;
    for (const Step* look : looks) {
      if (!flags.empty() || !look->recorded->reply) continue;
      const Json body = json_of_body(*look->recorded->reply, "");
      if (const Json* found = body.is_discarded() ? nullptr : flags_in(body))
        flags = compact_json(*found);
    }
    const auto consider = [&](const std::string& tried, std::string& into) {
      const int far = total(submit, looks, tried);
      if (far >= best) return;
      best = far;
      into = tried;
    };
    if (!flags.empty()) consider(", end: nsfw, nsfw: " + flags, end);
    if (best >= kAlike || (best > 0 && looks.front()->recorded->status >= 400))
      for (const std::string& tried : ends_of(submit)) {
        consider(tried, end);
        if (best == 0) break;
      }
    if (best > 0 && !end.empty() && !reply.is_discarded()) {
      std::vector<std::string> texts;
      error_texts(reply, texts);
      const std::string plain = end.substr(0, end.find(", error: "));
      for (const std::string& text : texts)
        consider(plain + ", error: { message: " + compact_json(Json(text)) + " }", story_);
    }
    return end;
  }

  std::vector<Step>& steps_;
  Registry& registry_;
  ScenarioLibrary& library_;
  std::map<std::size_t, std::vector<std::size_t>> about_;  // by submission, in order of time
  std::map<std::uint16_t, std::vector<std::string>> ends_;
  std::unique_ptr<Stage> stage_;
  std::size_t tries_ = 0, tasks_ = 0;
  std::string story_;
};

}  // namespace

void fit(std::vector<Step>& steps, Registry& registry, ScenarioLibrary& library) {
  Fitter(steps, registry, library).all();
}

}  // namespace emulator::compare
