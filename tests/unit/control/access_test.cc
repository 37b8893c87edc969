#include "emulator/control/access.h"

#include <doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "emulator/http/authority.h"

namespace emulator::control {
namespace {

http::Request request(const std::string& host, http::Headers more = {}) {
  http::Request out;
  out.method = "POST";
  out.path = "/_emulator/sandboxes/me/reset";
  out.headers = std::move(more);
  if (!host.empty()) out.headers.add("host", host);
  return out;
}

// The status a request is turned away with; 0 when it gets through.
unsigned status(const Access& access, const http::Request& asked) {
  const auto reply = denied(access, asked);
  return reply ? reply->status : 0;
}

// Without, or with, pages that are allowed by name.
Access access_of(std::string token, std::string host, std::string public_url,
                 std::vector<std::string> pages = {}) {
  return {std::move(token), host, public_url, Visitors({host, public_url, {}, std::move(pages)}),
          "page-key"};
}

const Access kLocal = access_of("", "127.0.0.1", "");

// What a page of our own sends.
http::Headers own_page(http::Headers more = {}) {
  more.add("x-emulator-page", "page-key");
  if (!more.has("content-type")) more.add("content-type", "application/json");
  return more;
}

}  // namespace

TEST_CASE("hosts that can only mean this machine, and those that look like it") {
  struct Row {
    const char* host;
    bool own;
  };
  const Row rows[] = {
      {"localhost", true},
      {"LocalHost", true},
      {"localhost.", true},
      {"bfl.localhost", true},
      {"127.0.0.1", true},
      {"127.255.0.9", true},
      {"::1", true},
      {"[::1]", true},
      {"::ffff:127.0.0.1", true},
      {"0:0:0:0:0:0:0:1", true},
      {"127.0.0.1.evil.com", false},
      {"127.evil.com", false},
      {"127.1", false},
      {"localhost.evil.com", false},
      {"evillocalhost", false},
      {"evil.com", false},
      {"10.0.0.1", false},
      {"0.0.0.0", false},
      {"::", false},
      {"::2", false},
      {"", false},
      {"unix", false},
      {"api.bfl.ai", false},
  };
  for (const Row& row : rows) {
    INFO(row.host);
    CHECK(http::is_this_machine(row.host) == row.own);
  }
}

TEST_CASE("a name pointed at this machine is no way in: DNS rebinding") {
  struct Row {
    const char* host;
    unsigned status;
  };
  const Row rows[] = {
      {"127.0.0.1:4242", 0},
      {"LOCALHOST:4242", 0},
      {"localhost.:4242", 0},
      {"[::1]:4242", 0},
      {"evil.com", 403},
      {"evil.com:4242", 403},
      {"EVIL.com.", 403},
      {"127.0.0.1.evil.com:4242", 403},
      {"127.0.0.1.nip.io", 403},
      {"api.bfl.ai", 403},
      {"queue.fal.run:4242", 403},
      {"localhost:x@evil.com", 403},
      {"localhost@evil.com", 403},
      {"[::1]evil.com", 403},
      {"[::1", 403},
      {"localhost:80:80", 403},
      {"evil.com:127", 403},
      {"192.168.1.5", 403},
  };
  for (const Row& row : rows) {
    INFO(row.host);
    CHECK(status(kLocal, request(row.host)) == row.status);
  }
}

TEST_CASE("the address listened on and the public one are no foreign hosts") {
  const Access access = access_of("", "127.0.0.1", "https://Emulator.test:8443/base");
  CHECK(status(access, request("emulator.test")) == 0);
  CHECK(status(access, request("emulator.test.evil.com")) == 403);
  CHECK(status(access_of("", "::1", ""), request("[::1]:4242")) == 0);
}

TEST_CASE("a page of another site is turned away, whatever kind of request it sends") {
  for (const char* origin : {"http://evil.com", "https://evil.com:4242", "null", "", "localhost",
                             "http://127.0.0.1.evil.com", "http://localhost@evil.com", "file://"})
    for (const char* type : {"text/plain", "application/x-www-form-urlencoded",
                             "multipart/form-data; boundary=x", "application/json", ""}) {
      INFO(origin, " ", type);
      CHECK(status(kLocal,
                   request("127.0.0.1:4242", {{"origin", origin}, {"content-type", type}})) == 403);
    }
  CHECK(status(kLocal, request("localhost", {{"sec-fetch-site", "cross-site"}})) == 403);
  http::Request link =
      request("localhost", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}});
  CHECK(status(kLocal, link) == 403);
  link.method = "GET";
  CHECK(status(kLocal, link) == 0);
  link.headers.add("sec-fetch-dest", "iframe");  // a page that shows ours within itself
  CHECK(status(kLocal, link) == 403);
}

TEST_CASE("another port, scheme or name of this machine is another page's") {
  for (const char* origin :
       {"http://localhost:3000", "http://127.0.0.1:4242", "https://localhost:4242",
        "http://localhost", "http://bfl.localhost:4242", "ftp://localhost:4242",
        "http://localhost:4242.evil.com", "http://localhost:", "http://[::1]:4242"}) {
    INFO(origin);
    CHECK(status(kLocal, request("localhost:4242", own_page({{"origin", origin}}))) == 403);
  }
  // Such a page's images and forms, which say no Origin.
  CHECK(status(kLocal, request("localhost", own_page({{"sec-fetch-site", "same-site"}}))) == 403);
  CHECK(status(kLocal,
               request("LocalHost:4242", own_page({{"origin", "http://localhost:4242"}}))) == 0);
  CHECK(status(kLocal, request("localhost", own_page({{"origin", "http://localhost:80"}}))) == 0);
  const Access open = access_of("", "127.0.0.1", "https://emulator.test");
  CHECK(status(open, request("emulator.test", own_page({{"origin", "https://emulator.test"}}))) ==
        0);
  CHECK(status(open, request("emulator.test", own_page({{"origin", "http://emulator.test:81"}}))) ==
        403);
}

TEST_CASE("our own origin alone is no way in: the page's key or the token is wanted as well") {
  const auto sent = [](http::Headers headers) {
    headers.add("content-type", "application/json");
    return request("localhost:4242", std::move(headers));
  };
  const http::Headers::Field origin = {"origin", "http://localhost:4242"};
  const http::Headers::Field same = {"sec-fetch-site", "same-origin"};
  CHECK(status(kLocal, sent({origin, same})) == 403);
  CHECK(status(kLocal, sent({same})) == 403);
  CHECK(status(kLocal, sent({origin})) == 403);
  CHECK(status(kLocal, sent({origin, same, {"x-emulator-page", "wrong"}})) == 403);
  CHECK(status(kLocal, sent({origin, same, {"x-emulator-page", ""}})) == 403);
  CHECK(status(kLocal, sent({origin, same, {"x-emulator-page", "page-key"}})) == 0);
  Access without_page = kLocal;
  without_page.page_key.clear();
  CHECK(status(without_page, sent({origin, same, {"x-emulator-page", ""}})) == 403);
  const Access open = access_of("right", "0.0.0.0", "");
  CHECK(status(open, sent({origin, same, {"authorization", "Bearer right"}})) == 0);
  CHECK(status(open, sent({origin, same, {"authorization", "Bearer wrong"}})) == 403);
  CHECK(status(open, sent({origin, same, {"x-emulator-page", "page-key"}})) == 401);
}

TEST_CASE("what a page sends is JSON or YAML; other clients are not asked") {
  for (const char* type : {"application/json", "application/json; charset=utf-8",
                           "Application/YAML", "application/x-yaml", "text/yaml", "text/x-yaml"}) {
    INFO(type);
    CHECK(status(kLocal, request("localhost", own_page({{"origin", "http://localhost"},
                                                        {"content-type", type}}))) == 0);
  }
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "",
                           "multipart/form-data; boundary=application/json", "text/html"}) {
    INFO(type);
    CHECK(status(kLocal, request("localhost", own_page({{"origin", "http://localhost"},
                                                        {"content-type", type}}))) == 415);
    CHECK(status(kLocal, request("localhost", {{"content-type", type}})) == 0);  // curl -d
  }
}

TEST_CASE("a page that is allowed by name may ask, send and read, and no other") {
  const Access access = access_of(
      "", "127.0.0.1", "", {"http://localhost:*", "https://*.example.com", "http://app.test:81"});
  const auto from = [](const char* origin) {
    return request("localhost:4242", {{"origin", origin}, {"content-type", "application/json"}});
  };
  for (const char* origin : {"http://localhost:3000", "http://localhost", "https://a.example.com",
                             "https://a.b.example.com", "http://app.test:81"}) {
    INFO(origin);
    CHECK(status(access, from(origin)) == 0);
    http::Reply reply;
    let_read(access, from(origin), reply);
    CHECK(reply.headers.get("access-control-allow-origin") == origin);
    CHECK(reply.headers.get("vary") == "origin");
  }
  for (const char* origin :
       {"https://localhost:3000", "http://localhost.evil.com:3000", "https://example.com",
        "http://a.example.com", "https://a.example.com:444", "https://aexample.com",
        "https://a.example.com.evil.com", "http://app.test", "null", "http://evil.com"}) {
    INFO(origin);
    CHECK(status(access, from(origin)) == 403);
    http::Reply reply;
    let_read(access, from(origin), reply);
    CHECK_FALSE(reply.headers.has("access-control-allow-origin"));
  }
}

TEST_CASE("a browser is told what an allowed page may send, before any token") {
  const Access access = access_of("right", "127.0.0.1", "", {"http://localhost:3000"});
  http::Request asks =
      request("localhost:4242", {{"origin", "http://localhost:3000"},
                                 {"access-control-request-method", "PUT"},
                                 {"access-control-request-headers", "x-a, x-b"},
                                 {"access-control-request-private-network", "true"}});
  asks.method = "OPTIONS";
  CHECK(status(access, asks) == 0);
  const auto reply = preflight(access, asks);
  REQUIRE(reply);
  CHECK(reply->status == 204);
  CHECK(reply->headers.get("access-control-allow-headers") == "x-a, x-b");
  CHECK(reply->headers.get("access-control-allow-private-network") == "true");
  asks.headers.set("origin", "http://localhost:3001");
  CHECK(status(access, asks) == 403);
  CHECK_FALSE(preflight(access, asks));
}

TEST_CASE("on another address the token is asked for, under any name of the machine") {
  const Access open = access_of("right", "0.0.0.0", "");
  const auto with = [](const std::string& value) {
    return request("build-box:4242", {{"authorization", value}});
  };
  CHECK(status(open, with("Bearer right")) == 0);
  CHECK(status(open, with("bearer right")) == 0);
  for (const char* value : {"Bearer wrong", "Bearer righ", "Bearer rightt", "Bearer rightright",
                            "Bearer ", "Bearer", "right", "Basic right", ""}) {
    INFO(value);
    CHECK(status(open, with(value)) == 401);
  }
  CHECK(status(open, request("localhost")) == 401);
  CHECK(status(open, request("build-box", {{"authorization", "Bearer right"},
                                           {"origin", "http://evil.com"}})) == 403);
  CHECK(status(access_of("right", "127.0.0.1", ""),
               request("evil.com", {{"authorization", "Bearer right"}})) == 403);
}

TEST_CASE("a Unix socket is out of a browser's reach, so its Host does not matter") {
  http::Request local = request("anything");
  local.peer = "unix";
  CHECK(status(kLocal, local) == 0);
  CHECK(status(kLocal, request("")) == 0);
}

}  // namespace emulator::control
