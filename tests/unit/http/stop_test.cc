#include <doctest.h>

#include <csignal>
#include <future>
#include <string>

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

TEST_CASE("an idle server stops at once and closes what is open") {
  Served served(echo_path());
  RawClient used(served.port());
  CHECK(used.ask(get("/")).complete);
  RawClient unused(served.port());
  REQUIRE(eventually([&] { return served.server().figures().connections == 2; }));
  CHECK(served.stop() < 400ms);  // a few milliseconds, on a machine with nothing else to do
  CHECK(used.closes_silently());
  CHECK(unused.closes_silently());
  CHECK_FALSE(RawClient(served.port()).connected());
}

TEST_CASE("a request in flight is finished before the server stops") {
  Held held;
  Served served([&held](const std::shared_ptr<const Request>&, const Respond& respond) {
    held.add(respond);
  });
  RawClient client(served.port());
  client.send(get("/"));
  REQUIRE(eventually([&] { return held.count == 1; }));
  served.on_loop([&] { served.server().stop(); });
  CHECK_FALSE(RawClient(served.port()).connected());
  served.on_loop([&] { held.waiting[0](text_reply("finished")); });
  const RawReply reply = client.read_reply();
  CHECK(reply.body == "finished");
  CHECK(reply.header("connection") == "close");
  CHECK(client.closes_silently());
  served.stop();
}

TEST_CASE("a body still coming is in flight as well") {
  Served served([](const std::shared_ptr<const Request>& request, const Respond& respond) {
    respond(text_reply(request->body));
  });
  RawClient client(served.port());
  CHECK(client
            .ask("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
                 "5\r\n\r\n")
            .status == 100);
  served.on_loop([&] { served.server().stop(); });
  CHECK(client.ask("hello").body == "hello");
  CHECK(client.closes_silently());
}

// Over TLS nothing can be sent before the server has read.
TEST_CASE("a request that was sent before the stop is answered, though nobody had read it" *
          doctest::skip(test::over_tls())) {
  Served served(echo_path());
  RawClient used(served.port());
  CHECK(used.ask(get("/first")).complete);
  std::vector<RawClient> waiting;
  served.on_loop([&] {
    used.send(get("/second"));
    for (int i = 0; i < 100; ++i) {
      waiting.emplace_back(served.port());
      waiting.back().send(get("/waiting"));
    }
    served.server().stop();
  });
  const RawReply second = used.read_reply();
  CHECK(second.body == "/second");
  CHECK(second.header("connection") == "close");
  for (RawClient& one : waiting) CHECK(one.read_reply().body == "/waiting");
  served.stop();
}

TEST_CASE("what is not finished in time is cut") {
  test::TestIdentities identities;
  ServerOptions options;
  options.identities = &identities.get();
  options.port = 0;
  std::promise<void> arrived;
  Server server(options, Served::hooks([&arrived](const std::shared_ptr<const Request>&,
                                                  const Respond&) { arrived.set_value(); }));
  const auto port = server.listen();
  REQUIRE(port);
  std::thread loop([&server] { server.run(30ms); });
  RawClient client(*port);
  client.send(get("/"));
  arrived.get_future().wait();
  server.post([&server] { server.stop(); });
  loop.join();
  CHECK(client.closes_silently());
}

TEST_CASE("a stop before the run ends it at once") {
  ServerOptions options;
  options.port = 0;
  Server server(options, Served::hooks(echo_path()));
  REQUIRE(server.listen());
  server.post([&server] { server.stop(); });
  server.run();
}

TEST_CASE("a signal reaches the loop") {
  ServerOptions options;
  options.port = 0;
  Server server(options, Served::hooks(echo_path()));
  REQUIRE(server.listen());
  int seen = 0;
  server.on_signal([&](int signal) {
    seen = signal;
    server.stop();
  });
  server.post([] { std::raise(SIGTERM); });
  server.run();
  CHECK(seen == SIGTERM);
}

}  // namespace
}  // namespace emulator::http
