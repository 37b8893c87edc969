// The provider that docs/adding-a-provider.md builds: what its fixtures cannot show.
#include <doctest.h>

#include "emulator/base/json_text.h"
#include "emulator/webhook/inbox.h"
#include "emulator/webhook/signatures.h"
#include "replicate_provider.h"
#include "tests/support/world.h"

namespace emulator::test {

TEST_CASE("a webhook of the walk-through is signed as its own receivers verify it") {
  WorldOptions options;
  options.providers = {replicate_provider()};
  World world(options);
  const auto made =
      world.send(request("POST", "/replicate/v1/models/black-forest-labs/flux-schnell/predictions",
                         {{"authorization", "Bearer me"}, {"content-type", "application/json"}},
                         R"({"input":{"prompt":"a"},"webhook":"http://127.0.0.1:9/hook"})"));
  REQUIRE(made);
  const std::string id = decode_json(made->body)->at("id");
  const auto provider = world.registry.find("replicate");
  REQUIRE(provider);
  const WebhookWording* const wording = world.registry.dialect(*provider).webhooks();
  REQUIRE(wording != nullptr);
  const auto found = world.sandboxes->find_task(*provider, id);
  REQUIRE(found);
  REQUIRE(found.task->webhook);

  const auto verdict = [&](bool bad) {
    webhook::Sealing sealing{*found.box,
                             *found.task->webhook,
                             id,
                             "completed",
                             std::make_shared<const std::string>("{}"),
                             kNewYear,
                             kNewYear};
    sealing.bad_signature = bad;
    http::Request received = request("POST", "/hook", {}, "{}");
    for (const auto& [name, value] : wording->webhook_seal(sealing).headers)
      received.headers.add(name, value);
    const auto judged = wording->webhook_verdict(received, *world.sandboxes);
    REQUIRE(judged);
    CHECK(judged->age == Duration(0));
    return judged->signature;
  };
  CHECK(verdict(false) == webhook::Verdict::Signature::kGood);
  CHECK(verdict(true) == webhook::Verdict::Signature::kBad);
}

}  // namespace emulator::test
