// The stories of WaveSpeed alone.
#include <doctest.h>

#include "tests/stories/stage.h"

namespace emulator::test {
namespace {

void credit_under_200(Stage& stage) {
  const Answer answer = stage.submit("wavespeed").answer;
  CHECK(answer.status == 200);
  CHECK(answer.body["code"] == 400);
  CHECK(answer.text.find("Insufficient credits") != std::string::npos);
  CHECK(stage.tasks() == 0);
}

void late_sync(Stage& stage) {
  const Answer late = stage.send_and_advance(
      [&] {
        return stage.submit("wavespeed", {{"enable_sync_mode", true}}).answer;
      },
      "90s");
  CHECK(late.status == 200);
  CHECK(late.body["data"]["code"] == 5004);
  const std::string get = late.body["data"]["urls"]["get"];
  stage.advance("30s");
  const Answer ended = stage.send("wavespeed", "GET", get.substr(get.find('/', 8)));
  CHECK(Stage::status("wavespeed", ended) == "completed");
}

void empty_outputs(Stage& stage) {
  const Submitted task = stage.submit("wavespeed");
  const Answer none = stage.poll("wavespeed", task);
  CHECK(Stage::status("wavespeed", none) == "completed");
  CHECK(none.body["data"]["outputs"] == Json::array());
  CHECK(stage.poll("wavespeed", task).body["data"]["outputs"][0].is_object());
  CHECK(stage.poll("wavespeed", task).body["data"]["outputs"][0].is_string());
}

void slow_uploads(Stage& stage) {
  const std::string path = "/api/v3/media/upload/binary";
  const std::string form =
      "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
      "content-type: image/png\r\n\r\nabc\r\n--b--\r\n";
  const httplib::Headers type{{"content-type", "multipart/form-data; boundary=b"}};
  for (int i = 0; i < 2; ++i) {
    const Answer slow = stage.send_and_advance(
        [&] { return stage.send("wavespeed", "POST", path, form, type); }, "30s");
    CHECK(slow.status == 200);
  }
  CHECK(stage.hangs(stage.raw_request("wavespeed", "POST", path, form)));
}

void media_unreachable(Stage& stage) {
  const Answer failed = stage.ended("wavespeed");
  CHECK(failed.status == 200);
  CHECK(Stage::status("wavespeed", failed) == "failed");
  CHECK(failed.body["data"]["code"] == 1402);
}

}  // namespace

std::vector<Story> wavespeed_stories() {
  return {{"wavespeed-credit-under-200", credit_under_200},
          {"wavespeed-late-sync", late_sync},
          {"wavespeed-empty-outputs", empty_outputs},
          {"wavespeed-slow-uploads", slow_uploads},
          {"wavespeed-media-unreachable", media_unreachable}};
}

TEST_CASE("WaveSpeed without a scenario: what clients stumble over") {
  Stage stage("default");
  const Submitted task = stage.submit("wavespeed");
  // Everything lies one level deeper.
  CHECK_FALSE(task.answer.body.contains("id"));
  CHECK(task.answer.body["data"].contains("id"));
  // `/result` appended to an address that ends with it.
  CHECK(stage.send("wavespeed", "GET", task.poll + "/result").status == 404);
  // Both addresses of the balance.
  CHECK(stage.send("wavespeed", "GET", "/api/v3/balance").status == 200);
  CHECK(stage.send("wavespeed", "GET", "/api/v3/account/balance").status == 200);
  // A key in another header is none.
  CHECK(stage
            .send("wavespeed", "GET", "/api/v3/balance", "",
                  {{"x-api-key", "k"}, {"authorization", ""}})
            .status == 401);
}

}  // namespace emulator::test
