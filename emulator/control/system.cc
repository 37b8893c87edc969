// What concerns the emulator as a whole.
#include <string>
#include <string_view>

#include "emulator/control/routes.h"

namespace emulator::embedded {
extern const std::string_view openapi;
}

namespace emulator::control {

http::Reply health(const Call& call) {
  const auto up =
      std::chrono::duration_cast<Millis>(call.parts.sandboxes.wall().now() - call.started);
  return json_reply(200, {{"status", "ok"}, {"version", call.version}, {"uptime_ms", up.count()}});
}

http::Reply bare_health() { return json_reply(200, {{"status", "ok"}}); }

// The description of this API, OpenAPI 3.1.
http::Reply openapi(const Call&) {
  http::Reply reply;
  reply.headers.add("content-type", "application/json");
  reply.body = std::string(embedded::openapi);
  return reply;
}

}  // namespace emulator::control
