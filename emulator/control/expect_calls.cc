// What a sandbox's scenario expects, and how it stands.
#include <algorithm>
#include <utility>

#include "emulator/control/input.h"
#include "emulator/control/routes.h"
#include "emulator/pipeline/expect.h"

namespace emulator::control {
namespace {

Json times_view(const scenario::Expectation& expectation) {
  if (expectation.at_least == expectation.at_most) return expectation.at_least;
  Json out = Json::object();
  if (expectation.at_least > 0) out["at_least"] = expectation.at_least;
  if (expectation.at_most != UINT64_MAX) out["at_most"] = expectation.at_most;
  return out;
}

}  // namespace

http::Reply show_expectations(const Call& call) {
  const Sandbox& box = call.box();
  Json list = Json::array();
  bool met = true;
  for (const Expected& expected : expectations(box)) {
    const scenario::Expectation& expectation = *expected.expectation;
    met = met && expected.met;
    list.push_back({{"when", expectation.shown},
                    {"times", times_view(expectation)},
                    {"count", expected.count},
                    {"met", expected.met},
                    {"place", box.scenario->file + ":" + std::to_string(expectation.at.line)}});
  }
  return json_reply(
      200, {{"met", met}, {"scenario", box.scenario->name}, {"expectations", std::move(list)}});
}

}  // namespace emulator::control
