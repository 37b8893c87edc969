#include "emulator/pipeline/dialect.h"

#include <chrono>
#include <stdexcept>
#include <string>

#include "emulator/base/text.h"

namespace emulator {

std::optional<Refusal> Dialect::check(const Call&, KeyStanding) const { return std::nullopt; }

std::optional<Refusal> Dialect::unwelcome(KeyStanding standing) const {
  Refusal refusal;
  refusal.kind = RefusalKind::kUnauthenticated;
  if (standing == KeyStanding::kUnknown) return refusal;
  if (standing != KeyStanding::kInactive) return std::nullopt;
  if (contract_.value("inactive_key") == "forbidden") refusal.kind = RefusalKind::kForbidden;
  return refusal;
}

Limits Dialect::limits(const Submission&) const {
  Limits out;
  if (const Json& running = contract_.value("running_limit"); running.is_number_integer())
    out.running = running.get<std::size_t>();
  const Json& rate = contract_.value("rate_limit");
  if (!rate.is_object()) return out;
  out.submissions = rate.at("submissions").get<std::size_t>();
  if (const auto window = parse_duration(rate.value("window", "1m"))) out.window = *window;
  out.announced = rate.value("announced", false);
  return out;
}

std::string Dialect::addressed(const Call& call) const { return std::string(call.capture("id")); }

http::Reply Dialect::refused(const Call&, const Refusal& refusal) const {
  if (refusal.reply) return *refusal.reply;
  http::Reply reply =
      error(refusal.error.empty() ? word(refusal.kind) : refusal.error, refusal.args);
  if (refusal.retry_after) {
    const auto whole = std::chrono::ceil<std::chrono::seconds>(*refusal.retry_after);
    reply.headers.set("retry-after", std::to_string(whole.count()));
  }
  return reply;
}

http::Reply Dialect::no_route(const Call& call) const {
  if (call.allowed.empty()) return error("no_route");
  http::Reply reply = error("wrong_method");
  std::string allow;
  for (const std::string& method : call.allowed) allow += (allow.empty() ? "" : ", ") + method;
  reply.headers.set("allow", allow);
  return reply;
}

http::Reply Dialect::not_emulated(const Call& call) const {
  return our_error(501, "not_emulated",
                   contract_.doors.provider + " has " + call.request->method + " " + call.path +
                       ", but it is not emulated; a rule of a scenario can stand in for it, with "
                       "`on: " +
                       std::string(word(call.route->on)) +
                       "` and a `reply` (docs/scenario-format.md)");
}

std::vector<std::string> error_parts_of(const contract::Contract& contract) {
  std::vector<std::string> out;
  const Json& parts = contract.value("error_parts");
  if (!parts.is_array()) return out;
  for (const Json& part : parts)
    if (part.is_string()) out.push_back(part.get<std::string>());
  return out;
}

Duration duration_value(const contract::Contract& contract, std::string_view name) {
  const Json& value = contract.value(name);
  if (value.is_string())
    if (const auto parsed = parse_duration(value.get_ref<const std::string&>())) return *parsed;
  throw std::logic_error("value \"" + std::string(name) + "\" of the contract of " +
                         contract.doors.provider + " is not a duration such as 10m");
}

}  // namespace emulator
