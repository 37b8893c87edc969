#include "emulator/webhook/rules.h"

#include <charconv>
#include <stdexcept>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"

namespace emulator::webhook {
namespace {

constexpr std::size_t kMostRuleAttempts = 1'000;

[[noreturn]] void malformed(const contract::Contract& contract, const char* name) {
  throw std::logic_error(std::string("values.") + name +
                         " of the contract is malformed: " + compact_json(contract.value(name)));
}

std::optional<Duration> duration_in(const Json& value) {
  if (!value.is_string() && value != 0) return std::nullopt;
  const auto parsed = parse_duration(value.is_string() ? value.get<std::string>() : "0");
  return parsed ? std::optional(*parsed) : std::nullopt;
}

// `2m`, or `{ times: 30, wait: 2m }`; false when it is neither.
bool add_waits(const Json& item, std::vector<Duration>& waits) {
  std::size_t times = 1;
  std::optional<Duration> wait;
  if (item.is_object()) {
    const Json count = item.value("times", Json());
    if (!count.is_number_integer() || count < 0) return false;
    times = count.get<std::size_t>();
    wait = duration_in(item.value("wait", Json()));
  } else {
    wait = duration_in(item);
  }
  if (!wait || waits.size() + times >= kMostRuleAttempts) return false;
  waits.insert(waits.end(), times, *wait);
  return true;
}

// "3xx", "410" or 410.
std::optional<std::pair<unsigned, unsigned>> statuses_in(const Json& item) {
  if (item.is_number_integer() && item > 0)
    return std::pair(item.get<unsigned>(), item.get<unsigned>());
  const std::string text = item.is_string() ? item.get<std::string>() : "";
  if (text.size() == 3 && text.ends_with("xx") && text[0] >= '1' && text[0] <= '5') {
    const unsigned hundred = static_cast<unsigned>(text[0] - '0') * 100;
    return std::pair(hundred, hundred + 99);
  }
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::pair(value, value);
}

}  // namespace

Rules rules_of(const contract::Contract& contract, std::size_t body_size) {
  Rules out;
  const Json* schedule = &contract.value("webhook_schedule");
  const Json& large = contract.value("webhook_schedule_large");
  if (large.is_object()) {
    const auto from = large.find("from");
    const auto other = large.find("schedule");
    if (from == large.end() || !from->is_number_integer() || other == large.end())
      malformed(contract, "webhook_schedule_large");
    if (body_size >= from->get<std::size_t>()) schedule = &*other;
  }
  for (const Json& item : *schedule)
    if (!add_waits(item, out.waits)) malformed(contract, "webhook_schedule");
  for (const Json& item : contract.value("webhook_time_limits")) {
    const auto limit = duration_in(item);
    if (!limit || *limit <= Duration::zero()) malformed(contract, "webhook_time_limits");
    out.time_limits.push_back(*limit);
  }
  for (const Json& item : contract.value("webhook_settled")) {
    const auto statuses = statuses_in(item);
    if (!statuses) malformed(contract, "webhook_settled");
    out.settled.push_back(*statuses);
  }
  if (const Json& redirects = contract.value("webhook_redirects"); redirects.is_number_integer())
    out.redirects = redirects.get<int>();
  if (out.time_limits.empty()) out.time_limits.push_back(std::chrono::seconds(10));
  return out;
}

}  // namespace emulator::webhook
