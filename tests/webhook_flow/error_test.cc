// A webhook says of a failed task what its result says.
#include <doctest.h>

#include "tests/support/client.h"
#include "tests/webhook_flow/stage.h"

namespace emulator::test::TEST_FILE {

TEST_CASE("fal's webhook has the parts of a scripted error, as the result has them") {
  Stage stage;
  Receiver receiver;
  const std::string id =
      stage.fal(receiver.url(),
                "error: {type: content_policy_violation, message: The images show real people., "
                "loc: [body, image_urls], ctx: {extra_info: {reason: partner_validation_failed}}}");
  stage.advance("10s");
  REQUIRE(receiver.count() == 1);
  const Json told = receiver.body(0);
  CHECK(told["status"] == "ERROR");
  CHECK(told["error"] == "Invalid status code: 422");
  const Json item = told["payload"]["detail"][0];
  CHECK(item["loc"] == Json{"body", "image_urls"});
  CHECK(item["msg"] == "The images show real people.");
  CHECK(item["ctx"]["extra_info"]["reason"] == "partner_validation_failed");
  CHECK(item["input"] == Json{{"prompt", "a red apple"}});
  httplib::Client client = patient_client(stage.server.port());
  const auto result =
      client.Get("/queue.fal.run/fal-ai/flux/requests/" + id, {{"authorization", "Key me:secret"}});
  REQUIRE(result);
  CHECK(result->status == 422);
  // The webhook's keys are sorted, the result's are not: compared without their order.
  CHECK(nlohmann::json::parse(result->body)["detail"][0] == nlohmann::json::parse(item.dump()));
}

}  // namespace emulator::test::TEST_FILE
