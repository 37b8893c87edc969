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
http::Reply openapi(const Call& call);

// metrics.cc
http::Reply metrics(const Call& call);

// sandboxes.cc
http::Reply list_sandboxes(const Call& call);
http::Reply show_sandbox(const Call& call);
http::Reply drop_sandbox(const Call& call);
http::Reply reset_sandbox(const Call& call);

// scenario.cc
http::Reply show_scenario(const Call& call);
http::Reply put_scenario(const Call& call);
http::Reply check_scenario(const Call& call);

// clock.cc
http::Reply show_clock(const Call& call);
void move_clock(const Call& call, http::Respond respond);

// tasks.cc
http::Reply list_tasks(const Call& call);
http::Reply show_task(const Call& call);

// webhooks.cc
http::Reply list_webhooks(const Call& call);
http::Reply show_webhook(const Call& call);
http::Reply webhook_body(const Call& call);
http::Reply redeliver_webhook(const Call& call);
http::Reply rotate_webhook_keys(const Call& call);

// inbox.cc
http::Reply take_letter(const Call& call);
http::Reply show_inbox(const Call& call);
http::Reply clear_inbox(const Call& call);

// requests.cc
http::Reply list_requests(const Call& call);
http::Reply show_request(const Call& call);

// expect.cc
http::Reply show_expectations(const Call& call);

// verify.cc
void verify(const Call& call, http::Respond respond);

// events.cc
void events(const Call& call, http::Respond respond);

}  // namespace emulator::control
