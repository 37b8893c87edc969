#include "emulator/control/routes.h"

#include <utility>

namespace emulator::control {
namespace {

// A handler that answers at once.
template <http::Reply (*handler)(const Call&)>
void now(const Call& call, http::Respond respond) {
  respond(handler(call));
}

constexpr Route kRoutes[] = {
    {"GET", "/health", now<health>},
    {"GET", "/metrics", now<metrics>},
    {"GET", "/openapi.json", now<openapi>},
    {"GET", "/sandboxes", now<list_sandboxes>},
    {"GET", "/sandboxes/{sandbox}", now<show_sandbox>},
    {"DELETE", "/sandboxes/{sandbox}", now<drop_sandbox>},
    {"POST", "/sandboxes/{sandbox}/reset", now<reset_sandbox>},
    {"GET", "/sandboxes/{sandbox}/scenario", now<show_scenario>},
    {"PUT", "/sandboxes/{sandbox}/scenario", put_scenario},
    {"GET", "/sandboxes/{sandbox}/clock", now<show_clock>},
    {"POST", "/sandboxes/{sandbox}/clock", move_clock},
    {"GET", "/sandboxes/{sandbox}/tasks", now<list_tasks>},
    {"GET", "/sandboxes/{sandbox}/tasks/{id}", now<show_task>},
    {"GET", "/sandboxes/{sandbox}/webhooks", now<list_webhooks>},
    {"GET", "/sandboxes/{sandbox}/webhooks/{id}", now<show_webhook>},
    {"GET", "/sandboxes/{sandbox}/webhooks/{id}/body", now<webhook_body>},
    {"POST", "/sandboxes/{sandbox}/webhooks/{id}/redeliver", now<redeliver_webhook>},
    {"POST", "/sandboxes/{sandbox}/webhook-keys/rotate", now<rotate_webhook_keys>},
    {"POST", "/inbox/{inbox}", now<take_letter>},
    {"GET", "/inbox/{inbox}", now<show_inbox>},
    {"DELETE", "/inbox/{inbox}", now<clear_inbox>},
    {"GET", "/sandboxes/{sandbox}/requests", now<list_requests>},
    {"GET", "/sandboxes/{sandbox}/requests/{id}", now<show_request>},
    {"GET", "/sandboxes/{sandbox}/expect", now<show_expectations>},
    {"POST", "/sandboxes/{sandbox}/verify", verify},
    {"GET", "/sandboxes/{sandbox}/events", events},
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

}  // namespace emulator::control
