// The stories of BFL alone.
#include <doctest.h>

#include "emulator/base/text.h"
#include "emulator/image/picture.h"
#include "tests/stories/stage.h"

namespace emulator::test {
namespace {

void poll_redirect(Stage& stage) {
  const Submitted task = stage.submit("bfl");
  const Answer away = stage.poll("bfl", task);
  CHECK(away.status == 302);
  CHECK(away.header("location") == "https://elsewhere.invalid/v1/get_result");
  CHECK(away.text.empty());
  CHECK(stage.poll("bfl", task).status == 200);
}

void overcautious(Stage& stage) {
  for (int i = 1; i <= 6; ++i) {
    CAPTURE(i);
    const std::string word = Stage::status("bfl", stage.ended("bfl"));
    CHECK(word == (i % 3 == 0 ? "Request Moderated" : "Ready"));
  }
}

void forbidden_later(Stage& stage) {
  const Submitted task = stage.submit("bfl");
  CHECK(task.answer.status == 200);
  stage.advance("1s");
  CHECK(stage.poll("bfl", task).status == 403);
  CHECK(stage.poll("bfl", task).status == 403);
  const Answer ready = stage.poll("bfl", task);
  CHECK(Stage::status("bfl", ready) == "Ready");
  CHECK(stage.download("bfl", ready).status == 403);
  CHECK(stage.download("bfl", ready).status == 200);
}

void data_uri_refused(Stage& stage) {
  const std::string ultra = "/bfl/v1/flux-pro-1.1-ultra";
  image::Picture sent;
  sent.width = sent.height = 512;
  sent.model = "m";
  sent.prompt = "p";
  const std::string bytes = image::render(sent);
  const std::string picture = base64(bytes);
  const auto ask = [&](const std::string& image) {
    return stage.send("bfl", "POST", ultra, Json{{"prompt", "a"}, {"image_prompt", image}}.dump());
  };
  CHECK(ask("data:image/jpeg;base64," + picture).status == 422);
  CHECK(ask(picture).status == 200);
}

void no_cost(Stage& stage) {
  const Submitted task = stage.submit("bfl");
  CHECK(task.answer.status == 200);
  for (const char* member : {"cost", "input_mp", "output_mp"})
    CHECK_FALSE(task.answer.body.contains(member));
  CHECK(task.answer.body.contains("polling_url"));
}

void ready_without_sample(Stage& stage) {
  const Answer ready = stage.ended("bfl", "0s");
  CHECK(Stage::status("bfl", ready) == "Ready");
  CHECK(ready.body["result"].is_object());
  CHECK_FALSE(ready.body["result"].contains("sample"));
}

void new_statuses(Stage& stage) {
  const Submitted task = stage.submit("bfl");
  stage.advance("1s");
  CHECK(Stage::status("bfl", stage.poll("bfl", task)) == "Reasoning");
  CHECK(Stage::status("bfl", stage.poll("bfl", task)) == "Generating");
  CHECK(Stage::status("bfl", stage.poll("bfl", task)) == "Ready");
}

}  // namespace

std::vector<Story> bfl_stories() {
  return {{"bfl-poll-redirect", poll_redirect},
          {"bfl-overcautious", overcautious},
          {"bfl-forbidden-later", forbidden_later},
          {"bfl-data-uri-refused", data_uri_refused},
          {"bfl-no-cost", no_cost},
          {"bfl-ready-without-sample", ready_without_sample},
          {"bfl-new-statuses", new_statuses}};
}

// What the real service always does, and surprises clients: no scenario is needed for it.
TEST_CASE("BFL without a scenario: what clients stumble over") {
  Stage stage("default");
  // A poll needs no key, and further query parameters do no harm.
  const Submitted task = stage.submit("bfl");
  CHECK(stage.send("bfl", "GET", task.poll + "&region=eu", "", {{"x-key", ""}}).status == 200);
  // With a webhook the answer has no polling_url.
  const Submitted hooked = stage.submit("bfl", {{"webhook_url", "http://127.0.0.1:9/hook"}});
  CHECK(hooked.answer.status == 200);
  CHECK_FALSE(hooked.answer.body.contains("polling_url"));
  // Bad input: `detail` is a list, and there is no `message`.
  const Answer bad = stage.submit("bfl", {{"prompt", 7}}).answer;
  CHECK(bad.status == 422);
  CHECK(bad.body["detail"].is_array());
  CHECK_FALSE(bad.body.contains("message"));
  // The store allows no other origin to read a picture.
  CHECK(stage.download("bfl", stage.ended("bfl")).header("access-control-allow-origin").empty());
  // Width and height have no effect on ultra.
  const Answer ultra = stage.send("bfl", "POST", "/bfl/v1/flux-pro-1.1-ultra",
                                  R"({"prompt":"a","width":256,"height":256})");
  CHECK(ultra.status == 200);
}

}  // namespace emulator::test
