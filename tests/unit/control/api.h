#pragma once

#include <doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/json_text.h"
#include "emulator/control/control.h"
#include "emulator/webhook/courier.h"
#include "emulator/webhook/inbox.h"
#include "tests/support/world.h"

namespace emulator::test {

// An emulator without sockets, and its control API.
class Api {
 public:
  explicit Api(WorldOptions options = {}, control::Limits limits = {})
      : world(std::move(options)),
        courier({}, {*world.sandboxes,
                     [](const http::Post&, const std::function<void(http::Receipt)>&) {
                       return std::shared_ptr<void>();
                     },
                     world.loop}),
        inbox({}),
        control(make(limits)) {
    world.told = [this](const Sandbox&, const Exchange& exchange) { control->told(exchange); };
  }

  struct Waiting {
    std::optional<http::Reply> reply;
  };
  // A call below /_emulator. The reply may come later.
  std::shared_ptr<Waiting> begin(const std::string& method, const std::string& path,
                                 const std::string& body = "",
                                 std::vector<std::pair<std::string, std::string>> headers = {}) {
    auto waiting = std::make_shared<Waiting>();
    control->handle(std::make_shared<const http::Request>(
                        request(method, "/_emulator" + path, std::move(headers), body)),
                    [waiting](http::Reply reply) {
                      REQUIRE(!waiting->reply);
                      waiting->reply = std::move(reply);
                    });
    return waiting;
  }
  http::Reply reply(const std::string& method, const std::string& path,
                    const std::string& body = "") {
    auto waiting = begin(method, path, body);
    REQUIRE(waiting->reply);
    return std::move(*waiting->reply);
  }
  Json call(const std::string& method, const std::string& path, const std::string& body = "") {
    return json(reply(method, path, body));
  }
  static Json json(const http::Reply& reply) {
    auto body = decode_json(reply.body);
    REQUIRE(body);
    return *body;
  }

  // A BFL submission with the key `box`; the id of its task, "" when it was refused.
  std::string submit(const std::string& box, const std::string& prompt = "a cat") {
    const auto reply = world.send(request("POST", "/bfl/v1/flux-dev",
                                          {{"x-key", box}, {"content-type", "application/json"}},
                                          compact_json(Json{{"prompt", prompt}})));
    REQUIRE(reply);
    const Json body = json(*reply);
    return body.contains("id") ? body["id"].get<std::string>() : "";
  }
  void poll(const std::string& id) {
    REQUIRE(world.send(request("GET", "/bfl/v1/get_result?id=" + id)));
  }
  void scenario(const std::string& box, const std::string& text) {
    REQUIRE(reply("PUT", "/sandboxes/" + box + "/scenario", text).status == 200);
  }

  World world;
  Memory memory;
  webhook::Courier courier;  // that reaches nobody
  webhook::Inbox inbox;
  std::unique_ptr<Control> control;

 private:
  std::unique_ptr<Control> make(control::Limits limits) {
    return std::make_unique<Control>(
        Control::Options{"1.2.3", {"", "127.0.0.1", ""}, limits, world.wall.now()},
        Control::Parts{world.registry, *world.sandboxes, *world.library, *world.pipeline, courier,
                       inbox, &memory, world.loop,
                       [] {
                         return control::ProcessFigures{1 << 20, 0.5, 2, 3, 4};
                       },
                       nullptr, nullptr, true, world.judge.get()});
  }
};

}  // namespace emulator::test
