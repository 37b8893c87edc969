// `list outcomes` says what a client meets: each end and refusal of it, tried over the wire.
#include "emulator/app/outcomes.h"

#include <doctest.h>

#include "tests/stories/stage.h"

namespace emulator::test {

TEST_CASE("every end and refusal of the table of outcomes is worded as it says") {
  Registry registry(built_in_providers());
  const Json table = outcomes(registry, SystemWallClock());
  Stage stage("default");
  for (const auto& [end, by_provider] : table["ends"].items()) {
    for (const auto& [provider, word] : by_provider.items()) {
      const auto& this_end = end;
      CAPTURE(this_end);
      const auto& this_provider = provider;
      CAPTURE(this_provider);
      std::string asked = end;
      std::string shown = word.get<std::string>();
      if (shown.starts_with("as ")) shown = table["ends"][shown.substr(3)][provider];
      const Submitted task =
          stage.submit(provider, {{"prompt", "a [[queue: 0s, run: 0s, end: " + asked + "]]"}});
      if (end == "vanished") {
        CHECK(stage.poll(provider, task).status == 404);
      } else {
        CHECK(Stage::status(provider, stage.poll(provider, task)) == shown);
      }
    }
  }
  for (const auto& [refusal, by_provider] : table["refusals"].items()) {
    for (const auto& [provider, shown] : by_provider.items()) {
      const auto& this_refusal = refusal;
      CAPTURE(this_refusal);
      const auto& this_provider = provider;
      CAPTURE(this_provider);
      const Answer answer =
          stage.submit(provider, {{"prompt", "a [[refuse: " + refusal + "]]"}}).answer;
      CHECK(answer.status == shown["status"]);
    }
  }
  CHECK(table["refusals"]["conflict"].size() == 1);
  CHECK_FALSE(table["ends"]["cancelled"].contains("bfl"));
}

TEST_CASE("the table of outcomes for people has a row an outcome and a column a provider") {
  Registry registry(built_in_providers());
  const std::string page = outcomes_page(outcomes(registry, SystemWallClock()), providers());
  CHECK(page.find("end ") == 0);
  CHECK(page.find("\nrefuse ") != std::string::npos);
  CHECK(page.find("no_media_generated") != std::string::npos);
  const std::size_t row = page.find("\nrate_limited ") + 1;
  CHECK(page.substr(row, page.find('\n', row) - row).find("429") != std::string::npos);
  CHECK(page.find(" \n") == std::string::npos);
}

}  // namespace emulator::test
