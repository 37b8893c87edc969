#include "emulator/pipeline/reading.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "emulator/base/named.h"
#include "emulator/base/text.h"

namespace emulator {

const contract::Endpoint* endpoint_of(const Call& call, const contract::Contract& contract) {
  const std::string_view pattern = call.route->endpoint;
  if (pattern.empty()) return contract.endpoint(call.capture("endpoint"));
  const std::string id = with_names(pattern, [&](std::string_view name, std::string& out) {
    out += call.capture(name);
    return true;
  });
  return contract.endpoint(id);
}

Result<Json, std::vector<contract::Violation>> validate_under(std::string_view member,
                                                              const Json& body,
                                                              const contract::Endpoint& endpoint,
                                                              const contract::Rules& rules) {
  using contract::Violation;
  const std::string name(member);
  const bool is_object = body.is_object();
  const auto found = is_object ? body.find(name) : body.end();
  if (!is_object || found == body.end()) {
    Violation missing;
    missing.kind = is_object ? Violation::Kind::kMissing : Violation::Kind::kModelType;
    if (is_object) missing.where = {name};
    missing.input = body;
    return Failure{std::vector<Violation>{std::move(missing)}};
  }
  auto input = contract::validate(*found, endpoint.fields, endpoint.closed, rules);
  if (input) return input;
  for (Violation& violation : input.error()) violation.where.insert(violation.where.begin(), name);
  return input;
}

std::optional<Duration> preferred_wait(const http::Request& request, Duration usual,
                                       Duration most) {
  const auto header = request.headers.get("prefer");
  if (!header) return std::nullopt;
  for (const std::string_view part : split(*header, ',')) {
    const std::string_view wish = trimmed(part);
    if (wish == "wait") return std::min(usual, most);
    if (!wish.starts_with("wait=")) continue;
    std::int64_t seconds = 0;
    const std::string_view text = wish.substr(5);
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, seconds);
    if (error != std::errc() || end != last || seconds < 0) return std::nullopt;
    const auto least = std::chrono::ceil<std::chrono::seconds>(most).count();
    return seconds >= least ? most : Duration(std::chrono::seconds(seconds));
  }
  return std::nullopt;
}

}  // namespace emulator
