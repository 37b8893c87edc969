#include "emulator/compare/replay.h"

#include <algorithm>
#include <map>
#include <set>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/compare/plan.h"
#include "emulator/compare/request.h"
#include "emulator/compare/stage.h"

namespace emulator::compare {
namespace {

// Providers print times with as many digits as they have. A clock that stood at whole seconds would
// show fewer than any recording has.
constexpr Instant kWholeSecond{std::chrono::seconds(1'767'225'600)};
constexpr Duration kFraction = std::chrono::nanoseconds(123'456'789);

// A fixture's text with what its earlier answers kept.
std::string filled(std::string_view text, const std::map<std::string, std::string>& kept) {
  std::string out;
  while (true) {
    const auto open = text.find("${");
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    const auto close = text.find('}', open);
    if (close == std::string_view::npos) return out + std::string(text.substr(open));
    const auto known = kept.find(std::string(text.substr(open + 2, close - open - 2)));
    out += known == kept.end() ? std::string(text.substr(open, close + 1 - open)) : known->second;
    text.remove_prefix(close + 1);
  }
}

class Replayer {
 public:
  Replayer(const Recording& recording, Registry& registry, ScenarioLibrary& library,
           const ReplayOptions& options, std::shared_ptr<const scenario::Scenario> scenario)
      : registry_(registry),
        options_(options),
        fixture_(recording.kind == Recording::Kind::kFixture),
        steps_(steps_of(recording, registry)),
        stage_(registry, library, std::move(scenario),
               fixture_ || options.even_fraction ? kWholeSecond : kWholeSecond + kFraction,
               recording.strict_keys, fixture_) {
    if (!fixture_) fit(steps_, registry, library);
    outcomes_.resize(steps_.size());
    tasks_.resize(steps_.size());
  }

  std::vector<Outcome> play() {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      collect_until(steps_[i].at);
      if (fixture_)
        begin_fixture(i);
      else
        begin(i);
    }
    collect_until(Duration::max());
    return std::move(outcomes_);
  }

 private:
  // An answer that comes later than its request.
  struct Waiting {
    Duration due;
    std::size_t step;
    std::shared_ptr<Stage::Answer> answer;
  };

  void move_to(Duration at) {
    if (fixture_ || at <= now_) return;
    stage_.advance(at - now_);
    now_ = at;
  }

  void collect_until(Duration at) {
    while (!waiting_.empty()) {
      const auto next =
          std::min_element(waiting_.begin(), waiting_.end(),
                           [](const Waiting& a, const Waiting& b) { return a.due < b.due; });
      if (next->due > at) break;
      const Waiting one = *next;
      waiting_.erase(next);
      move_to(one.due);
      finish(one.step, *one.answer);
    }
    if (at != Duration::max()) move_to(at);
  }

  Outcome& outcome(std::size_t i) {
    Outcome& out = outcomes_[i];
    out.theirs = steps_[i].recorded;
    out.at = steps_[i].at;
    out.then = steps_[i].then;
    out.story = steps_[i].story;
    out.on = steps_[i].on;
    if (steps_[i].provider) out.provider = registry_.name(*steps_[i].provider);
    return out;
  }

  void begin(std::size_t i) {
    Step& step = steps_[i];
    Outcome& out = outcome(i);
    if (!step.provider) {
      out.skipped = "no provider's path";
      return;
    }
    if (!step.recorded->body_known) {
      out.skipped = "the request's body was not recorded";
      return;
    }
    // What later requests call the task, whatever the answers look like.
    if (step.of && !tasks_[*step.of].empty()) instances_.know(step.addressed, tasks_[*step.of]);
    http::Request asked = request_of(*step.recorded, instances_);
    const Dialect& dialect = registry_.dialect(*step.provider);
    const bool store =
        step.on == On::kDownload || (step.on == On::kUpload && !had_key(*step.recorded));
    if (!step.without_key && !store) give_key(asked, dialect);
    if (!step.then.empty()) asked.headers.set("x-emulator-then", step.then);
    send(i, std::move(asked));
  }

  void begin_fixture(std::size_t i) {
    const Recorded& recorded = *steps_[i].recorded;
    outcome(i);
    const FixtureStep& how = *recorded.fixture;
    if (how.advance > Duration::zero()) {
      stage_.advance(how.advance_box, how.advance);
      // Answers that were held back until then.
      collect_until(Duration::max());
    }
    Recorded full = recorded;
    full.url = filled(recorded.url, kept_);
    http::Headers headers;
    for (const auto& [name, value] : recorded.headers) headers.add(name, filled(value, kept_));
    full.headers = std::move(headers);
    full.body = filled(recorded.body, kept_);
    send(i, request_of(full, instances_));
  }

  void send(std::size_t i, http::Request asked) {
    if (options_.keep_replies) outcomes_[i].asked = asked;
    const auto answer = stage_.send(std::move(asked));
    if (answer->reply && !answer->is_stream) return finish(i, *answer);
    if (fixture_ && answer->is_stream) return finish(i, *answer);
    waiting_.push_back({steps_[i].at + steps_[i].took, i, answer});
    if (fixture_ && steps_[i].took > Duration::zero()) {
      stage_.advance("", steps_[i].took);
      waiting_.pop_back();
      finish(i, *answer);
    }
  }

  // ---- the answer is there

  void finish(std::size_t i, Stage::Answer& answer) {
    Step& step = steps_[i];
    Outcome& out = outcomes_[i];
    if (!answer.provider.empty()) {
      out.provider = answer.provider;
      out.route = answer.route;
      out.endpoint = answer.endpoint;
      out.on = answer.on;
      step.provider = registry_.find(answer.provider);
    }
    tasks_[i] = answer.task;
    if (!answer.reply) {
      out.differences.push_back(
          {Class::kStatus, "status", std::to_string(step.recorded->status), "no answer yet", ""});
      return;
    }
    http::Reply& reply = *answer.reply;
    if (answer.is_stream) reply.body = answer.streamed;
    const bool our_own = reply.headers.has("x-emulator-error");
    if (our_own && !fixture_) {
      out.skipped = "not emulated";
      return;
    }
    out.decided = !answer.endpoint.empty() && (reply.status < 400 || !answer.refusal.empty());
    compare(i, reply);
    if (options_.keep_replies) out.ours = std::move(reply);
  }

  void compare(std::size_t i, const http::Reply& reply) {
    const Step& step = steps_[i];
    Outcome& out = outcomes_[i];
    Terms terms;
    if (step.provider) {
      terms.contract = &registry_.contract(*step.provider);
      auto& names = headers_of(*step.provider);
      for (const auto& [name, value] : reply.headers) names.insert(lower_case(name));
      terms.headers = names;
    }
    terms.endpoint = out.endpoint;
    const Step& asking = step.of ? steps_[*step.of] : step;
    if (auto asked = decode_json(asking.recorded->body, JsonLimits{200, 1'000'000, 10'000}))
      terms.asked = std::move(*asked);
    terms.listed_headers = fixture_;
    terms.open = step.open;
    if (!fixture_) {
      out.differences = differences(*step.recorded, reply, terms);
      learn(*step.recorded, reply);
      return;
    }
    keep(*step.recorded->fixture, reply);
    Recorded full = *step.recorded;
    if (full.reply) full.reply = filled(*full.reply, kept_);
    http::Headers headers;
    for (const auto& [name, value] : full.reply_headers) headers.add(name, filled(value, kept_));
    full.reply_headers = std::move(headers);
    out.differences = differences(full, reply, terms);
  }

  std::set<std::string, std::less<>>& headers_of(std::uint16_t provider) {
    auto& out = headers_[provider];
    if (out.empty()) {
      out.insert("content-type");
      for (const auto& [name, error] : registry_.contract(provider).errors)
        for (const auto& [header, value] : error.headers) out.insert(lower_case(header));
    }
    return out;
  }

  void learn(const Recorded& recorded, const http::Reply& reply) {
    const auto location = recorded.reply_headers.get("location");
    if (const auto ours = reply.headers.get("location"); location && ours)
      instances_.know(std::string(*location), std::string(*ours));
    if (!recorded.reply) return;
    const Json theirs =
        json_of_body(*recorded.reply, recorded.reply_headers.get("content-type").value_or(""));
    const Json ours = json_of_body(reply.body, reply.headers.get("content-type").value_or(""));
    if (!theirs.is_discarded() && !ours.is_discarded()) instances_.learn(theirs, ours);
  }

  void keep(const FixtureStep& how, const http::Reply& reply) {
    if (how.keep.empty()) return;
    const auto body = decode_json(reply.body);
    for (const auto& [name, from] : how.keep) {
      if (from.starts_with("header:")) {
        kept_[name] = std::string(reply.headers.get(from.substr(7)).value_or(""));
        continue;
      }
      if (!body || !from.starts_with("/") || !body->contains(Json::json_pointer(from))) continue;
      const Json& value = body->at(Json::json_pointer(from));
      kept_[name] = value.is_string() ? value.get<std::string>() : compact_json(value);
    }
  }

  Registry& registry_;
  const ReplayOptions options_;
  const bool fixture_;
  std::vector<Step> steps_;
  Stage stage_;
  Duration now_{0};
  Instances instances_;
  std::vector<Waiting> waiting_;
  std::vector<std::string> tasks_;  // our ids, by submission
  std::map<std::uint16_t, std::set<std::string, std::less<>>> headers_;
  std::map<std::string, std::string> kept_;
  std::vector<Outcome> outcomes_;
};

}  // namespace

Result<std::vector<Outcome>, std::string> replay(const Recording& recording, Registry& registry,
                                                 ScenarioLibrary& library,
                                                 const ReplayOptions& options) {
  std::shared_ptr<const scenario::Scenario> scenario;
  if (library.has(recording.scenario)) {
    scenario = *library.find(recording.scenario);
  } else if (!recording.scenario.empty()) {
    auto loaded = scenario::load(recording.file, recording.scenario, library.vocabulary());
    if (!loaded) return Failure{recording.file + ": its scenario: " + loaded.error().front().text};
    scenario = loaded->scenario;
  }
  return Replayer(recording, registry, library, options, std::move(scenario)).play();
}

}  // namespace emulator::compare
