#include "emulator/app/trial_report.h"

namespace emulator {

Json trial_json(const TrialEnd& end, const judge::Judge::Report& findings,
                const std::vector<std::pair<std::string, judge::Met>>& met) {
  constexpr std::size_t kMost = 200;
  Json found = Json::array();
  for (const judge::Finding& one : findings.findings)
    if (found.size() < kMost) found.push_back(judge::finding_json(one));
  Json asked = Json::object();
  for (const auto& [provider, theirs] : met)
    for (const auto& on : kOnWords) {
      const std::uint64_t count = theirs.requests[static_cast<std::size_t>(on.value)];
      if (count > 0) asked[provider][std::string(on.text)] = count;
    }
  return {{"code", end.code},
          {"problem", end.problem},
          {"seconds", end.seconds},
          {"findings", std::move(found)},
          {"asked", std::move(asked)}};
}

}  // namespace emulator
