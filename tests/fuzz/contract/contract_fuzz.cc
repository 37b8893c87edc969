// Contract files that users write, by themselves and laid over another: a contract, or problems
// that each name the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "emulator/contract/contract.h"

namespace {

namespace contract = emulator::contract;

void check(const emulator::Result<contract::Contract, std::vector<std::string>>& loaded) {
  if (loaded) return;
  if (loaded.error().empty()) std::abort();
  for (const std::string& problem : loaded.error())
    if (!problem.starts_with("fuzz.yaml") && !problem.starts_with("base.yaml")) std::abort();
}

const contract::Source& base() {
  static const contract::Source source{"base.yaml", R"(provider: fuzz
---
endpoints:
  e:
    fields:
      s: { type: string, length: [1, 9], pattern: '^\d+$', required: true }
      i: { type: integer, range: [0, 6], multiple_of: 2 }
      a: { type: array, length: [1, 3], items: integer }
  f: { like: e }
values:
  active_limits: { e: 1 }
  webhook_schedule: [1s, { times: 3, wait: 30s }]
)"};
  return source;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const contract::Source source{"fuzz.yaml", {reinterpret_cast<const char*>(data), size}};
  check(contract::load(source));
  check(contract::load(base(), {source}));
  if (const auto doors = contract::load_doors(source); !doors && doors.error().empty())
    std::abort();
  return 0;
}
