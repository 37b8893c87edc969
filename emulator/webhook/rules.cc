#include "emulator/webhook/rules.h"

namespace emulator::webhook {

Rules rules_of(const contract::CommonFacts& facts, std::size_t body_size) {
  const auto& large = facts.webhook_schedule_large;
  Rules out;
  out.waits =
      large && body_size >= large->from ? large->schedule.each : facts.webhook_schedule.each;
  out.time_limits = facts.webhook_time_limits.each;
  // An attempt without a limit would hold its connection for ever.
  if (out.time_limits.empty()) out.time_limits.push_back(std::chrono::seconds(10));
  for (const contract::StatusRange& range : facts.webhook_settled)
    out.settled.emplace_back(range.first, range.last);
  out.redirects = facts.webhook_redirects;
  return out;
}

}  // namespace emulator::webhook
