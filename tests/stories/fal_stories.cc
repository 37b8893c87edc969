// The stories of fal alone.
#include <doctest.h>

#include "tests/stories/stage.h"

namespace emulator::test {
namespace {

void terminated(Stage& stage) {
  CHECK(stage.ended("fal").status == 200);
  const Answer broken = stage.ended("fal");
  CHECK(broken.status == 500);
  CHECK(broken.text.find("terminated") != std::string::npos);
}

void long_queue(Stage& stage) {
  const Submitted task = stage.submit("fal");
  const int first = stage.poll("fal", task).body["queue_position"];
  CHECK(first > 12'000);
  stage.advance("2h");
  const int later = stage.poll("fal", task).body["queue_position"];
  CHECK(later < first);
  CHECK(later > 0);
  stage.advance("3h");
  CHECK(Stage::status("fal", stage.poll("fal", task)) == "COMPLETED");
}

void no_media(Stage& stage) {
  CHECK(stage.ended("fal").status == 200);
  const Answer none = stage.ended("fal");
  CHECK(none.status == 422);
  CHECK(none.body["detail"][0]["type"] == "no_media_generated");
}

void starts_at_once(Stage& stage) {
  const Submitted task = stage.submit("fal");
  const Answer status = stage.poll("fal", task);
  CHECK(status.status == 202);
  CHECK(Stage::status("fal", status) == "IN_PROGRESS");
}

}  // namespace

std::vector<Story> fal_stories() {
  return {{"fal-terminated", terminated},
          {"fal-long-queue", long_queue},
          {"fal-no-media", no_media},
          {"fal-starts-at-once", starts_at_once}};
}

TEST_CASE("fal without a scenario: what clients stumble over") {
  Stage stage("default");
  const Submitted task = stage.submit("fal");
  // The addresses of status and cancelling come with the ticket.
  CHECK(task.answer.body.contains("status_url"));
  CHECK(task.answer.body.contains("cancel_url"));
  // The whole path of the model instead of its application: not that method.
  const std::string id = task.answer.body["request_id"];
  CHECK(stage.send("fal", "GET", "/queue.fal.run/fal-ai/flux/dev/requests/" + id + "/status")
            .status == 405);
  // Bad input, here wrapped in another object, is taken, and refused at the result.
  const Answer wrapped =
      stage.send("fal", "POST", "/queue.fal.run/fal-ai/flux/dev", R"({"input":{"prompt":"a"}})");
  CHECK(wrapped.status == 200);
  const std::string result = wrapped.body["response_url"];
  stage.advance("1s");
  const Answer refused = stage.send("fal", "GET", result.substr(result.find('/', 8)));
  CHECK(refused.status == 422);
  CHECK(refused.text.find("prompt") != std::string::npos);
  // Only the CDN of today is taken for uploads.
  CHECK(stage
            .send("fal", "POST", "/rest.fal.ai/storage/upload/initiate?storage_type=gcs",
                  R"({"content_type":"image/png","file_name":"a.png"})")
            .status == 400);
}

}  // namespace emulator::test
