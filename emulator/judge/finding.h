#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/judge/catalogue.h"

namespace emulator::judge {

// One thing a client did that would cost it money, pictures or its access.
struct Finding {
  FindingCode code = FindingCode::kPaidTwice;
  Severity severity = Severity::kWarning;
  std::string provider;  // its name
  std::string endpoint;  // "" where none is concerned
  std::string sandbox;
  std::string task;                     // its id; "" where none is concerned
  std::vector<std::uint64_t> requests;  // numbers in the sandbox's journal; the evidence
  std::string delivery;                 // id of the webhook concerned; "" for none
  Instant at{};                         // on the sandbox's clock
  std::string what;                     // what was seen, with figures
  std::string why;                      // what the real provider does
  std::string remedy;
  std::string source;       // of `why`; "" where it is common knowledge
  std::uint64_t times = 1;  // how often the same was seen of the same
  bool lenient = false;     // `severity` is its own, and not the catalogue's

  std::size_t bytes() const;  // about what it takes of memory
};

// As the control API has it.
Json finding_json(const Finding& finding);
// Some lines for a person.
std::string finding_text(const Finding& finding);

// Worst first, then by code, provider, time.
void sort_findings(std::vector<Finding>& findings);

}  // namespace emulator::judge
