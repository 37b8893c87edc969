// In which order the recorded requests came, whom they were meant for, and which tasks they speak
// of.
#include "emulator/compare/plan.h"

#include <algorithm>
#include <unordered_map>

#include "emulator/base/json_text.h"
#include "emulator/compare/difference.h"
#include "emulator/compare/request.h"
#include "emulator/pipeline/router.h"

namespace emulator::compare {
namespace {

// Where a recording has no times, its requests are so far apart.
constexpr Duration kUnknownGap = std::chrono::seconds(1);

void set_times(std::vector<Step>& steps, bool file_order) {
  std::optional<Instant> first;
  Duration last{-kUnknownGap};
  for (Step& step : steps) {
    const auto& at = step.recorded->at;
    if (at && !first) first = *at - (last + kUnknownGap);
    step.at = at ? *at - *first : last + kUnknownGap;
    // Whoever writes down in order has seen them in order, whatever the clocks say.
    if (file_order || !at) step.at = std::max(step.at, std::max(last, Duration{0}));
    step.took = std::max(step.recorded->took.value_or(Duration{0}), Duration{0});
    last = step.at;
  }
  if (file_order) return;
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Step& a, const Step& b) { return a.at < b.at; });
  if (steps.empty()) return;
  const Duration begin = steps.front().at;
  for (Step& step : steps) step.at -= begin;
}

void route(Step& step, const Router& router, Registry& registry) {
  const auto call =
      router.find(std::make_shared<const http::Request>(request_of(*step.recorded, {})));
  if (!call) return;
  step.provider = call->provider;
  Call routed = *call;
  find_route(routed, registry.contract(call->provider));
  if (routed.route == nullptr) return;
  step.on = routed.route->on;
  if (step.on == On::kPoll || step.on == On::kResult || step.on == On::kCancel ||
      step.on == On::kStream)
    step.addressed = registry.dialect(call->provider).addressed(routed);
}

void texts_in(const Json& value, const std::function<void(const std::string&)>& each) {
  if (value.is_string()) return each(value.get_ref<const std::string&>());
  if (value.is_structured())
    for (const Json& one : value) texts_in(one, each);
}

}  // namespace

std::vector<Step> steps_of(const Recording& recording, Registry& registry) {
  std::vector<Step> steps;
  steps.reserve(recording.exchanges.size());
  for (const Recorded& recorded : recording.exchanges) {
    steps.emplace_back();
    steps.back().recorded = &recorded;
  }
  set_times(steps, recording.kind != Recording::Kind::kHar);
  const Router router(registry, "");
  std::unordered_map<std::string, std::size_t> made_by;  // a text of an answer -> the submission
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Step& step = steps[i];
    route(step, router, registry);
    if (!step.addressed.empty())
      if (const auto found = made_by.find(step.addressed); found != made_by.end())
        step.of = found->second;
    if (step.on != On::kSubmit || !step.recorded->reply) continue;
    const Json reply = json_of_body(*step.recorded->reply,
                                    step.recorded->reply_headers.get("content-type").value_or(""));
    if (!reply.is_discarded())
      texts_in(reply, [&](const std::string& text) {
        if (text.size() >= 4 && text.size() <= 200) made_by[text] = i;
      });
  }
  return steps;
}

}  // namespace emulator::compare
