#include <doctest.h>

#include "tests/webhook_flow/stage.h"

namespace emulator::test::TEST_FILE {
namespace {

// What the inbox finds in the first letter.
Json check_of(Stage& stage) { return stage.letters().at(0)["check"]; }

TEST_CASE("a webhook that comes early is there before the answer to the submission") {
  Stage stage;
  Receiver receiver;
  const std::string id = stage.bfl(receiver.url(), "webhook: early, run: 10s");
  REQUIRE(receiver.count() == 1);
  CHECK(receiver.body(0)["task_id"] == id);
  // What it tells is true: the task has ended.
  CHECK(stage.get("/bfl/v1/get_result?id=" + id)["status"] == "Ready");
}

TEST_CASE("an early webhook whose receiver is gone does not hold the answer") {
  Stage stage;
  const std::string id = stage.bfl("http://127.0.0.1:9/", "webhook: early");
  CHECK(id.size() == 36);
  CHECK(stage.webhook()["attempts"].size() == 1);
  CHECK(stage.webhook()["state"] == "pending");
}

TEST_CASE("duplicates are equal in every byte and go out together") {
  Stage stage;
  Receiver receiver;
  stage.fal(receiver.url(), "webhook: {times: 3}");
  stage.advance("10s");
  REQUIRE(receiver.count() == 3);
  const auto seen = receiver.seen();
  for (const http::Request& one : seen) {
    CHECK(one.body == seen[0].body);
    CHECK(one.headers.get("x-fal-webhook-signature") ==
          seen[0].headers.get("x-fal-webhook-signature"));
  }
  CHECK(stage.webhooks()[1]["copy_of"] == "wh-1");
}

TEST_CASE("a dropped webhook never comes, a delayed one later") {
  Stage stage;
  Receiver receiver;
  stage.bfl(receiver.url(), "webhook: drop");
  stage.bfl(receiver.url(), "run: 1s, webhook: {delay: 1m}");
  stage.advance("30s");
  CHECK(receiver.count() == 0);
  CHECK(stage.webhooks()[0]["state"] == "dropped");
  stage.advance("31s");
  CHECK(receiver.count() == 1);
  CHECK(stage.webhooks()[1]["attempts"][0]["at"] == "2026-01-01T00:01:01.000Z");
}

TEST_CASE("a reordered webhook comes after a later one, or after a minute") {
  Stage stage;
  Receiver receiver;
  const std::string first = stage.wavespeed(receiver.url(), "run: 1s, webhook: reordered");
  const std::string second = stage.wavespeed(receiver.url(), "run: 5s");
  stage.advance("10s");
  REQUIRE(receiver.count() == 2);
  CHECK(receiver.body(0)["id"] == second);
  CHECK(receiver.body(1)["id"] == first);
  stage.wavespeed(receiver.url(), "run: 1s, webhook: reordered");
  stage.advance("60s");
  CHECK(receiver.count() == 2);
  stage.advance("1s");
  CHECK(receiver.count() == 3);
}

TEST_CASE("of one job the last event is told of first") {
  Stage stage;
  Receiver receiver;
  stage.apiframe(receiver.url(), "run: 8s, webhook: reordered",
                 {{"webhookEvents", {"progress", "completed"}}});
  stage.advance("30s");
  REQUIRE(receiver.count() == 4);
  CHECK(receiver.body(0)["event"] == "completed");
  CHECK(receiver.body(1)["event"] == "progress");
}

TEST_CASE("signatures go wrong in each of the ways asked for, and the inbox notices") {
  struct Row {
    const char* then;
    const char* signature;
    bool fresh;
  };
  const Row rows[] = {
      {"webhook: bad_signature", "bad", true}, {"webhook: wrong_key", "bad", true},
      {"webhook: changed_body", "bad", true},  {"webhook: old_timestamp", "good", false},
      {"webhook: slow_body", "good", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.then);
    {
      Stage stage;
      stage.fal(stage.inbox(), row.then);
      stage.advance("10s");
      CHECK(check_of(stage)["signature"] == row.signature);
      CHECK(check_of(stage)["timestamp"]["good"] == row.fresh);
    }
    if (std::string_view(row.then).ends_with("slow_body")) continue;  // takes two seconds
    {
      Stage stage;
      stage.wavespeed(stage.inbox(), row.then);
      stage.advance("10s");
      // The id in the body may be what was changed, yet it stands in a header as well.
      CHECK(check_of(stage)["signature"] == row.signature);
      CHECK(check_of(stage)["timestamp"]["good"] == row.fresh);
    }
    if (!row.fresh) continue;
    {
      Stage stage;
      stage.apiframe(stage.inbox(), row.then);
      stage.advance("10s");
      CHECK(check_of(stage)["signature"] == row.signature);
    }
    if (std::string_view(row.then).ends_with("changed_body")) continue;  // BFL signs nothing
    {
      Stage stage;
      stage.bfl(stage.inbox(), row.then, {{"webhook_secret", "s3"}});
      stage.advance("10s");
      CHECK(check_of(stage)["signature"] == row.signature);
    }
  }
}

TEST_CASE("forced retries take good acknowledgements as lost") {
  Stage stage;
  Receiver receiver;
  stage.bfl(receiver.url(), "webhook: forced_retries");
  stage.advance("1h");
  CHECK(receiver.count() == 3);
  CHECK(stage.webhook()["state"] == "delivered");
  CHECK(stage.webhook()["attempts"][0]["status"] == 200);
  CHECK(stage.webhook()["attempts"][0]["error"] ==
        "the acknowledgement is taken as lost (forced_retries)");
}

TEST_CASE("moving a clock waits five seconds for a receiver that does not answer, no longer") {
  Stage stage;
  Receiver receiver({fault_reply(http::Fault::Kind::kHang)});
  stage.bfl(receiver.url());  // may take 30 s
  const Json moved = stage.advance("10s");
  REQUIRE(moved["pending"].size() == 1);
  CHECK(moved["pending"][0]["kind"] == "webhook");
  CHECK(moved["pending"][0]["id"] == "wh-1");
  CHECK(stage.webhook()["attempts"][0]["under_way"] == true);
}

}  // namespace
}  // namespace emulator::test::TEST_FILE
