// The stories of several providers.
#include <doctest.h>

#include <set>

#include "emulator/image/picture.h"
#include "tests/stories/stage.h"

namespace emulator::test {
namespace {

// The word a provider has for a task that ended well.
const std::string& good(const std::string& provider) { return told_of(provider).done; }

void a_picture_after_a_second(Stage& stage) {
  for (const std::string& provider : providers()) {
    CAPTURE(provider);
    const Submitted task = stage.submit(provider);
    CHECK(Stage::status(provider, stage.poll(provider, task)) != good(provider));
    stage.advance("1s");
    CHECK(Stage::status(provider, stage.poll(provider, task)) == good(provider));
    const Answer picture = stage.download(provider, stage.result(provider, task));
    CHECK(picture.status == 200);
    CHECK(image::size_of(picture.text));
  }
}

void waits_as_with_the_real_ones(Stage& stage) {
  for (const std::string& provider : providers()) {
    CAPTURE(provider);
    const Submitted task = stage.submit(provider);
    stage.advance("500ms");  // less than the shortest run
    CHECK(Stage::status(provider, stage.poll(provider, task)) != good(provider));
    stage.advance("28s");  // more than the longest wait and run together
    CHECK(Stage::status(provider, stage.poll(provider, task)) == good(provider));
  }
}

void flagged(Stage& stage) {
  const Answer fal = stage.ended("fal");
  CHECK(fal.status == 200);
  CHECK(fal.body["has_nsfw_concepts"] == Json{true});
  const Answer wavespeed = stage.ended("wavespeed");
  CHECK(wavespeed.body["data"]["has_nsfw_contents"] == Json{true});
  CHECK(stage.download("wavespeed", wavespeed).status == 200);
  const Answer bfl = stage.ended("bfl");
  CHECK(Stage::status("bfl", bfl) == "Content Moderated");
  CHECK(Stage::link("bfl", bfl).empty());
}

void moderated(Stage& stage) {
  const Answer before = stage.ended("bfl");
  CHECK(Stage::status("bfl", before) == "Request Moderated");
  CHECK(before.body["details"]["Moderation Reasons"].is_array());
  CHECK(Stage::status("bfl", stage.ended("bfl")) == "Content Moderated");

  const Submitted task = stage.submit("fal");
  CHECK(task.answer.status == 200);
  stage.advance("1s");
  CHECK(Stage::status("fal", stage.poll("fal", task)) == "COMPLETED");
  const Answer refused = stage.result("fal", task);
  CHECK(refused.status == 422);
  CHECK(refused.body["detail"][0]["type"] == "content_policy_violation");

  const Answer wavespeed = stage.ended("wavespeed");
  CHECK(wavespeed.status == 200);
  CHECK(Stage::status("wavespeed", wavespeed) == "failed");
  CHECK(wavespeed.body["data"]["code"] == 1200);
}

// Asks until it is answered well, and counts how often it was not.
template <class Ask>
int failures_before_success(const Ask& ask) {
  for (int failed = 0; failed < 50; ++failed) {
    const int status = ask();
    if (status >= 200 && status < 300) return failed;
    CHECK((status == 0 || status >= 500));
  }
  return 50;
}

void flaky(Stage& stage) {
  int failed = 0, lost = 0;
  for (int i = 0; i < 12; ++i) {
    Submitted task;
    failed += failures_before_success([&] {
      task = stage.submit("wavespeed");
      return task.answer.status;
    });
    stage.advance("1s");
    Answer ended;
    failed += failures_before_success([&] {
      ended = stage.poll("wavespeed", task);
      if (ended.status == 0) ++lost;
      return ended.status;
    });
    failed += failures_before_success([&] { return stage.download("wavespeed", ended).status; });
  }
  CHECK(failed >= 5);
  CHECK(failed <= 40);
  CHECK(lost >= 1);  // a poll that was reset, beside those that were refused
}

void rate_limited(Stage& stage) {
  CHECK(stage.submit("apiframe").answer.header("retry-after") == "1");
  CHECK(stage.submit("apiframe").answer.header("retry-after") == "2");
  const Submitted task = stage.submit("apiframe");
  CHECK(task.answer.status < 300);
  CHECK(stage.poll("apiframe", task).status == 200);
  CHECK(stage.poll("apiframe", task).status == 429);
  CHECK(stage.poll("apiframe", task).status == 200);
}

void out_of_credit(Stage& stage) {
  for (const std::string& provider : providers()) {
    CAPTURE(provider);
    CHECK(stage.submit(provider).answer.status == told_of(provider).refusals.at("out_of_credit"));
  }
  CHECK(stage.tasks() == 0);
  CHECK(stage.submit("wavespeed").answer.text.find("Insufficient credits") != std::string::npos);
}

void links_expire(Stage& stage) {
  const Answer ended = stage.ended("bfl");
  CHECK(stage.download("bfl", ended).status == 200);
  stage.advance("2s");
  const Answer dead = stage.download("bfl", ended);
  CHECK(dead.status == 403);
  CHECK(dead.text.find("<?xml") != std::string::npos);
}

void links_gone(Stage& stage) {
  for (const std::string& provider : providers()) {
    CAPTURE(provider);
    const int status = stage.download(provider, stage.ended(provider)).status;
    CHECK(status >= 400);
    CHECK(status < 500);
  }
}

void slow_downloads(Stage& stage) {
  const Answer ended = stage.ended("bfl");
  const std::string path = Stage::link("bfl", ended);
  // Two seconds on the sandbox's clock, then 20 KB a second by the wall's.
  const Answer first = stage.send_and_advance(
      [&] {
        return stage.send("bfl", "GET", path, "", {{"range", "bytes=0-999"}});
      },
      "2s");
  CHECK(first.status == 206);
  stage.send_and_advance(
      [&] {
        return stage.send("bfl", "GET", path, "", {{"range", "bytes=0-999"}});
      },
      "2s");
  CHECK(stage.hangs(stage.raw_request("bfl", "GET", path)));
}

void broken_images(Stage& stage) {
  const Answer ended = stage.ended("bfl");
  std::vector<Answer> shown;
  for (int i = 0; i < 8; ++i) shown.push_back(stage.download("bfl", ended));
  const Answer& whole = shown[7];
  const auto size = image::size_of(whole.text);
  REQUIRE(size);
  for (const Answer& answer : shown) {
    CHECK(answer.status == 200);
    CHECK(answer.header("content-type") == whole.header("content-type"));
  }
  for (int i = 0; i < 7; ++i) CHECK(shown[static_cast<std::size_t>(i)].text != whole.text);
  CHECK(shown[0].text.size() < whole.text.size());                 // black
  CHECK(whole.text.starts_with(shown[1].text));                    // truncated
  CHECK(shown[2].text.empty());                                    // zero_bytes
  CHECK(shown[3].text.substr(1, 3) == "PNG");                      // wrong_type
  CHECK(image::size_of(shown[4].text)->width == size->width + 1);  // wrong_size
  CHECK(shown[5].text.find("Exif") != std::string::npos);          // rotated
  CHECK(image::size_of(shown[6].text)->width >= 10'000);           // bomb
  CHECK(shown[6].text.size() < 10'000'000);
}

void lost_responses(Stage& stage) {
  for (const std::string provider : {"wavespeed", "bfl"}) {
    CAPTURE(provider);
    const std::size_t before = stage.tasks();
    const int first = stage.submit(provider).answer.status;
    const int second = stage.submit(provider).answer.status;
    CHECK((first == 0) != (second == 0));
    CHECK(stage.tasks() == before + 2);  // both are made, and both are charged
  }
  const Submitted task = stage.submit("fal");
  stage.advance("1s");
  CHECK(stage.result("fal", task).status == 0);
  CHECK(stage.result("fal", task).status == 200);
}

void outage(Stage& stage) {
  CHECK(stage.submit("bfl").answer.status == 503);
  CHECK(stage.submit("vtrix").answer.status == 503);
  stage.advance("1m");
  const Submitted task = stage.submit("bfl");
  CHECK(task.answer.status == 200);
  CHECK(stage.poll("bfl", task).status == 500);
  stage.advance("9m");
  CHECK(Stage::status("bfl", stage.poll("bfl", task)) == "Ready");
}

void polls_down(Stage& stage) {
  for (const std::string& provider : providers()) {
    CAPTURE(provider);
    const Submitted task = stage.submit(provider);
    CHECK(task.answer.status < 300);
    for (int i = 0; i < 12; ++i) CHECK(stage.poll(provider, task).status == 500);
  }
  const Submitted task = stage.submit("wavespeed");
  stage.advance("3h");
  CHECK(Stage::status("wavespeed", stage.poll("wavespeed", task)) == "completed");
}

void stuck(Stage& stage) {
  for (const std::string& provider : providers()) {
    CAPTURE(provider);
    const Submitted task = stage.submit(provider);
    stage.advance("1d");
    const Answer shown = stage.poll(provider, task);
    CHECK(shown.status < 300);
    CHECK(Stage::status(provider, shown) != good(provider));
    CHECK_FALSE(Stage::status(provider, shown).empty());
  }
}

void not_found_at_first(Stage& stage) {
  const Submitted task = stage.submit("bfl");
  CHECK(stage.poll("bfl", task).status == 404);
  CHECK(stage.poll("bfl", task).status == 404);
  CHECK(Stage::status("bfl", stage.poll("bfl", task)) == "Pending");
}

void no_answer(Stage& stage) {
  CHECK(stage.hangs(stage.raw_request("bfl", "POST", "/bfl/v1/flux-dev", R"({"prompt":"a"})")));
  CHECK(stage.hangs(stage.raw_request("fal", "GET", "/queue.fal.run/fal-ai/flux/requests/x")));
  CHECK(stage.tasks() == 0);
}

void long_runs(Stage& stage) {
  for (const std::string& provider : providers()) {
    CAPTURE(provider);
    const Submitted task = stage.submit(provider);
    stage.advance("329s");
    CHECK(Stage::status(provider, stage.poll(provider, task)) != good(provider));
    stage.advance("1s");
    CHECK(Stage::status(provider, stage.poll(provider, task)) == good(provider));
  }
}

void wrong_key(Stage& stage) {
  for (const std::string& provider : providers()) {
    CAPTURE(provider);
    CHECK(stage.submit(provider).answer.status == told_of(provider).refusals.at("unauthenticated"));
  }
  CHECK(stage.submit("bfl").answer.body["detail"] == "Not authenticated - Invalid Authentication");
}

void account_locked(Stage& stage) {
  for (const std::string& provider : providers()) {
    CAPTURE(provider);
    const auto& statuses = told_of(provider).refusals;
    if (const auto forbidden = statuses.find("forbidden"); forbidden != statuses.end())
      CHECK(stage.submit(provider).answer.status == forbidden->second);
  }
  CHECK(stage.submit("fal").answer.text.find("Reason: Admin lock.") != std::string::npos);
  CHECK(stage
            .send("fal", "POST", "/rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3",
                  R"({"content_type":"image/png","file_name":"a.png"})")
            .status == 403);
}

void failed(Stage& stage) {
  for (const std::string& provider : providers()) {
    CAPTURE(provider);
    const Submitted task = stage.submit(provider);
    stage.advance("1s");
    CHECK(Stage::status(provider, stage.poll(provider, task)) == told_of(provider).failed);
    const Answer result = stage.result(provider, task);
    CHECK(Stage::link(provider, result).empty());
    // Where tasks that failed have the word of those that did not, the result is refused.
    if (told_of(provider).failed == good(provider)) CHECK(result.status >= 400);
  }
}

void slow_submissions(Stage& stage) {
  const Answer answer =
      stage.send_and_advance([&] { return stage.submit("wavespeed").answer; }, "15s");
  CHECK(answer.status == 200);
  CHECK(answer.body["data"]["created_at"] == "2026-01-01T00:00:00Z");  // taken at once
  CHECK(stage.tasks() == 1);
}

void odd_endings(Stage& stage) {
  CHECK(Stage::status("wavespeed", stage.ended("wavespeed")) == "cancelled");
  CHECK(Stage::status("wavespeed", stage.ended("wavespeed")) == "timeout");
  CHECK(stage.ended("wavespeed").status == 404);
  CHECK(Stage::status("bfl", stage.ended("bfl")) == "Ready");  // BFL cancels nothing
}

// That each submission is given its trouble; deliveries have tests of their own.
void webhook_trouble(Stage& stage) {
  for (int i = 1; i <= 8; ++i) {
    const Submitted task = stage.submit("bfl", {{"webhook_url", "http://127.0.0.1:9/hook"}});
    const Answer why =
        stage.send("bfl", "GET",
                   "/_emulator/sandboxes/k/requests/" + task.answer.header("x-emulator-request"));
    CHECK(why.text.find("one trouble after another") != std::string::npos);
    CHECK(why.body["why"]["nth"] == i);
  }
}

}  // namespace

std::vector<Story> common_stories() {
  return {{"default", a_picture_after_a_second},
          {"realistic", waits_as_with_the_real_ones},
          {"nsfw", flagged},
          {"moderated", moderated},
          {"flaky", flaky},
          {"rate-limited", rate_limited},
          {"out-of-credit", out_of_credit},
          {"links-expire", links_expire},
          {"links-gone", links_gone},
          {"slow-downloads", slow_downloads},
          {"broken-images", broken_images},
          {"lost-responses", lost_responses},
          {"webhook-trouble", webhook_trouble},
          {"outage", outage},
          {"polls-down", polls_down},
          {"stuck", stuck},
          {"not-found-at-first", not_found_at_first},
          {"no-answer", no_answer},
          {"long-runs", long_runs},
          {"wrong-key", wrong_key},
          {"account-locked", account_locked},
          {"failed", failed},
          {"slow-submissions", slow_submissions},
          {"odd-endings", odd_endings}};
}

}  // namespace emulator::test
