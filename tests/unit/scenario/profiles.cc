#include <doctest.h>

#include <algorithm>

#include "emulator/base/text.h"
#include "emulator/pipeline/registry.h"
#include "tests/unit/scenario/support.h"

namespace emulator::scenario {

std::shared_ptr<const Profiles> built_in_profiles() {
  static const std::shared_ptr<const Profiles> kProfiles = [] {
    Registry registry(built_in_providers());
    return registry.vocabulary().profiles;
  }();
  return kProfiles;
}

TEST_CASE("profiles name endpoints that their contracts have") {
  Registry registry(built_in_providers());
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    const std::vector<contract::Endpoint>& endpoints = registry.contract(p).endpoints;
    for (const contract::Profile& profile : registry.doors(p).profiles)
      for (const std::string& glob : profile.endpoints) {
        CAPTURE(profile.name);
        CAPTURE(glob);
        CHECK(std::any_of(endpoints.begin(), endpoints.end(),
                          [&](const auto& endpoint) { return glob_matches(glob, endpoint.id); }));
      }
  }
}

}  // namespace emulator::scenario
