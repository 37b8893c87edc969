// What is remembered of clients is bounded, counted, and gone with its sandbox.
#include "tests/unit/judge/client.h"

namespace emulator::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLost = "rules: [{ when: { on: submit }, then: { wire: lost } }]";

}  // namespace

TEST_CASE("findings beyond the limit are counted, and no longer kept") {
  WorldOptions options;
  options.judge.findings = 3;
  JudgedClient c(kLost, options);
  for (int i = 0; i < 10; ++i) {
    const std::string body = "{\"prompt\":\"cat " + std::to_string(i) + "\"}";
    c.bfl(body);
    c.bfl(body);
  }
  const auto report = c.report();
  CHECK(report.findings.size() == 3);
  CHECK(report.not_kept == 7);
}

TEST_CASE("a client that never sends the same twice costs a bounded amount of memory") {
  WorldOptions options;
  options.judge.watched = 100;
  options.contracts = {"provider: bfl\nvalues: { active_limit: null, active_limits: null }\n"};
  JudgedClient c(kLost, options);
  std::uint64_t held = 0;
  for (int i = 0; i < 2'000; ++i) {
    c.bfl("{\"prompt\":\"cat " + std::to_string(i) + "\"}");
    if (i == 300) held = c.world().memory.of(Held::kFindings);
  }
  CHECK(held > 0);
  CHECK(c.world().memory.of(Held::kFindings) == held);
  CHECK(c.report().not_watched > 1'000);
}

TEST_CASE("the same of the same is one finding, with its number") {
  JudgedClient c("defaults: { run: 1h }");
  const std::string id = c.bfl();
  for (int i = 0; i < 50; ++i, c.wait(50ms)) c.poll(id);
  const auto report = c.report();
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings.front().times == 47);
  CHECK(report.findings.front().requests.size() == 10);
}

TEST_CASE("what was found stays for the last report when a sandbox goes or is reset") {
  for (const bool drops : {false, true}) {
    CAPTURE(drops);
    JudgedClient c(kLost);
    c.bfl();
    c.bfl();
    REQUIRE(c.report().findings.size() == 1);
    if (drops)
      c.world().sandboxes->drop("me");
    else
      c.world().sandboxes->reset(c.box(), {});
    CHECK(c.report().findings.empty());
    const auto last = c.world().judge->of_all(c.world().sandboxes->all());
    REQUIRE(last.findings.size() == 1);
    CHECK(last.findings.front().sandbox == "me");
  }
}

TEST_CASE("when nothing follows, what would have ended well was given up") {
  JudgedClient c("defaults: { run: 20s }");
  const std::string id = c.bfl();
  c.wait(5s);
  c.poll(id);
  CHECK(c.codes().empty());
  const auto last = c.world().judge->of_all(c.world().sandboxes->all());
  REQUIRE(last.findings.size() == 1);
  CHECK(to_string(last.findings.front().code) == "gave-up-early");
}

TEST_CASE("what memory has no room for is let go, and counted") {
  JudgedClient c(kLost);
  c.bfl();
  c.bfl();
  c.world().judge->let_go(c.world().sandboxes->all(), 1);
  CHECK(c.world().memory.of(Held::kFindings) == 0);
  CHECK(c.report().findings.empty());
  CHECK(c.world().judge->of_all(c.world().sandboxes->all()).not_kept == 1);
}

}  // namespace emulator::test
