// What concerns the emulator as a whole.
#include "emulator/control/routes.h"

namespace emulator::control {

http::Reply health(const Call& call) {
  const auto up =
      std::chrono::duration_cast<Millis>(call.parts.sandboxes.wall().now() - call.started);
  return json_reply(200, {{"status", "ok"}, {"version", call.version}, {"uptime_ms", up.count()}});
}

}  // namespace emulator::control
