#include "emulator/judge/coverage.h"

#include <algorithm>

#include "tests/unit/judge/client.h"

namespace emulator::test {
namespace {

using namespace std::chrono_literals;

const judge::Coverage::Row* row(const judge::Coverage& coverage, const std::string& outcome,
                                On on) {
  const auto found = std::find_if(
      coverage.rows.begin(), coverage.rows.end(),
      [&](const judge::Coverage::Row& one) { return one.outcome == outcome && one.on == on; });
  return found == coverage.rows.end() ? nullptr : &*found;
}

}  // namespace

TEST_CASE("coverage is of the requests that were made, and of nothing before the first") {
  JudgedClient c;
  CHECK(c.world().judge->coverage_of(c.box()).rows.empty());
  CHECK(judge::Coverage().percent() == 100);
  c.bfl();
  const judge::Coverage submitted = c.world().judge->coverage_of(c.box());
  CHECK(submitted.met == 0);
  CHECK(row(submitted, "rate_limited", On::kSubmit) != nullptr);
  CHECK(row(submitted, "rate_limited", On::kPoll) == nullptr);
  CHECK(row(submitted, "nsfw", On::kSubmit) == nullptr);  // BFL has no flag
}

TEST_CASE("endings and refusals count once they were shown") {
  JudgedClient c(
      "rules:\n"
      "  - { when: { on: submit, nth: 1 }, then: { refuse: rate_limited } }\n"
      "  - { when: { on: submit, nth: 2 }, then: { end: failed } }\n"
      "  - { when: { on: poll, nth: 3 }, then: { refuse: server_error } }\n");
  c.bfl();
  const std::string id = c.bfl();
  c.poll(id);
  c.wait(2s);
  c.poll(id);
  c.poll(id);
  const judge::Coverage coverage = c.world().judge->coverage_of(c.box());
  for (const judge::Coverage::Row& one : coverage.rows) {
    CAPTURE(one.outcome);
    const bool wanted = (one.outcome == "rate_limited" && one.on == On::kSubmit) ||
                        one.outcome == "failed" ||
                        (one.outcome == "server_error" && one.on == On::kPoll);
    CHECK(one.met == wanted);
  }
  CHECK(coverage.met == 3);
  const Json shown = judge::coverage_json(coverage);
  CHECK(shown["met"] == 3);
  CHECK(shown["possible"] == coverage.rows.size());
  CHECK(judge::coverage_text(coverage).find("outcomes met: 3 of") == 0);
}

TEST_CASE("what was met in a sandbox that is gone still counts for the whole") {
  JudgedClient c("rules: [{ when: { on: submit }, then: { refuse: out_of_credit } }]");
  c.bfl();
  c.world().sandboxes->drop("me");
  CHECK(c.world().judge->coverage_of(c.box()).met == 0);
  CHECK(c.world().judge->coverage_of_all(c.world().sandboxes->all()).met == 1);
}

}  // namespace emulator::test
