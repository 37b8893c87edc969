// Requests that one server passes on to another, and what becomes of their answers.
#include "emulator/http/forward.h"

#include <doctest.h>

#include <atomic>
#include <memory>
#include <string>

#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace emulator::http {
namespace {

using test::eventually;
using test::get;
using test::Held;
using test::post;
using test::RawClient;
using test::Served;
using test::text_reply;

// A server that passes everything on to another one, which answers by path: /held never, /stream by
// a stream that stays open, anything else with its path and body.
struct Passing {
  Passing() {
    near.on_loop([this] { forwarder = near.server().forwarder(); });
  }
  ~Passing() {
    near.on_loop([this] { forwarder.reset(); });
    far.on_loop([this] {
      held.waiting.clear();
      sink.reset();
    });
  }

  Forwarder::Figures figures() {
    Forwarder::Figures out;
    near.on_loop([&] { out = forwarder->figures(); });
    return out;
  }
  void break_off() {
    near.on_loop([this] { forwarder->break_off("127.0.0.1", far.port()); });
  }

  Held held;
  std::shared_ptr<BodySink> sink;
  std::atomic<int> streams{0};
  Served far{[this](const std::shared_ptr<const Request>& request, const Respond& respond) {
    if (request->path == "/held") return held.add(respond);
    if (request->path != "/stream") return respond(text_reply(request->path + request->body, 201));
    Reply reply;
    reply.stream = [this](std::shared_ptr<BodySink> made) {
      sink = std::move(made);
      sink->write("first");
      ++streams;
    };
    respond(std::move(reply));
  }};
  std::unique_ptr<Forwarder> forwarder;
  Served near{[this](const std::shared_ptr<const Request>& request, const Respond& respond) {
    forwarder->pass({"127.0.0.1", far.port(), request, {}}, respond,
                    [respond](const std::string& why) { respond(text_reply(why, 502)); });
  }};
};

}  // namespace

TEST_CASE("requests are passed on over one connection, and their answers come back as they are") {
  Passing passing;
  RawClient client(passing.near.port());
  for (int i = 0; i < 3; ++i) {
    const auto reply = client.ask(post("/a", "body"));
    CHECK(reply.status == 201);
    CHECK(reply.body == "/abody");
  }
  CHECK(passing.figures().passed == 3);
  CHECK(passing.figures().connections == 1);
}

TEST_CASE("what waits for a server that is taken for gone is broken off, and others go on") {
  Passing passing;
  RawClient waiting(passing.near.port()), streaming(passing.near.port());
  waiting.send(get("/held"));
  streaming.send(get("/stream"));
  REQUIRE(eventually([&] { return passing.held.count == 1 && passing.streams == 1; }));
  REQUIRE(eventually([&] { return passing.figures().open == 2; }));
  passing.break_off();
  CHECK(waiting.read_bytes(1).empty());
  while (!streaming.read_bytes(1).empty()) {
  }
  CHECK(passing.figures().open == 0);
  RawClient client(passing.near.port());
  CHECK(client.ask(get("/again")).body == "/again");
}

TEST_CASE("a client that leaves before its stream could begin leaves no connection behind") {
  Passing passing;
  {
    RawClient client(passing.near.port());
    client.send(get("/held") + get("/stream"));  // the second waits for the first
    REQUIRE(eventually([&] { return passing.held.count == 1 && passing.streams == 1; }));
    REQUIRE(eventually([&] { return passing.figures().open == 2; }));
  }
  CHECK(eventually([&] { return passing.figures().open == 0; }));
}

}  // namespace emulator::http
