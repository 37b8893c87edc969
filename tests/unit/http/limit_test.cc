// Sizes, times and numbers that are limited, each seen from outside.

#include <doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;
using test::echo_path;
using test::eventually;
using test::get;
using test::Held;
using test::RawClient;
using test::RawReply;
using test::Served;
using test::text_reply;

Served::Options with(const std::function<void(ServerLimits&)>& set) {
  Served::Options options;
  set(options.limits);
  return options;
}

TEST_CASE("a head too large is answered 431") {
  Served served(echo_path(), with([](ServerLimits& limits) { limits.header_bytes = 1000; }));
  RawClient client(served.port());
  const RawReply reply =
      client.ask("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(5000, 'x') + "\r\n\r\n");
  CHECK(reply.status == 431);
  CHECK(reply.header("x-refused"));
  CHECK(reply.header("connection") == "close");
  CHECK(client.closes_silently());
}

TEST_CASE("a body too large is answered 413, and the client can read that") {
  Served served(echo_path(), with([](ServerLimits& limits) { limits.body_bytes = 1 << 20; }));
  const std::string big(900'000, 'x');
  SUBCASE("by its announced length") {
    RawClient client(served.port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1800000\r\n\r\n");
    // The whole body is sent before the answer is read, as simple clients do.
    CHECK(client.send(big));
    client.send(big);
    CHECK(client.read_reply().status == 413);
    client.end_sending();
    CHECK(client.closes_silently());
  }
  SUBCASE("by what came in chunks") {
    RawClient client(served.port());
    const std::string chunk = "DBBA0\r\n" + big + "\r\n";
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    CHECK(client.send(chunk));
    client.send(chunk + "0\r\n\r\n");
    CHECK(client.read_reply().status == 413);
  }
}

TEST_CASE("a sender without end is cut off after a refusal") {
  Served served(echo_path(), with([](ServerLimits& limits) { limits.body_bytes = 1000; }));
  RawClient client(served.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n");
  const std::string piece(1 << 20, 'x');
  int sent = 0;
  while (sent < 200 && client.send(piece)) ++sent;
  CHECK(sent < 200);
}

TEST_CASE("a malformed request is answered 400 behind the replies before it") {
  Served served(echo_path());
  RawClient client(served.port());
  client.send(get("/fine") + "NON SENSE\r\n\r\n" + get("/never"));
  CHECK(client.read_reply().body == "/fine");
  const RawReply reply = client.read_reply();
  CHECK(reply.status == 400);
  CHECK(reply.body == "400 the request target is malformed");
  CHECK(client.closes_silently());
  CHECK(served.server().figures().requests == 1);
}

TEST_CASE("a request smuggled behind another is not served") {
  Served served(echo_path());
  for (const char* head : {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                           "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                           "Content-Length: 0\r\nContent-Length: 4\r\n",
                           "Transfer-Encoding: identity\r\n", "Content-Length : 4\r\n"}) {
    CAPTURE(head);
    RawClient client(served.port());
    client.send(std::string("POST /a HTTP/1.1\r\nHost: a\r\n") + head + "\r\n0\r\n\r\n" +
                get("/smuggled"));
    CHECK(client.read_reply().status == 400);
    CHECK(client.closes_silently());
  }
  CHECK(served.server().figures().requests == 0);
}

TEST_CASE("a head that does not get on is answered 408") {
  Served served(echo_path(), with([](ServerLimits& limits) { limits.head_time = 40ms; }));
  RawClient client(served.port());
  client.send("GET / HTTP/1.1\r\nHost:");
  CHECK(client.read_reply().status == 408);
  CHECK(client.closes_silently());
}

TEST_CASE("a body that does not get on is answered 408") {
  Served served(echo_path(), with([](ServerLimits& limits) { limits.body_time = 40ms; }));
  RawClient client(served.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhal");
  CHECK(client.read_reply().status == 408);
  CHECK(client.closes_silently());
}

TEST_CASE("an idle connection is closed without a word, used or not") {
  Served served(echo_path(), with([](ServerLimits& limits) { limits.idle_time = 40ms; }));
  RawClient fresh(served.port());
  CHECK(fresh.closes_silently());
  RawClient used(served.port());
  CHECK(used.ask(get("/")).complete);
  CHECK(used.closes_silently());
}

TEST_CASE("a held request is not idle") {
  Held held;
  Served served(
      [&held](const std::shared_ptr<const Request>&, const Respond& respond) { held.add(respond); },
      with([](ServerLimits& limits) {
        limits.idle_time = 30ms;
        limits.body_time = 30ms;
        limits.head_time = 30ms;
      }));
  RawClient client(served.port());
  client.send(get("/"));
  CHECK(client.stays_silent(150ms));
  served.on_loop([&] { held.waiting[0](text_reply("still here")); });
  CHECK(client.read_reply().body == "still here");
}

TEST_CASE("a reader that takes nothing is cut") {
  Served served([](const std::shared_ptr<const Request>&,
                   const Respond& respond) { respond(text_reply(std::string(30u << 20, 'x'))); },
                with([](ServerLimits& limits) { limits.body_time = 50ms; }));
  RawClient client(served.port());
  client.small_receive_buffer();
  client.send(get("/"));
  CHECK(eventually([&] { return served.server().figures().requests == 1; }));
  CHECK(eventually([&] { return served.server().figures().connections == 0; }));
}

TEST_CASE("connections beyond the limit wait until others leave") {
  Served served(echo_path(), with([](ServerLimits& limits) { limits.connections = 3; }));
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(served.port());
    CHECK(clients.back().ask(get("/in")).complete);
  }
  RawClient waiting(served.port());
  REQUIRE(waiting.connected());
  waiting.send(get("/waited"));
  CHECK(waiting.stays_silent(30ms));
  clients.pop_back();
  CHECK(waiting.read_reply().body == "/waited");
  CHECK(served.server().figures().connections == 3);
}

}  // namespace
}  // namespace emulator::http
