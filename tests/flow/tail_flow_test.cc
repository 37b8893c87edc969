// `tail` and `trigger`: the commands for whoever looks at webhooks and events in a terminal.
#include <doctest.h>
#include <httplib.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "emulator/base/json.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
namespace {

struct Program {
  explicit Program(const std::string& arguments)
      : pipe(::popen((std::string(BINARY) + " " + arguments + " 2>&1").c_str(), "r")) {
    REQUIRE(pipe != nullptr);
  }

  // Everything it says until it ends; its code.
  int finish() {
    std::array<char, 4'096> buffer{};
    for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
      out.append(buffer.data(), got);
    const int status = ::pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  FILE* pipe;
  std::string out;
};

int finished(const std::string& arguments, std::string& out) {
  Program program(arguments);
  const int code = program.finish();
  out = program.out;
  return code;
}

std::string letters(const TestServer& server, const std::string& inbox) {
  httplib::Client client = patient_client(server.port());
  const auto reply = client.Get("/_emulator/inbox/" + inbox);
  REQUIRE(reply);
  return reply->body;
}

}  // namespace

TEST_CASE("tail prints what happens in a sandbox, and ends with the emulator") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  Program tail("tail me --at " + server.base());
  // It is there once the emulator counts its reader.
  for (std::string metrics; metrics.find("emulator_event_streams 1\n") == std::string::npos;) {
    const auto reply = client.Get("/_emulator/metrics");
    REQUIRE(reply);
    metrics = reply->body;
  }
  const httplib::Headers key{{"x-key", "me"}};
  const auto made =
      client.Post("/bfl/v1/flux-dev", key, R"({"prompt":"a cat"})", "application/json");
  REQUIRE(made);
  const std::string id = Json::parse(made->body)["id"].get<std::string>();
  const httplib::Headers refused{{"x-key", "me"}, {"x-emulator-then", "refuse: rate_limited"}};
  REQUIRE(client.Post("/bfl/v1/flux-dev", refused, R"({"prompt":"x"})", "application/json"));
  REQUIRE(client.Post("/_emulator/sandboxes/me/clock", R"({"advance":"1m"})", "application/json"));
  REQUIRE(client.Delete("/_emulator/sandboxes/me"));
  CHECK(tail.finish() == 0);
  CAPTURE(tail.out);
  const auto has = [&](const std::string& text) {
    return tail.out.find(text) != std::string::npos;
  };
  CHECK(has("2026-01-01T00:00:00.000Z me POST /bfl/v1/flux-dev 200 task " + id.substr(0, 8) +
            " (me-1)\n"));
  CHECK(has(" me POST /bfl/v1/flux-dev 429 rate_limited (me-2)\n"));
  CHECK(has(" me task " + id.substr(0, 8) + " accepted\n"));
  CHECK(has(" me task " + id.substr(0, 8) + " ended: succeed\n"));
  CHECK(has(" me clock stands at 2026-01-01T00:01:00.000Z\n"));
  CHECK(has(" me gone the sandbox was let go\n"));
}

TEST_CASE("tail says what is wrong in one line") {
  TestServer server(TestServer::quiet());
  std::string out;
  CHECK(finished("tail me --at http://127.0.0.1:1", out) == 2);
  CHECK(out ==
        "provider-emulator: http://127.0.0.1:1: connection refused; --at names the address of an "
        "emulator that runs\n");
  CHECK(finished("tail me --kind tasks --at " + server.base(), out) == 2);
  CHECK(out.find("no kind of event is called \"tasks\"") != std::string::npos);
}

TEST_CASE("trigger sends a signed webhook of each provider, without an app") {
  TestServer server(TestServer::quiet());
  const std::string inbox = server.base() + "/_emulator/inbox/";
  std::string out;
  for (const std::string provider : {"bfl", "fal", "wavespeed", "apiframe"}) {
    CAPTURE(provider);
    CHECK(finished("trigger " + provider + " completed --to " + inbox + provider + " --at " +
                       server.base(),
                   out) == 0);
    CAPTURE(out);
    CHECK(
        out.starts_with(provider + " completed to " + inbox + provider + ": delivered, status 2"));
    CHECK(out.find("\ncontent-type: application/json\n") != std::string::npos);
    const Json letter = Json::parse(letters(server, provider))["requests"][0];
    CHECK(letter["check"]["provider"] == provider);
    CHECK(letter["check"]["signature"] == (provider == "bfl" ? "none" : "good"));
    CHECK(out.find(letter["body"].get<std::string>()) != std::string::npos);
  }
}

TEST_CASE("trigger needs no emulator, and says whether the receiver took it") {
  TestServer receiver(TestServer::quiet());
  const std::string to = receiver.base() + "/_emulator/inbox/mine";
  std::string out;
  CHECK(finished("trigger fal failed --to " + to, out) == 0);
  CHECK(out.starts_with("fal failed to " + to + ": delivered, status 2"));
  CHECK(letters(receiver, "mine").find("ERROR") != std::string::npos);
  CHECK(finished("trigger fal completed --to '" + to + "?status=500'", out) == 1);
  CHECK(out.find(": pending, status 500 in ") != std::string::npos);
  CHECK(finished("trigger bfl completed --to http://127.0.0.1:1/hook", out) == 1);
  CHECK(out.find("connection refused") != std::string::npos);
}

TEST_CASE("trigger makes it go wrong when asked to") {
  TestServer server(TestServer::quiet());
  std::string out;
  const std::string to = server.base() + "/_emulator/inbox/spoilt";
  CHECK(finished("trigger wavespeed completed --then 'webhook: bad_signature' --to " + to +
                     " --at " + server.base() + " --format json",
                 out) == 0);
  CHECK(Json::parse(out)["state"] == "delivered");
  CHECK(Json::parse(letters(server, "spoilt"))["requests"][0]["check"]["signature"] == "bad");
}

TEST_CASE("trigger refuses what it cannot do in one line") {
  std::string out;
  for (const auto& [arguments, says] : std::initializer_list<std::pair<std::string, std::string>>{
           {"vtrix completed --to http://127.0.0.1:1",
            "those that send some are bfl, fal, wavespeed, apiframe"},
           {"fal complete --to http://127.0.0.1:1", "did you mean \"completed\"?"},
           {"fal completed", "--to"},
           {"fal completed --to nowhere", "no http:// or https:// address"},
           {"bfl nsfw --to http://127.0.0.1:1 --then 'end: 3'", "end"}}) {
    const auto& this_arguments = arguments;
    CAPTURE(this_arguments);
    CHECK(finished("trigger " + arguments, out) == 2);
    CAPTURE(out);
    CHECK(out.find(says) != std::string::npos);
    CHECK(std::count(out.begin(), out.end(), '\n') == 1);
  }
}

}  // namespace emulator::test::TEST_FILE
