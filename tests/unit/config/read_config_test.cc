// Flags set the members of the parts that they are about.
#include <doctest.h>
#include <stdlib.h>

#include <chrono>
#include <string>
#include <vector>

#include "emulator/config/config.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

Result<Config, EarlyExit> read(std::vector<const char*> words) {
  words.insert(words.begin(), "provider-emulator");
  return read_config(static_cast<int>(words.size()), words.data());
}

Config good(const std::vector<const char*>& words) {
  auto config = read(words);
  REQUIRE_MESSAGE(config, (config ? "" : config.error().text));
  return std::move(*config);
}

std::string wrong(const std::vector<const char*>& words) {
  const auto config = read(words);
  REQUIRE_FALSE(config);
  CHECK(config.error().code == 2);
  return config.error().text;
}

TEST_CASE("a server without flags has the limits that its parts have by themselves") {
  const ServeConfig serve = good({"serve"}).serve;
  CHECK(serve.server.limits.body_bytes == http::ServerLimits().body_bytes);
  CHECK(serve.sandboxes.tasks == SandboxLimits().tasks);
  CHECK(serve.webhooks.limits.waiting == webhook::Limits().waiting);
  CHECK(serve.judge.watched == judge::Limits().watched);
  CHECK_FALSE(serve.seed);
  CHECK_FALSE(serve.clock.manual);
  CHECK(serve.pipeline.auth == Keys::Policy::kAny);
  CHECK(serve.pipeline.captions);
}

TEST_CASE("flags set sizes, counts and times where they belong, in the units they are kept in") {
  const ServeConfig serve = good({"serve",  "--max-body",   "2MiB",        "--max-json-values",
                                  "7",      "--head-time",  "3",           "--long-turn",
                                  "9",      "--state-wait", "4",           "--max-webhook-share",
                                  "5",      "--captions",   "off",         "--no-prompt-directives",
                                  "--page", "read-only",    "--idle-exit", "10m"})
                                .serve;
  CHECK(serve.server.limits.body_bytes == 2u << 20);
  CHECK(serve.pipeline.json.values == 7);
  CHECK(serve.server.limits.head_time == 3s);
  CHECK(serve.server.long_turn == 9ms);
  CHECK(serve.state_limits.patience == 4ms);
  CHECK(serve.webhooks.limits.pool.of_one_group == 5);
  CHECK_FALSE(serve.pipeline.captions);
  CHECK_FALSE(serve.pipeline.prompt_directives);
  CHECK(serve.page == control::Page::Mode::kReadOnly);
  CHECK(serve.lifetime.idle_exit == 10min);
}

TEST_CASE("ports, keys, clocks and seeds are read into what they mean") {
  const ServeConfig serve = good({"serve", "--port", "1,2", "--port", "3", "--auth", "./keys",
                                  "--clock", "manual@2026-02-01T00:00:00Z", "--seed", "0"})
                                .serve;
  CHECK(serve.server.port == 1);
  CHECK(serve.server.more_ports == std::vector<std::uint16_t>{2, 3});
  CHECK(serve.pipeline.auth == Keys::Policy::kBook);
  CHECK(serve.key_file == "./keys");
  CHECK(serve.clock.manual);
  CHECK(serve.clock.at == Instant(std::chrono::seconds(1'769'904'000)));
  CHECK(serve.seed == 0);
  CHECK(good({"serve", "--clock", "skip"}).serve.clock.skips);
  CHECK(good({"serve", "--auth", "format"}).serve.pipeline.auth == Keys::Policy::kFormat);
}

TEST_CASE("the environment sets what the line does not say, and is checked as it is") {
  ::setenv("EMULATOR_MAX_HEADER", "2KiB", 1);
  CHECK(good({"serve"}).serve.server.limits.header_bytes == 2'048);
  CHECK(good({"serve", "--max-header", "4KiB"}).serve.server.limits.header_bytes == 4'096);
  ::setenv("EMULATOR_MAX_HEADER", "1", 1);
  CHECK(wrong({"serve"}).find("must be from 1024 to") != std::string::npos);
  ::unsetenv("EMULATOR_MAX_HEADER");
}

TEST_CASE("each command has a server of its own kind") {
  const Config run = good({"run", "--key", "me:secret", "--", "npm", "test"});
  CHECK(run.command == Config::Command::kRun);
  CHECK(run.command_line == std::vector<std::string>{"npm", "test"});
  CHECK(run.serve.server.port == 0);
  CHECK(run.serve.pipeline.welcome_key == "me:secret");
  CHECK(run.serve.reach.ca_in_memory);
  CHECK(run.serve.reach.proxy_others == "pass");
  CHECK_FALSE(run.serve.announce);
  CHECK_FALSE(good({"run", "--ca-dir", "/ca", "--", "x"}).serve.reach.ca_in_memory);

  const Config hunt =
      good({"hunt", "--budget", "90s", "--captions", "off", "--seed", "3", "--", "x"});
  CHECK(hunt.hunt.budget == 90s);
  CHECK(hunt.hunt.passed == std::vector<std::string>{"--captions", "off"});
  CHECK(good({"record", "--answer-time", "5", "--", "x"}).record.answer_time == 5s);
  CHECK(good({"env"}).format == "sh");
  CHECK(good({"init"}).what == "scenario");
}

TEST_CASE("what cannot be is one line that says which flag, why, and what would do") {
  CHECK(wrong({"serve", "--max-body", "0"}) ==
        "provider-emulator: --max-body: must be from 1 to 4294967296 bytes (see --help)\n");
  CHECK(wrong({"serve", "--log", "humam"}).find("did you mean \"human\"?") != std::string::npos);
  CHECK(wrong({"serve", "--clock", "later"}) ==
        "provider-emulator: --clock: \"later\" is none of wall, skip, manual, manual@INSTANT (see "
        "--help)\n");
  CHECK(wrong({"serve", "--clock", "manual@1700-01-01T00:00:00Z"}).find("a clock goes from") !=
        std::string::npos);
  CHECK(wrong({"hunt", "--budget", "10ms", "--", "x"}).find("must be from 1s to 24h") !=
        std::string::npos);
  CHECK(wrong({"run"}).find("wants a command behind --") != std::string::npos);
  CHECK(wrong({"serv"}).find("did you mean \"serve\"?") != std::string::npos);
}

}  // namespace
}  // namespace emulator
