// TLS as clients of OpenSSL's see it, on the same port as plain HTTP. The other tests of this
// folder run over TLS as well (http_over_tls).

#include <doctest.h>
#include <httplib.h>
#include <openssl/ssl.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/support/client.h"
#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;
using test::echo_path;
using test::eventually;
using test::get;
using test::RawClient;
using test::Served;
using test::text_reply;

// Raw clients of this file speak what they are told to, byte for byte.
#define PLAIN_ONLY *doctest::skip(test::over_tls())

TEST_CASE("one port speaks HTTP and HTTPS, each client as it likes" PLAIN_ONLY) {
  Served served([](const std::shared_ptr<const Request>& request, const Respond& respond) {
    respond(text_reply(request->secure ? "https" : "http"));
  });
  httplib::Client plain = test::patient_client(served.port());
  httplib::SSLClient secure("localhost", served.port());
  secure.enable_server_certificate_verification(false);
  secure.set_keep_alive(true);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(plain.Get("/"));
    CHECK(plain.Get("/")->body == "http");
    const auto reply = secure.Get("/");
    REQUIRE(reply);
    CHECK(reply->body == "https");
  }
}

TEST_CASE(
    "a client that stops in the middle of a handshake is let go after the time for a "
    "head" PLAIN_ONLY) {
  Served::Options options;
  options.limits.head_time = 50ms;
  std::vector<std::string> told;  // on the loop
  http::Server::Hooks hooks = Served::hooks(echo_path());
  hooks.crowded = [&told](const std::string& line) { told.push_back(line); };
  Served served(std::move(hooks), options);
  std::vector<RawClient> many;
  for (int i = 0; i < 1'000; ++i) {
    many.emplace_back(served.port());
    // The first bytes of a hello of 512 bytes.
    many.back().send(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
  }
  for (RawClient& one : many) {
    one.read_until_close();
    CHECK_FALSE(one.timed_out());
  }
  CHECK(eventually([&] { return served.server().figures().connections == 0; }));
  served.on_loop([&told] {
    REQUIRE(told.size() == 1);
    CHECK(told[0].starts_with("a client did not finish its TLS handshake within 50 ms"));
  });
}

TEST_CASE("plain bytes behind a hello end the connection, and others go on" PLAIN_ONLY) {
  Served served(echo_path());
  RawClient client(served.port());
  client.send(std::string("\x16\x03\x01\x00\x05hello", 10) + get("/"));
  const std::string alert = client.read_until_close();
  CHECK_FALSE(client.timed_out());
  REQUIRE(alert.size() >= 7);
  CHECK(alert[0] == '\x15');  // an alert (RFC 8446, 6)
  CHECK(RawClient(served.port()).ask(get("/good")).body == "/good");
}

TEST_CASE("a handshake does not hold up a stop" PLAIN_ONLY) {
  Served served(echo_path());
  RawClient client(served.port());
  client.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  REQUIRE(eventually([&] { return served.server().figures().connections == 1; }));
  CHECK(served.stop() < 500ms);
}

TEST_CASE("a tunnel that ends here takes TLS inside, to another name than its own" PLAIN_ONLY) {
  Server::Hooks hooks =
      Served::hooks([](const std::shared_ptr<const Request>& request, const Respond& respond) {
        respond(text_reply((request->secure ? "https " : "http ") + std::string(request->host())));
      });
  hooks.proxy = [](const Request&) { return ProxyRoute(); };
  Served served(std::move(hooks));
  httplib::SSLClient client("api.bfl.ai", 443);
  client.set_proxy("127.0.0.1", served.port());
  client.enable_server_certificate_verification(false);
  const auto reply = client.Get("/");
  REQUIRE(reply);
  CHECK(reply->body == "https api.bfl.ai");
}

}  // namespace
}  // namespace emulator::http
