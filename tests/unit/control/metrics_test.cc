#include <map>
#include <set>
#include <string>

#include "emulator/base/text.h"
#include "tests/unit/control/api.h"

namespace emulator::test {
namespace {

struct Scrape {
  std::map<std::string, std::string> types;    // by family
  std::map<std::string, std::string> samples;  // name with labels -> value
  std::set<std::string> helped;
};

Scrape scraped(Api& api) {
  const http::Reply reply = api.reply("GET", "/metrics");
  CHECK(reply.headers.get("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(reply.body.ends_with('\n'));
  Scrape out;
  for (const std::string_view line : split(reply.body, '\n')) {
    if (line.empty()) continue;
    const auto words = split(line, ' ');
    REQUIRE(words.size() >= 2);
    if (line.starts_with("# HELP ")) {
      out.helped.insert(std::string(words[2]));
    } else if (line.starts_with("# TYPE ")) {
      CHECK(out.types.emplace(std::string(words[2]), std::string(words[3])).second);
    } else {
      const auto blank = line.rfind(' ');
      CHECK(out.samples
                .emplace(std::string(line.substr(0, blank)), std::string(line.substr(blank + 1)))
                .second);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("names follow the conventions: counters end in _total, units are base units") {
  Api api;
  api.submit("me");
  const Scrape scrape = scraped(api);
  CHECK(scrape.types.size() > 12);
  for (const auto& [name, type] : scrape.types) {
    const auto& this_name = name;
    CAPTURE(this_name);
    CHECK((type == "counter") == name.ends_with("_total"));
    CHECK((name.starts_with("emulator_") || name.starts_with("process_")));
    CHECK(scrape.helped.count(name) == 1);
    for (const char* unit : {"_ms", "millis", "micro", "_kb", "_mb", "percent"})
      CHECK(name.find(unit) == std::string::npos);
  }
}

TEST_CASE("answers are counted by provider, kind and status; refusals and faults by their word") {
  Api api;
  api.poll(api.submit("me"));
  api.scenario("no", "{name: no, rules: [{when: {on: submit}, then: {refuse: rate_limited}}]}");
  api.submit("no");
  api.scenario("lost", "{name: lost, rules: [{when: {on: submit}, then: {wire: lost}}]}");
  api.world.send(request("POST", "/bfl/v1/flux-dev", {{"x-key", "lost"}}, R"({"prompt":"a"})"));
  auto samples = scraped(api).samples;
  const std::string name = "emulator_requests_total{provider=\"bfl\",on=";
  CHECK(samples[name + "\"submit\",status=\"200\"}"] == "1");
  CHECK(samples[name + "\"poll\",status=\"200\"}"] == "1");
  CHECK(samples[name + "\"submit\",status=\"429\"}"] == "1");
  CHECK(samples[name + "\"submit\",status=\"0\"}"] == "1");
  CHECK(samples["emulator_refusals_total{reason=\"rate_limited\"}"] == "1");
  CHECK(samples["emulator_wire_faults_total{kind=\"lost\"}"] == "1");
  CHECK(samples["emulator_sandboxes"] == "3");
  CHECK(samples["emulator_tasks"] == "2");
  CHECK(samples["emulator_journal_entries"] == "4");
  CHECK(samples["emulator_build_info{version=\"1.2.3\"}"] == "1");
  CHECK(samples["process_start_time_seconds"] == "1767225600");
  CHECK(samples["emulator_connections_total"] == "3");
  CHECK(samples["emulator_request_duration_seconds_count"] == "4");
  CHECK(samples["emulator_request_duration_seconds_bucket{le=\"+Inf\"}"] == "4");
}

}  // namespace emulator::test
