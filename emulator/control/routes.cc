#include "emulator/control/routes.h"

#include <utility>

namespace emulator::control {
namespace {

// A handler that answers at once; what it is given is what the table says.
template <http::Reply (*handler)(const Call&)>
void now(const Call& call, http::Respond respond) {  // NOLINT(performance-unnecessary-value-param)
  respond(handler(call));
}

// A handler that wants the clock to stand: one that skips is soon there. One that is moved by
// another call is the handler's to refuse.
template <void (*handler)(const Call&, http::Respond)>
void once_still(const Call& call, http::Respond respond) {
  Sandbox* box = call.parts.sandboxes.find(call.capture("sandbox"));
  if (box == nullptr || !box->skip_moving) return handler(call, std::move(respond));
  const auto nowhere = [](const Sandbox&) { return std::optional<Instant>(); };
  call.parts.sandboxes.skip(
      *box, nowhere,
      [request = call.request, parts = &call.parts, watch = &call.watch, tally = &call.tally,
       limits = &call.limits, version = call.version, started = call.started,
       captured = call.captured, respond = std::move(respond)] {
        once_still<handler>(
            Call{request, *parts, *watch, *tally, *limits, version, started, captured}, respond);
      });
}

constexpr Route kRoutes[] = {
    {"GET", "/health", now<health>},
    {"GET", "/ca.pem", now<ca_certificate>},
    {"GET", "/metrics", now<metrics>},
    {"GET", "/openapi.json", now<openapi>},
    {"GET", "/state", now<show_state>},
    {"GET", "/events", all_events},
    {"GET", "/providers", list_providers},
    {"GET", "/providers/{provider}/endpoints/{endpoint}", now<show_endpoint>},
    {"GET", "/scenarios", now<list_scenarios>},
    {"GET", "/scenarios/{scenario}", now<show_built_in>},
    {"POST", "/check", check_scenario},
    {"GET", "/sandboxes", now<list_sandboxes>},
    {"GET", "/sandboxes/{sandbox}", now<show_sandbox>},
    {"DELETE", "/sandboxes/{sandbox}", once_still<now<drop_sandbox>>},
    {"POST", "/sandboxes/{sandbox}/reset", once_still<now<reset_sandbox>>},
    {"GET", "/sandboxes/{sandbox}/scenario", now<show_scenario>},
    {"PUT", "/sandboxes/{sandbox}/scenario", put_scenario},
    {"GET", "/sandboxes/{sandbox}/clock", now<show_clock>},
    {"POST", "/sandboxes/{sandbox}/clock", once_still<move_clock>},
    {"GET", "/sandboxes/{sandbox}/tasks", now<list_tasks>},
    {"GET", "/sandboxes/{sandbox}/tasks/{id}", now<show_task>},
    {"GET", "/sandboxes/{sandbox}/tasks/{id}/pictures/{index}", show_picture},
    {"GET", "/sandboxes/{sandbox}/webhooks", now<list_webhooks>},
    {"GET", "/sandboxes/{sandbox}/webhooks/{id}", now<show_webhook>},
    {"GET", "/sandboxes/{sandbox}/webhooks/{id}/body", now<webhook_body>},
    {"POST", "/sandboxes/{sandbox}/webhooks/{id}/redeliver", now<redeliver_webhook>},
    {"POST", "/sandboxes/{sandbox}/webhook-keys/rotate", now<rotate_webhook_keys>},
    {"GET", "/inbox", now<list_inboxes>},
    {"POST", "/inbox/{inbox}", now<take_letter>},
    {"GET", "/inbox/{inbox}", now<show_inbox>},
    {"DELETE", "/inbox/{inbox}", now<clear_inbox>},
    {"GET", "/sandboxes/{sandbox}/requests", now<list_requests>},
    {"GET", "/sandboxes/{sandbox}/requests/{id}", now<show_request>},
    {"GET", "/sandboxes/{sandbox}/expect", now<show_expectations>},
    {"GET", "/sandboxes/{sandbox}/findings", now<show_findings>},
    {"GET", "/sandboxes/{sandbox}/coverage", now<show_coverage>},
    {"POST", "/sandboxes/{sandbox}/verify", verify},
    {"GET", "/sandboxes/{sandbox}/events", events},
};

}  // namespace

std::span<const Route> routes() { return kRoutes; }

}  // namespace emulator::control
