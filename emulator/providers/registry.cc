// The providers built in. Nothing registers itself: the list is made from CMakeLists.txt.
#include "emulator/pipeline/registry.h"

namespace emulator {
namespace embedded {
#define PROVIDER(name) extern const std::string_view contract_##name;
#include "providers.def"
#undef PROVIDER
}  // namespace embedded

#define PROVIDER(name) ProviderCode code_of_##name();
#include "providers.def"
#undef PROVIDER

std::vector<Registry::Entry> built_in_providers() {
  std::vector<Registry::Entry> out;
#define PROVIDER(name)                                                                 \
  out.push_back({#name,                                                                \
                 {"providers/" #name "/contract.yaml", {}, embedded::contract_##name}, \
                 code_of_##name()});
#include "providers.def"
#undef PROVIDER
  return out;
}

}  // namespace emulator
