// The stories of Apiframe and Vtrix alone.
#include <doctest.h>

#include "tests/stories/stage.h"

namespace emulator::test {
namespace {

void capacity(Stage& stage) {
  for (int i = 0; i < 2; ++i) {
    const Answer failed = stage.ended("apiframe");
    CHECK(failed.status == 200);
    CHECK(Stage::status("apiframe", failed) == "FAILED");
    CHECK(failed.body["error"].get<std::string>().find("capacity") != std::string::npos);
  }
  CHECK(Stage::status("apiframe", stage.ended("apiframe")) == "COMPLETED");
}

void empty_output(Stage& stage) {
  const Submitted task = stage.submit("vtrix");
  const Answer none = stage.poll("vtrix", task);
  CHECK(Stage::status("vtrix", none) == "completed");
  CHECK(none.body["output"] == Json::array());
  CHECK(stage.poll("vtrix", task).body["output"][0]["content"] == Json::array());
}

}  // namespace

std::vector<Story> other_stories() {
  return {{"apiframe-capacity", capacity}, {"vtrix-empty-output", empty_output}};
}

TEST_CASE("Apiframe and Vtrix without a scenario: what clients stumble over") {
  Stage stage("default");
  // The ticket has `jobId`, the job has `id`; statuses are in capitals.
  const Submitted job = stage.submit("apiframe");
  CHECK(job.answer.body.contains("jobId"));
  CHECK(stage.poll("apiframe", job).body.contains("id"));
  CHECK(Stage::status("apiframe", job.answer) == "QUEUED");
  // Prompts beyond 2000 characters, and parameters of another model, are refused.
  CHECK(stage.submit("apiframe", {{"prompt", std::string(2'001, 'a')}}).answer.status == 400);
  CHECK(stage.submit("apiframe", {{"width", 512}}).answer.status == 400);
  // The tolerance of Vtrix's FLUX is taken as a number and as a text.
  CHECK(stage.submit("vtrix", {{"safety_tolerance", 2}}).answer.status == 200);
  CHECK(stage.submit("vtrix", {{"safety_tolerance", "2"}}).answer.status == 200);
}

}  // namespace emulator::test
