#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "emulator/pipeline/registry.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/scenario/fit.h"

// Requests after the fact: whether they meet conditions, and what a scenario expects of them. The
// conditions see what rules saw: prompt and body with the provider's defaults where a submission
// was read, else the body as it came. Loop thread only.
namespace emulator {

// One exchange as conditions look at it. Everything it is made of must outlive it.
class Seen {
 public:
  Seen(const Exchange& exchange, const Sandbox& box, Registry& registry, Sandboxes& sandboxes);

  Seen(const Seen&) = delete;
  Seen& operator=(const Seen&) = delete;

  scenario::Fit fit(const scenario::When& when);

 private:
  const Json* body();

  const Exchange& exchange_;
  Registry& registry_;
  const Task* task_ = nullptr;
  scenario::Occasion occasion_;
  std::optional<std::string> prompt_;  // found in a body that was never read
  std::optional<std::string> path_;    // inside the provider, once somebody asked
  std::optional<Json> body_;
  bool decoded_ = false;
};

// Counts a request for the expectations of the sandbox's scenario. To be called once for each, when
// it is understood, so that the counts are right whatever the journal has let go since.
void count_expected(Sandbox& box, const Exchange& exchange, Registry& registry,
                    Sandboxes& sandboxes);

// One `expect:` of a sandbox's scenario, and how it stands.
struct Expected {
  const scenario::Expectation* expectation;  // of the scenario, which keeps it alive
  std::uint64_t count = 0;
  bool met = false;
};

// In the order of the file; empty when the scenario expects nothing.
std::vector<Expected> expectations(const Sandbox& box);

}  // namespace emulator
