#include "emulator/pipeline/dialect.h"

#include <chrono>
#include <string>

#include "emulator/base/text.h"

namespace emulator {

std::optional<Refusal> Dialect::check(const Call&, KeyStanding) const { return std::nullopt; }

std::optional<Refusal> Dialect::unwelcome(KeyStanding standing) const {
  Refusal refusal;
  refusal.kind = RefusalKind::kUnauthenticated;
  if (standing == KeyStanding::kUnknown) return refusal;
  if (standing != KeyStanding::kInactive) return std::nullopt;
  if (contract_.common.inactive_key == "forbidden") refusal.kind = RefusalKind::kForbidden;
  return refusal;
}

AccountLimits Dialect::limits(const Submission&) const {
  AccountLimits out;
  out.running = contract_.common.running_limit;
  const auto& rate = contract_.common.rate_limit;
  if (!rate) return out;
  out.submissions = rate->submissions;
  out.window = rate->window;
  out.announced = rate->announced;
  return out;
}

std::string Dialect::addressed(const Call& call) const { return std::string(call.capture("id")); }

http::Reply Dialect::refused(const Call&, const Refusal& refusal) const {
  if (refusal.reply) return *refusal.reply;
  http::Reply reply =
      error(refusal.error.empty() ? to_string(refusal.kind) : refusal.error, refusal.args);
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
                       std::string(to_string(call.route->on)) +
                       "` and a `reply` (docs/scenario-format.md)");
}

}  // namespace emulator
