#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/contract/contract.h"
#include "emulator/judge/sight.h"
#include "emulator/task/words.h"

// Which endings and refusals a client has met, of those it could meet on the requests it makes.
namespace emulator::judge {

// What was met with one provider.
struct Met {
  std::array<std::uint64_t, kOnWords.size()> requests{};  // by kind, as they were answered
  std::array<std::uint32_t, kOnWords.size()> refusals{};  // bits of RefusalKind, by kind of request
  std::uint32_t ends = 0;                                 // bits of End

  void see(const Sight& sight);
  void add(const Met& other);
};

struct Coverage {
  struct Row {
    std::string outcome, provider;
    On on = On::kSubmit;
    bool met = false;
    bool transient = false;  // a good client gets what it wanted all the same
  };
  std::vector<Row> rows;
  std::size_t met = 0;

  // Of all that is possible, in percent; 100 where nothing is.
  double percent() const;
};

// `met` is by place in the registry; `contract` is asked for those of which something was used.
Coverage coverage_of(const std::vector<Met>& met,
                     const std::function<const contract::Contract&(std::uint16_t)>& contract);

Json coverage_json(const Coverage& coverage);
// Lines for a person: how much, and what was not met.
std::string coverage_text(const Coverage& coverage);

}  // namespace emulator::judge
