#pragma once

#include <span>
#include <string_view>

#include "emulator/control/call.h"

namespace emulator::control {

// A call that the API has. A new one is a line in routes.cc, its handler in the file of its
// subject, and its description in openapi.json.
struct Route {
  std::string_view method;  // a GET answers HEAD as well
  std::string_view path;    // below /_emulator; a segment `{name}` takes any text
  // Must answer exactly once, now or later.
  void (*handle)(const Call& call, http::Respond respond);
};

std::span<const Route> routes();

// The handlers, each in the file that is named.

// system.cc
http::Reply health(const Call& call);
// That we live, and nothing else: for whoever is not let in.
http::Reply bare_health();
http::Reply openapi(const Call& call);

// For everybody: it is shown to whoever connects by TLS.
http::Reply ca_certificate(const Call& call);

// state_calls.cc
http::Reply show_state(const Call& call);
Json state_in_short(const state::Keeper& keeper);
Json fleet_in_short(const fleet::Fleet& fleet);

// metrics.cc
http::Reply metrics(const Call& call);

// sandboxes_calls.cc
http::Reply list_sandboxes(const Call& call);
http::Reply show_sandbox(const Call& call);
http::Reply drop_sandbox(const Call& call);
http::Reply reset_sandbox(const Call& call);

// scenario_calls.cc
http::Reply show_scenario(const Call& call);
void put_scenario(const Call& call, http::Respond respond);
void check_scenario(const Call& call, http::Respond respond);

// clock_calls.cc
http::Reply show_clock(const Call& call);
void move_clock(const Call& call, http::Respond respond);

// tasks_calls.cc
http::Reply list_tasks(const Call& call);
http::Reply show_task(const Call& call);
// The task of `{id}` in a sandbox; null when it has none.
Task* task_in(const Call& call, Sandbox& box);

// pictures_calls.cc
void show_picture(const Call& call, http::Respond respond);

// catalogue_calls.cc
void list_providers(const Call& call, http::Respond respond);
http::Reply show_endpoint(const Call& call);
http::Reply list_scenarios(const Call& call);
http::Reply show_built_in(const Call& call);

// webhooks_calls.cc
http::Reply list_webhooks(const Call& call);
http::Reply show_webhook(const Call& call);
http::Reply webhook_body(const Call& call);
http::Reply redeliver_webhook(const Call& call);
http::Reply rotate_webhook_keys(const Call& call);

// inbox_calls.cc
http::Reply take_letter(const Call& call);
http::Reply list_inboxes(const Call& call);
http::Reply show_inbox(const Call& call);
http::Reply clear_inbox(const Call& call);

// requests_calls.cc
http::Reply list_requests(const Call& call);
http::Reply show_request(const Call& call);

// expect_calls.cc
http::Reply show_expectations(const Call& call);

// findings_calls.cc
http::Reply show_findings(const Call& call);
// The findings that a request proves, for a person; "" for none.
std::string findings_about(const Call& call, const Sandbox& box, std::uint64_t request);

// coverage_calls.cc
http::Reply show_coverage(const Call& call);

// verify.cc
void verify(const Call& call, http::Respond respond);

// events.cc
void events(const Call& call, http::Respond respond);
void all_events(const Call& call, http::Respond respond);

}  // namespace emulator::control
