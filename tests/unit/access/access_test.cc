#include "emulator/control/access.h"

#include <doctest.h>

#include <string>

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

const Access kLocal{"", "127.0.0.1", ""};

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
    CHECK(is_this_machine(row.host) == row.own);
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
  const Access access{"", "127.0.0.1", "https://Emulator.test:8443/base"};
  CHECK(status(access, request("emulator.test")) == 0);
  CHECK(status(access, request("emulator.test.evil.com")) == 403);
  CHECK(status({"", "::1", ""}, request("[::1]:4242")) == 0);
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
  CHECK(status(kLocal, request("127.0.0.1:4242", {{"origin", "http://localhost:3000"}})) == 0);
  CHECK(status(kLocal, request("localhost", {{"sec-fetch-site", "cross-site"}})) == 403);
  CHECK(status(kLocal, request("localhost", {{"sec-fetch-site", "same-origin"}})) == 0);
  http::Request link =
      request("localhost", {{"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}});
  CHECK(status(kLocal, link) == 403);
  link.method = "GET";
  CHECK(status(kLocal, link) == 0);
}

TEST_CASE("on another address the token is asked for, under any name of the machine") {
  const Access open{"right", "0.0.0.0", ""};
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
  CHECK(status({"right", "127.0.0.1", ""},
               request("evil.com", {{"authorization", "Bearer right"}})) == 403);
}

TEST_CASE("a Unix socket is out of a browser's reach, so its Host does not matter") {
  http::Request local = request("anything");
  local.peer = "unix";
  CHECK(status(kLocal, local) == 0);
  CHECK(status(kLocal, request("")) == 0);
}

}  // namespace emulator::control
