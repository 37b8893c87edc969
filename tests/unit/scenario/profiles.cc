#include "emulator/pipeline/registry.h"
#include "tests/unit/scenario/support.h"

namespace emulator::scenario {

std::shared_ptr<const std::vector<Profile>> built_in_profiles() {
  static const std::shared_ptr<const std::vector<Profile>> kProfiles = [] {
    Registry registry(built_in_providers());
    return registry.vocabulary().profiles;
  }();
  return kProfiles;
}

}  // namespace emulator::scenario
