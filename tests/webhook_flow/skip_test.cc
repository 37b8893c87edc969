// Webhooks of a clock that skips.
#include <doctest.h>

#include "tests/support/client.h"
#include "tests/webhook_flow/stage.h"

namespace emulator::test::TEST_FILE {
namespace {

void skip(Stage& stage) {
  CHECK(stage.post("/_emulator/sandboxes/me/clock", {{"skip", true}})["skip"] == true);
}

Json bfl_poll(Stage& stage, const std::string& id) {
  return stage.get("/bfl/v1/get_result?id=" + id);
}

}  // namespace

TEST_CASE("the poll that moves a clock is answered when the webhook is delivered") {
  Stage stage;
  skip(stage);
  Receiver receiver;
  const std::string id = stage.bfl(receiver.url(), "run: 10m");
  CHECK(receiver.count() == 0);
  CHECK(bfl_poll(stage, id)["status"] == "Ready");
  REQUIRE(receiver.count() == 1);
  CHECK(receiver.body(0)["status"] == "SUCCESS");
  CHECK(stage.webhook()["attempts"][0]["at"] == "2026-01-01T00:10:00.000Z");
}

TEST_CASE("a receiver that asks for its task before it answers is told, and holds nobody up") {
  Stage stage;
  skip(stage);
  const std::uint16_t port = stage.server.port();
  std::mutex mutex;
  std::string other, seen;
  // Within the webhook of one task it polls another, which would have to move the clock again.
  Served nosy([&](const std::shared_ptr<const http::Request>&, const http::Respond& respond) {
    httplib::Client client = patient_client(port);
    const std::lock_guard lock(mutex);
    const auto reply = client.Get("/bfl/v1/get_result?id=" + other);
    seen = reply ? Json::parse(reply->body).value("status", "none") : "no answer";
    respond(text_reply("ok"));
  });
  {
    const std::lock_guard lock(mutex);
    other = stage.post("/bfl/v1/flux-dev", {{"prompt", "x"}},
                       {{"x-key", "me"}, {"x-emulator-then", "run: 1h"}})["id"];
  }
  const std::string id =
      stage.bfl("http://127.0.0.1:" + std::to_string(nosy.port()) + "/hook", "run: 10m");
  CHECK(bfl_poll(stage, id)["status"] == "Ready");
  {
    const std::lock_guard lock(mutex);
    CHECK(seen == "Pending");  // as it was while the webhook was under way
  }
  CHECK(stage.webhook()["state"] == "delivered");
  CHECK(bfl_poll(stage, other)["status"] == "Ready");
}

}  // namespace emulator::test::TEST_FILE
