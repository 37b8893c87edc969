// What concerns the emulator as a whole.
#include <string>
#include <string_view>

#include "emulator/control/routes.h"

namespace emulator::embedded {
extern const std::string_view openapi;  // NOLINT(readability-identifier-naming): the file's
}

namespace emulator::control {

http::Reply health(const Call& call) {
  const auto up =
      std::chrono::duration_cast<Millis>(call.parts.sandboxes.wall().now() - call.started);
  Json out = {{"status", "ok"}, {"version", call.version}, {"uptime_ms", up.count()}};
  if (call.parts.keeper != nullptr) out["state"] = state_in_short(*call.parts.keeper);
  if (call.parts.fleet != nullptr) out["fleet"] = fleet_in_short(*call.parts.fleet);
  return json_reply(200, out);
}

http::Reply bare_health() { return json_reply(200, {{"status", "ok"}}); }

http::Reply ca_certificate(const Call& call) {
  if (!call.parts.ca_pem) return our_error(404, "not_found", "there is no CA here");
  auto pem = call.parts.ca_pem();
  if (!pem) return our_error(500, "ca", pem.error());
  http::Reply reply;
  reply.headers.add("content-type", "application/x-pem-file");
  reply.headers.add("content-disposition", "attachment; filename=\"provider-emulator.pem\"");
  reply.body = std::move(*pem);
  return reply;
}

// The description of this API, OpenAPI 3.1.
http::Reply openapi(const Call&) {
  http::Reply reply;
  reply.headers.add("content-type", "application/json");
  reply.body = std::string(embedded::openapi);
  return reply;
}

}  // namespace emulator::control
