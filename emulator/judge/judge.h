#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "emulator/judge/docket.h"
#include "emulator/judge/finding.h"
#include "emulator/judge/sight.h"
#include "emulator/judge/terms.h"
#include "emulator/sandbox/sandboxes.h"

// What the emulator thinks of its clients. It sees both sides, knows each provider's rules, and
// says with the numbers of the requests that prove it what would cost money, pictures or access
// with the real provider.
namespace emulator::judge {

// Holds every exchange against the rules as it comes. Remembers a bounded number of tasks and
// requests of each sandbox, and of what it has found. Loop thread.
class Judge {
 public:
  struct Parts {
    // The contract of a provider by its place in the registry.
    std::function<const contract::Contract&(std::uint16_t provider)> contract;
    Memory* memory = nullptr;  // may be null
  };
  Judge(Limits limits, Parts parts) : limits_(limits), parts_(std::move(parts)) {}

  // An exchange of that sandbox has its answer.
  void answered(Sandbox& box, const Sight& sight);
  // A submission was accepted as `input`; `body` is what was sent.
  void submitted(Sandbox& box, std::uint16_t provider, const Exchange& exchange,
                 const std::vector<contract::Field>& fields, const Json& body, const Json& input);
  // An attempt to deliver a webhook is over.
  void tried(Sandbox& box, std::uint16_t provider, const Trial& trial);
  // The client has left a request that is never answered.
  void hung_up(Sandbox& box, std::uint16_t provider, std::uint64_t number);
  // The sandbox is about to lose its tasks, or goes: what is found so far is kept apart.
  void closing(Sandbox& box);

  struct Report {
    std::vector<Finding> findings;  // worst first
    std::uint64_t not_kept = 0;     // beyond the limit of a sandbox
    std::uint64_t allowed = 0;      // silenced by `allow` of the scenario
    std::uint64_t not_watched = 0;  // tasks that were forgotten to hold the limit
  };
  // Of one sandbox as it is.
  Report of(const Sandbox& box);
  // Of all there are and were, when nothing follows.
  Report of_all(const std::list<Sandbox*>& boxes);

  // Which outcomes were met in one sandbox as it is; in all there are and were.
  Coverage coverage_of(const Sandbox& box) const;
  Coverage coverage_of_all(const std::list<Sandbox*>& boxes) const;
  // The outcomes met in all of them, uncounted: by place in the registry.
  std::vector<Met> met_in_all(const std::list<Sandbox*>& boxes) const;

  // When there is no memory left: what is remembered of clients goes, of the longest unused
  // sandboxes first. What was found there counts as not kept.
  void let_go(const std::list<Sandbox*>& boxes, std::uint64_t bytes);

  // How many there were of each code, ever; in the order of FindingCode.
  const std::array<std::uint64_t, kFindingWords.size()>& counts() const { return counts_; }

 private:
  Docket& docket(Sandbox& box);
  const Terms& terms(std::uint16_t provider);
  void add(Report& report, const Sandbox& box, bool over);

  Limits limits_;
  Parts parts_;
  std::vector<std::unique_ptr<Terms>> terms_;  // by provider
  Report gone_;  // of sandboxes that went; at most ten times what is kept of one
  Charge gone_held_;
  std::vector<Met> gone_met_;
  std::array<std::uint64_t, kFindingWords.size()> counts_{};
};

}  // namespace emulator::judge
