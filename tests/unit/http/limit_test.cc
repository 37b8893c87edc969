// Sizes, times and numbers that are limited, each seen from outside.

#include <doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <optional>
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
  Served served(echo_path(), with([](ServerLimits& limits) { limits.idle_time = 300ms; }));
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
        limits.idle_time = 400ms;  // longer than a handshake takes on a busy machine
        limits.body_time = 400ms;
        limits.head_time = 400ms;
      }));
  RawClient client(served.port());
  client.send(get("/"));
  REQUIRE(eventually([&] { return held.count == 1; }));
  CHECK(client.stays_silent(900ms));
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

TEST_CASE("nothing further is taken from a client that does not read its replies") {
  const std::string large(1 << 20, 'x');
  Served served([&large](const std::shared_ptr<const Request>&, const Respond& respond) {
    respond(text_reply(large));
  });
  RawClient client(served.port());
  constexpr int kSent = 200;
  std::string requests;
  for (int i = 0; i < kSent; ++i) requests += get("/" + std::to_string(i));
  REQUIRE(client.send(requests));
  REQUIRE(eventually([&] { return served.server().figures().requests > 0; }));
  // A turn for whatever else is on its way.
  for (int i = 0; i < 20; ++i) served.on_loop([] {});
  // What the kernel keeps on its own account, and one reply.
  CHECK(served.server().figures().requests < 20);
  for (int i = 0; i < kSent; ++i) REQUIRE(client.read_reply().body.size() == large.size());
  CHECK(served.server().figures().requests == kSent);
}

TEST_CASE("nothing further is taken while answers wait for one before them") {
  Held held;
  Served served([&held](const std::shared_ptr<const Request>& request, const Respond& respond) {
    if (request->path == "/slow") return held.add(respond);
    respond(text_reply(std::string(30'000, 'x')));
  });
  RawClient client(served.port());
  std::string requests = get("/slow");
  for (int i = 0; i < 20; ++i) requests += get("/quick");
  client.send(requests);
  REQUIRE(eventually([&] { return held.count == 1; }));
  for (int i = 0; i < 20; ++i) served.on_loop([] {});
  CHECK(served.server().figures().requests == 4);
  served.on_loop([&] { held.waiting[0](text_reply("slow")); });
  CHECK(client.read_reply().body == "slow");
  for (int i = 0; i < 20; ++i) CHECK(client.read_reply().body.size() == 30'000);
}

TEST_CASE("a request half read when output begins to wait is read to its end later") {
  Served served([](const std::shared_ptr<const Request>& request, const Respond& respond) {
    respond(text_reply(request->method == "POST" ? request->body : std::string(24 << 20, 'x')));
  });
  RawClient client(served.port());
  const std::string whole = get("/large") + test::post("/", "hello");
  client.send(whole.substr(0, whole.size() - 3));
  REQUIRE(eventually([&] { return served.server().figures().requests == 1; }));
  client.send(whole.substr(whole.size() - 3));
  SUBCASE("by a client that goes on") {}
  SUBCASE("by a client that sends nothing more") { client.end_sending(); }
  CHECK(client.read_reply().body.size() == 24 << 20);
  CHECK(client.read_reply().body == "hello");
}

// Over TLS a client that waits to be let in would wait for its handshake.
TEST_CASE("connections beyond the limit wait until others leave, when none is idle" *
          doctest::skip(test::over_tls())) {
  Held held;
  Served served(
      [&held](const std::shared_ptr<const Request>& request, const Respond& respond) {
        if (request->path == "/held") return held.add(respond);
        respond(text_reply(request->path));
      },
      with([](ServerLimits& limits) { limits.connections = 3; }));
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(served.port());
    clients.back().send(get("/held"));
  }
  REQUIRE(eventually([&] { return held.count == 3; }));
  RawClient waiting(served.port());
  REQUIRE(waiting.connected());
  waiting.send(get("/waited"));
  CHECK(waiting.stays_silent(30ms));
  clients[1].close();
  CHECK(waiting.read_reply().body == "/waited");
  CHECK(served.server().figures().connections == 3);
  CHECK(served.server().figures().let_go == 0);
}

TEST_CASE("beyond the limit the longest idle connection goes, and one line says so") {
  std::vector<std::string> lines;
  Server::Hooks hooks = Served::hooks(echo_path());
  hooks.crowded = [&lines](const std::string& line) { lines.push_back(line); };
  Served served(std::move(hooks), with([](ServerLimits& limits) { limits.connections = 3; }));
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(served.port());
    CHECK(clients.back().ask(get("/in")).complete);
  }
  CHECK(clients[0].ask(get("/again")).complete);
  RawClient fourth(served.port());
  CHECK(fourth.ask(get("/fourth")).body == "/fourth");
  CHECK(clients[1].closes_silently());
  RawClient fifth(served.port());
  CHECK(fifth.ask(get("/fifth")).body == "/fifth");
  CHECK(clients[2].closes_silently());
  CHECK(clients[0].ask(get("/still")).complete);
  CHECK(served.server().figures().connections == 3);
  CHECK(served.server().figures().let_go == 2);
  served.on_loop([&] {
    REQUIRE(lines.size() == 1);
    CHECK(lines[0] ==
          "--max-connections 3 reached; the connection that was idle for longest is closed for a "
          "new one");
  });
}

TEST_CASE("without descriptors the longest idle connection goes") {
  std::vector<std::string> lines;
  Server::Hooks hooks = Served::hooks(echo_path());
  hooks.crowded = [&lines](const std::string& line) { lines.push_back(line); };
  Served served(std::move(hooks));
  RawClient idle(served.port());
  CHECK(idle.ask(get("/in")).complete);
  std::optional<RawClient> newcomer;
  std::vector<int> taken;
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  served.on_loop([&] {
    newcomer.emplace(served.port());  // not accepted before the loop goes on
    taken.push_back(::dup(2));
    const rlimit none{static_cast<rlim_t>(taken.back()) + 1, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    for (int one = ::dup(2); one >= 0; one = ::dup(2)) taken.push_back(one);
  });
  CHECK(newcomer->ask(get("/late")).body == "/late");
  CHECK(idle.closes_silently());
  served.on_loop([&] {
    for (const int one : taken) ::close(one);
    setrlimit(RLIMIT_NOFILE, &before);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("Too many open files; the connection that was idle") != std::string::npos);
  });
}

}  // namespace
}  // namespace emulator::http
