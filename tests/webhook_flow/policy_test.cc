#include <doctest.h>

#include "emulator/base/text.h"
#include "tests/support/client.h"
#include "tests/webhook_flow/stage.h"

namespace emulator::test::TEST_FILE {
namespace {

TEST_CASE("a public address is refused, with the reason, and so is what is no address") {
  struct Row {
    const char* name;
    const char* url;
    const char* reason;
  };
  const Row rows[] = {
      {"public", "http://203.0.113.7/hook", "203.0.113.7 is neither this machine's nor private"},
      {"public IPv6", "http://[2001:db8::1]/hook", "2001:db8::1 is neither"},
      {"mapped", "http://[::ffff:203.0.113.7]/", "203.0.113.7 is neither"},
      {"link-local", "http://169.254.169.254/latest/meta-data",
       "169.254.169.254 is where machines in a cloud are told their secrets"},
      {"no port", "http://127.0.0.1:99999/", "the address has a port that is none"},
      {"another scheme", "ftp://127.0.0.1/", "the address begins with neither http"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Stage stage;
    stage.fal(row.url);
    stage.advance("10m");
    const Json webhook = stage.webhook();
    CHECK(webhook["state"] == "refused");
    CHECK(webhook["reason"].get<std::string>().starts_with(row.reason));
    CHECK(webhook["attempts"].size() <= 1);
  }
}

TEST_CASE("switched off, nothing is sent and every webhook says so") {
  ServeConfig config = TestServer::quiet();
  config.webhooks.policy = webhook::Policy::kOff;
  Stage stage(config);
  Receiver receiver;
  stage.bfl(receiver.url());
  stage.advance("10m");
  CHECK(receiver.count() == 0);
  CHECK(stage.webhook()["state"] == "refused");
  CHECK(stage.webhook()["reason"] == "webhooks are off (--webhooks off)");
}

TEST_CASE("more webhooks than may wait are refused") {
  ServeConfig config = TestServer::quiet();
  config.webhooks.limits.waiting = 1;
  Stage stage(config);
  Receiver receiver;
  stage.bfl(receiver.url(), "run: 1h");
  stage.bfl(receiver.url(), "run: 1h");
  const Json all = stage.webhooks();
  REQUIRE(all.size() == 2);
  CHECK(all[0]["state"] == "pending");
  CHECK(all[1]["state"] == "refused");
  CHECK(all[1]["reason"].get<std::string>().find("--max-webhooks") != std::string::npos);
}

TEST_CASE("user name and password of an address are sent, and shown nowhere") {
  ServeConfig config = TestServer::quiet();
  config.log = "human";
  Stage stage(config);
  Receiver receiver;
  std::string url = receiver.url();
  url.insert(7, "ann:p%40ss@");
  stage.fal(url);
  stage.bfl(url);
  stage.advance("10m");
  REQUIRE(receiver.count() == 2);
  CHECK(receiver.seen()[0].headers.get("authorization").value_or("") ==
        "Basic " + base64("ann:p@ss"));
  CHECK(receiver.seen()[0].host().find('@') == std::string_view::npos);
  const std::string list = compact_json(stage.webhooks());
  CHECK(list.find("p%40ss") == std::string::npos);
  CHECK(list.find("***@127.0.0.1") != std::string::npos);
  CHECK(list.find("$WEBHOOK_USER") != std::string::npos);
  const std::string requests = compact_json(stage.get("/_emulator/sandboxes/me/requests"));
  CHECK(requests.find("ann") == std::string::npos);
  stage.server.stop();
  CHECK(stage.server.err().find("/hook") != std::string::npos);
  CHECK(stage.server.err().find("ann") == std::string::npos);
}

TEST_CASE("a secret that would break a header is not sent") {
  Stage stage;
  Receiver receiver;
  stage.bfl(receiver.url(), "", {{"webhook_secret", "a\r\nx-more: 1"}});
  stage.advance("10m");
  CHECK(receiver.count() == 0);
  CHECK(stage.webhook()["state"] == "refused");
}

TEST_CASE("whoever reaches us may write to an inbox; reading it takes the token") {
  ServeConfig config = TestServer::quiet();
  config.control_token = "secret";
  TestServer server(config);
  httplib::Client client = patient_client(server.port());
  const auto written = client.Post("/_emulator/inbox/mine", "{}", "application/json");
  REQUIRE(written);
  CHECK(written->status == 200);
  const auto read = client.Get("/_emulator/inbox/mine");
  REQUIRE(read);
  CHECK(read->status == 401);
  const auto allowed =
      client.Get("/_emulator/inbox/mine", httplib::Headers{{"authorization", "Bearer secret"}});
  REQUIRE(allowed);
  CHECK((*decode_json(allowed->body))["requests"].size() == 1);
}

TEST_CASE("an inbox keeps to its limit, can play a receiver in trouble, and is emptied") {
  ServeConfig config = TestServer::quiet();
  config.inbox.letters = 2;
  Stage stage(config);
  stage.bfl(stage.inbox() + "?status=500");
  stage.advance("1h");
  CHECK(stage.webhook()["attempts"].size() == 4);
  CHECK(stage.letters().size() == 2);
  CHECK(stage.letters()[1]["number"] == 4);
  httplib::Client client = patient_client(stage.server.port());
  CHECK(client.Delete("/_emulator/inbox/mine"));
  CHECK(stage.letters().empty());
  stage.post("/_emulator/inbox/mine", {{"hello", 1}});
  CHECK(stage.letters()[0]["check"].is_null());
}

}  // namespace
}  // namespace emulator::test::TEST_FILE
