// Webhooks that were still due when an emulator ended.
#include <string>

#include "tests/state/lasting.h"
#include "tests/webhook_flow/stage.h"

namespace emulator::test::TEST_FILE {
namespace {

std::string submit(Lasting& lasting, const Receiver& receiver) {
  return lasting
      .post("/fal/fal-ai/flux/dev?fal_webhook=" + receiver.url(), {{"prompt", "a"}},
            {{"authorization", "Key me:s"}, {"x-fal-target-host", "queue.fal.run"}})
      .value("request_id", "");
}

}  // namespace

TEST_CASE("a webhook that was due after the end comes once, with the words it would have had") {
  const Receiver receiver;
  Lasting lasting;
  const std::string id = submit(lasting, receiver);
  REQUIRE_FALSE(id.empty());
  lasting.restart();
  lasting.advance("me", "1h");
  REQUIRE(receiver.count() == 1);
  CHECK(receiver.body(0)["request_id"] == id);
  lasting.restart();
  lasting.advance("me", "1h");
  CHECK(receiver.count() == 1);
}

TEST_CASE("an emulator that nobody asks for anything delivers what is due by itself") {
  const Receiver receiver;
  ServeConfig config = TestServer::quiet();
  config.clock = {};
  Lasting lasting(config);
  lasting.post("/_emulator/sandboxes/me/clock", {{"freeze", true}});
  submit(lasting, receiver);
  // A clock that runs again, and leads past the end before the next process is asked for anything.
  lasting.post("/_emulator/sandboxes/me/clock", {{"speed", 1'000'000}});
  lasting.restart();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (receiver.count() == 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  CHECK(receiver.count() == 1);
}

TEST_CASE("a webhook that was to be tried again is, with the attempts that were made counted") {
  const Receiver receiver({text_reply("no", 500), text_reply("no", 500), text_reply("ok")});
  Lasting lasting;
  submit(lasting, receiver);
  lasting.advance("me", "5s");
  REQUIRE(receiver.count() == 1);
  lasting.restart();
  CHECK(receiver.count() == 1);
  const Json pending = lasting.json("/_emulator/sandboxes/me/webhooks")["webhooks"];
  REQUIRE(pending.size() == 1);
  CHECK(pending[0]["state"] == "pending");
  lasting.advance("me", "3h");
  CHECK(receiver.count() == 3);
  CHECK(receiver.seen()[0].body == receiver.seen()[2].body);
  lasting.restart();
  CHECK(lasting.json("/_emulator/sandboxes/me/webhooks")["webhooks"].empty());
}

TEST_CASE("numbers of webhooks go on") {
  const Receiver receiver;
  Lasting lasting;
  submit(lasting, receiver);
  lasting.advance("me", "1h");
  lasting.restart();
  submit(lasting, receiver);
  CHECK(lasting.json("/_emulator/sandboxes/me/webhooks")["webhooks"][0]["id"] == "wh-2");
}

}  // namespace emulator::test::TEST_FILE
