#include "emulator/judge/coverage.h"

#include <cstdio>
#include <map>

#include "emulator/judge/outcomes.h"

namespace emulator::judge {
namespace {

std::uint32_t bit_of(RefusalKind kind) { return 1u << static_cast<unsigned>(kind); }
std::uint32_t bit_of(End end) { return 1u << static_cast<unsigned>(end); }
std::size_t place_of(On on) { return static_cast<std::size_t>(on); }

bool was_met(const Met& met, const Outcome& outcome) {
  if (outcome.kind == OutcomeKind::kRefusal) {
    const auto kind = from_word(outcome.name, kRefusalWords);
    return kind && (met.refusals[place_of(outcome.on)] & bit_of(*kind)) != 0;
  }
  const auto end = from_word(outcome.name, kEndWords);
  return end && (met.ends & bit_of(*end)) != 0;
}

}  // namespace

void Met::see(const Sight& sight) {
  const Exchange& exchange = sight.exchange;
  const std::size_t on = place_of(exchange.on);
  ++requests[on];
  if (!exchange.refusal.empty()) {
    if (const auto kind = from_word(exchange.refusal, kRefusalWords)) refusals[on] |= bit_of(*kind);
    return;
  }
  if (exchange.on == On::kDownload || sight.task == nullptr) {
    if (exchange.status == 404) refusals[on] |= bit_of(RefusalKind::kNotFound);
    return;
  }
  // What never ends has no end to be seen: its client has met it when it has looked.
  if (sight.view.done())
    ends |= bit_of(sight.view.end);
  else if (exchange.on != On::kSubmit && sight.task->fate.end == End::kStuck)
    ends |= bit_of(End::kStuck);
}

void Met::add(const Met& other) {
  for (std::size_t i = 0; i < requests.size(); ++i) {
    requests[i] += other.requests[i];
    refusals[i] |= other.refusals[i];
  }
  ends |= other.ends;
}

double Coverage::percent() const {
  return rows.empty() ? 100 : 100.0 * static_cast<double>(met) / static_cast<double>(rows.size());
}

Coverage coverage_of(const std::vector<Met>& met,
                     const std::function<const contract::Contract&(std::uint16_t)>& contract) {
  Coverage out;
  for (std::size_t provider = 0; provider < met.size(); ++provider) {
    const Met& theirs = met[provider];
    bool used = false;
    for (const std::uint64_t count : theirs.requests) used = used || count > 0;
    if (!used) continue;
    const contract::Contract& facts = contract(static_cast<std::uint16_t>(provider));
    for (const Outcome& one : outcomes_of(facts)) {
      if (one.kind != OutcomeKind::kEnd && one.kind != OutcomeKind::kRefusal) continue;
      if (theirs.requests[place_of(one.on)] == 0) continue;
      out.rows.push_back(
          {one.name, facts.doors.provider, one.on, was_met(theirs, one), one.transient});
      if (out.rows.back().met) ++out.met;
    }
  }
  return out;
}

Json coverage_json(const Coverage& coverage) {
  Json rows = Json::array();
  for (const Coverage::Row& row : coverage.rows)
    rows.push_back({{"outcome", row.outcome},
                    {"provider", row.provider},
                    {"on", to_string(row.on)},
                    {"met", row.met},
                    {"transient", row.transient}});
  return {{"met", coverage.met}, {"possible", coverage.rows.size()}, {"outcomes", std::move(rows)}};
}

std::string coverage_text(const Coverage& coverage) {
  std::map<std::string, std::pair<std::size_t, std::string>>
      groups;  // met, and the names of others
  std::map<std::string, std::size_t> all;
  for (const Coverage::Row& row : coverage.rows) {
    const std::string group = row.provider + " " + std::string(to_string(row.on));
    auto& [met, open] = groups[group];
    ++all[group];
    if (row.met)
      ++met;
    else
      open += (open.empty() ? "" : ", ") + row.outcome + (row.transient ? "" : " (final)");
  }
  char percent[32];
  std::snprintf(percent, sizeof percent, "%.0f", coverage.percent());
  std::string out = "outcomes met: " + std::to_string(coverage.met) + " of " +
                    std::to_string(coverage.rows.size()) + ", " + percent + "%\n";
  for (const auto& [group, seen] : groups)
    out += "  " + group + ": " + std::to_string(seen.first) + " of " + std::to_string(all[group]) +
           (seen.second.empty() ? "" : "; not " + seen.second) + "\n";
  return out;
}

}  // namespace emulator::judge
