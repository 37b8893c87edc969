// Tunnels and requests to a proxy, seen from outside.

#include <doctest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;
using test::echo_path;
using test::eventually;
using test::get;
using test::post;
using test::RawClient;
using test::RawReply;
using test::Served;
using test::text_reply;

std::string connect_to(const std::string& authority) {
  return "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
}

// Whether a tunnel was opened. What follows the head of that answer is no body.
bool opened(RawClient& client, const std::string& to) {
  client.send(connect_to(to));
  return client.read_reply(true).status == 200;
}

// A server that answers for hosts below bfl.ai itself and passes loopback on.
Server::Hooks proxy_hooks(Handler handle) {
  Server::Hooks hooks = Served::hooks(std::move(handle));
  hooks.proxy = [](const Request& request) {
    ProxyRoute route;
    const bool tunnel = request.method == "CONNECT";
    const std::string authority(tunnel ? std::string_view(request.target) : request.host());
    const auto colon = authority.rfind(':');
    route.host = authority.substr(0, colon);
    if (route.host.ends_with("bfl.ai")) return route;
    if (route.host.ends_with("refused.example")) {
      route.kind = ProxyRoute::Kind::kRefused;
      route.refusal = text_reply("not there", 403);
      return route;
    }
    route.kind = ProxyRoute::Kind::kJoin;
    route.port = static_cast<std::uint16_t>(
        colon == std::string::npos ? 80 : std::stoul(authority.substr(colon + 1)));
    route.barred = [](const Address& address) -> std::optional<std::string> {
      if (address.text() == "127.0.0.9") return "127.0.0.9 is barred";
      return std::nullopt;
    };
    route.refused = [](const std::string& why) { return text_reply(why, 403); };
    return route;
  };
  return hooks;
}

Handler echo_secure() {
  return [](const std::shared_ptr<const Request>& request, const Respond& respond) {
    respond(text_reply((request->secure ? "https " : "http ") + std::string(request->host()) +
                       request->path + " " + request->body));
  };
}

struct Proxy {
  explicit Proxy(Served::Options options = {})
      : far(echo_secure()), served(proxy_hooks(echo_secure()), std::move(options)) {}
  std::string far_authority() const { return "127.0.0.1:" + std::to_string(far.port()); }

  Served far;  // whoever lies behind the proxy
  Served served;
};

TEST_CASE("a tunnel to a host of ours ends here: plain HTTP, request after request") {
  Proxy proxy;
  RawClient client(proxy.served.port());
  CHECK(opened(client, "api.bfl.ai:80"));
  for (int i = 0; i < 3; ++i) {
    const RawReply reply = client.ask("GET /v1 HTTP/1.1\r\nHost: api.bfl.ai\r\n\r\n");
    CHECK(reply.body == "http api.bfl.ai/v1 ");
  }
}

TEST_CASE("what comes right behind a CONNECT goes through the tunnel") {
  Proxy proxy;
  RawClient client(proxy.served.port());
  client.send(get("/before") + connect_to("api.bfl.ai:80") + get("/behind"));
  CHECK(client.read_reply().body.find("/before") != std::string::npos);
  CHECK(client.read_reply(true).status == 200);
  CHECK(client.read_reply().body.find("/behind") != std::string::npos);
}

TEST_CASE("a tunnel to another host is passed on both ways") {
  Proxy proxy;
  RawClient client(proxy.served.port());
  REQUIRE(opened(client, proxy.far_authority()));
  for (int i = 0; i < 3; ++i) CHECK(client.ask(get("/far")).body == "http a/far ");
  CHECK(proxy.far.server().figures().requests == 3);
}

TEST_CASE("bytes sent along with a CONNECT reach the far side") {
  Proxy proxy;
  RawClient client(proxy.served.port());
  client.send(connect_to(proxy.far_authority()) + get("/early"));
  CHECK(client.read_reply(true).status == 200);
  CHECK(client.read_reply().body == "http a/early ");
}

TEST_CASE("a request with a whole address is answered here, or passed on with its body") {
  Proxy proxy;
  RawClient client(proxy.served.port());
  CHECK(client.ask("GET http://api.bfl.ai/here HTTP/1.1\r\nHost: other\r\n\r\n").body ==
        (test::over_tls() ? "https api.bfl.ai/here " : "http api.bfl.ai/here "));
  CHECK(client.ask("GET https://api.bfl.ai/here HTTP/1.1\r\nHost: other\r\n\r\n").body ==
        "https api.bfl.ai/here ");
  const RawReply reply = client.ask("POST http://" + proxy.far_authority() +
                                    "/there?q=1 HTTP/1.1\r\nHost: x\r\nProxy-Connection: "
                                    "keep-alive\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(reply.body == "http " + proxy.far_authority() + "/there hello");
  // One exchange a connection: what follows is nobody's.
  CHECK(client.closes_silently());
}

TEST_CASE("a chunked body is passed on as well, whatever the pieces it comes in") {
  Proxy proxy;
  RawClient client(proxy.served.port());
  client.send("POST http://" + proxy.far_authority() +
              "/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel");
  REQUIRE(eventually([&] { return proxy.far.server().figures().connections == 1; }));
  client.send("lo\r\n0\r\n\r\n");
  CHECK(client.read_reply().body == "http " + proxy.far_authority() + "/ hello");
}

TEST_CASE("a refusal is an answer like any other, and ends the connection") {
  Proxy proxy;
  for (const std::string& request :
       {connect_to("refused.example:443"),
        std::string("GET http://refused.example/ HTTP/1.1\r\nHost: x\r\n\r\n")}) {
    RawClient client(proxy.served.port());
    const RawReply reply = client.ask(request);
    CHECK(reply.status == 403);
    CHECK(reply.body == "not there");
    CHECK(client.closes_silently());
  }
  RawClient client(proxy.served.port());
  CHECK(client.ask(connect_to("127.0.0.9:80")).body == "127.0.0.9 is barred");
  CHECK(client.closes_silently());
}

TEST_CASE("nobody at the far side is said with the cause") {
  Proxy proxy;
  std::uint16_t free_port = 0;
  {
    const Served gone(echo_path());
    free_port = const_cast<Served&>(gone).port();
  }
  RawClient client(proxy.served.port());
  const RawReply reply = client.ask(connect_to("127.0.0.1:" + std::to_string(free_port)));
  CHECK(reply.status == 502);
  CHECK(reply.body.find("connection refused") != std::string::npos);
}

TEST_CASE("a CONNECT that is none is refused in words") {
  Proxy proxy;
  const std::map<std::string, std::string> cases = {
      {"CONNECT /path HTTP/1.1\r\nHost: a\r\n\r\n", "HOST:PORT"},
      {"CONNECT user@bfl.ai:80 HTTP/1.1\r\nHost: a\r\n\r\n", "HOST:PORT"},
      {"CONNECT bfl.ai:80 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", "has no body"},
      {"CONNECT bfl.ai:80 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "has no body"}};
  for (const auto& [request, why] : cases) {
    const auto& this_request = request;
    CAPTURE(this_request);
    RawClient client(proxy.served.port());
    const RawReply reply = client.ask(request);
    CHECK(reply.status == 400);
    CHECK(reply.body.find(why) != std::string::npos);
    CHECK(client.closes_silently());
  }
}

TEST_CASE("tunnels are bounded in number, and make room when they end") {
  Served::Options options;
  options.limits.tunnels = 2;
  Proxy proxy(options);
  std::vector<RawClient> open;
  for (int i = 0; i < 2; ++i) {
    open.emplace_back(proxy.served.port());
    REQUIRE(opened(open.back(), proxy.far_authority()));
  }
  RawClient third(proxy.served.port());
  const RawReply reply = third.ask(connect_to(proxy.far_authority()));
  CHECK(reply.status == 503);
  CHECK(reply.body.find("--max-tunnels 2") != std::string::npos);
  open.clear();
  CHECK(eventually([&] {
    RawClient next(proxy.served.port());
    return opened(next, proxy.far_authority());
  }));
}

TEST_CASE("a tunnel through which nothing goes ends") {
  Served::Options options;
  options.limits.tunnel_idle_time = 20ms;
  Proxy proxy(options);
  RawClient client(proxy.served.port());
  REQUIRE(opened(client, proxy.far_authority()));
  CHECK(client.closes_silently());
}

TEST_CASE("the end of one side is told to the other, and the other may still speak") {
  Proxy proxy;
  RawClient client(proxy.served.port());
  REQUIRE(opened(client, proxy.far_authority()));
  client.send("GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(client.read_reply().body == "http a/last ");
  CHECK(client.closes_silently());
  client.end_sending();
  CHECK(eventually([&] { return proxy.served.server().figures().connections == 0; }));
}

TEST_CASE("a slow reader slows the far side, and what it gets is whole") {
  const std::string large(8 << 20, 'x');
  Served far([&large](const std::shared_ptr<const Request>&, const Respond& respond) {
    respond(text_reply(large));
  });
  Memory memory(1u << 30);
  Served::Options options;
  options.memory = &memory;
  Served served(proxy_hooks(echo_path()), options);
  {
    RawClient client(served.port());
    REQUIRE(opened(client, "127.0.0.1:" + std::to_string(far.port())));
    client.send(get("/large"));
    RawClient other(served.port());
    for (int i = 0; i < 50; ++i) CHECK(other.ask(get("/quick")).body == "/quick");
    std::uint64_t held = 0;
    served.on_loop([&] { held = memory.total(); });
    CHECK(held < (1u << 20));
    client.patience(60s);  // for 8 MiB, under a sanitizer and beside other tests
    const bool whole = client.read_reply().body == large;
    CHECK(whole);
  }
  served.stop();
}

// A tunnel lets others have their turn after eight reads of 64 KiB: what the last of them brought
// goes on as well, though nothing follows it.
TEST_CASE("nothing stays in a tunnel, wherever a message ends among its reads") {
  Served far([](const std::shared_ptr<const Request>& request, const Respond& respond) {
    respond(text_reply(request->body));
  });
  Served served(proxy_hooks(echo_path()));
  RawClient client(served.port());
  REQUIRE(opened(client, "127.0.0.1:" + std::to_string(far.port())));
  const std::string large(576u << 10, 'x');
  for (std::size_t size = 448u << 10; size <= large.size(); size += 1u << 10) {
    const RawReply reply = client.ask(post("/", large.substr(0, size)));
    REQUIRE(reply.complete);
    REQUIRE(reply.body.size() == size);
  }
}

// A proxy whose every other host lies behind one more proxy, which knows where far.example is.
Server::Hooks behind(std::uint16_t next, const std::string& authorization) {
  Server::Hooks hooks = Served::hooks(echo_path());
  hooks.proxy = [next, authorization](const Request&) {
    ProxyRoute route;
    route.kind = ProxyRoute::Kind::kJoin;
    route.host = "far.example";
    route.port = 80;
    route.via_host = "127.0.0.1";
    route.via_port = next;
    route.via_authorization = authorization;
    return route;
  };
  return hooks;
}

TEST_CASE("what is passed on goes by the proxy before, with its password") {
  Served far(echo_secure());
  Server::Hooks hooks = Served::hooks(echo_path());
  std::vector<std::string> asked;
  hooks.proxy = [&](const Request& request) {
    asked.push_back(request.method + " " + request.target + " " +
                    std::string(request.headers.get("proxy-authorization").value_or("")));
    ProxyRoute route;
    route.kind = ProxyRoute::Kind::kJoin;
    route.host = "127.0.0.1";
    route.port = far.port();
    return route;
  };
  Served next(std::move(hooks));
  Served served(behind(next.port(), "Basic eA=="));
  RawClient client(served.port());
  REQUIRE(opened(client, "far.example:80"));
  CHECK(client.ask(get("/tunnelled")).body == "http a/tunnelled ");
  RawClient other(served.port());
  CHECK(other
            .ask("GET http://far.example/passed?q HTTP/1.1\r\nHost: far.example\r\n"
                 "Proxy-Authorization: Basic ours\r\n\r\n")
            .body == "http far.example/passed ");
  next.on_loop([&] {
    CHECK(asked == std::vector<std::string>{"CONNECT far.example:80 Basic eA==",
                                            "GET http://far.example/passed?q Basic eA=="});
  });
}

TEST_CASE("a proxy before that says no, or nothing sensible, is said so") {
  Server::Hooks hooks = Served::hooks(echo_path());
  hooks.proxy = [](const Request&) {
    ProxyRoute route;
    route.kind = ProxyRoute::Kind::kRefused;
    route.refusal = text_reply("", 407);
    return route;
  };
  Served next(std::move(hooks));
  Served served(behind(next.port(), ""));
  RawClient client(served.port());
  const RawReply reply = client.ask(connect_to("far.example:80"));
  CHECK(reply.status == 502);
  CHECK(reply.body.find("the proxy before answered HTTP/1.1 407") != std::string::npos);
}

TEST_CASE("a stop ends tunnels at once") {
  Proxy proxy;
  RawClient client(proxy.served.port());
  REQUIRE(opened(client, proxy.far_authority()));
  CHECK(proxy.served.stop() < 500ms);
  client.read_until_close();
  CHECK_FALSE(client.timed_out());
}

TEST_CASE("without a word on proxies CONNECT is refused, and addresses are taken as ours") {
  Served served(echo_path());
  RawClient client(served.port());
  CHECK(client.ask("GET http://elsewhere.example/p HTTP/1.1\r\nHost: x\r\n\r\n").body == "/p");
  CHECK(client.ask(connect_to("api.bfl.ai:443")).status == 501);
}

}  // namespace
}  // namespace emulator::http
