// Secrets, our own fixtures, and what people read.
#include <algorithm>

#include "tests/unit/compare/recorder.h"

namespace emulator::test {

TEST_CASE("no key of a recording is ever printed") {
  const std::string key = "k3y-of-somebody-9f8e7d";
  CompareFolder folder;
  Recorder recorder;
  recorder.send("POST", "https://api.bfl.ai/v1/flux-dev",
                R"({"prompt":"x","webhook_url":"http://127.0.0.1:9/?token=hushhush1",)"
                R"("webhook_secret":"another-secret-1"})",
                {{"x-key", key}});
  Json har = recorder.har();
  Json& entry = har["log"]["entries"][0];
  entry["request"]["url"] = "https://api.bfl.ai/v1/flux-dev?api_key=" + key;
  // An answer that says the secrets again, in places that differ from ours.
  entry["response"]["content"]["text"] =
      R"({"id":")" + key + R"(","note":"another-secret-1 and )" + key +
      R"(","link":"https://x.example/?sig=abcdefabcdef","wsk":"wsk_0123456789abcdef0123"})";
  for (const char* format : {"human", "json"}) {
    CAPTURE(format);
    const auto outcome = compared({folder.write("keys.har", compact_json(har))}, {}, format);
    CAPTURE(outcome.out);
    CHECK(outcome.code == 7);
    for (const std::string& secret :
         {key, std::string("another-secret-1"), std::string("hushhush1"),
          std::string("abcdefabcdef"), std::string("wsk_0123456789abcdef0123")})
      CHECK(outcome.out.find(secret) == std::string::npos);
    CHECK(outcome.out.find("***") != std::string::npos);
  }
}

TEST_CASE("our own fixtures are what we answer") {
  const auto text_of = [](const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  std::vector<std::string> files;
  std::size_t sent = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(FIXTURES)) {
    const bool exchanges = entry.path().filename() != "story.yaml";
    if (entry.path().extension() != ".yaml" || !exchanges) continue;
    files.push_back(entry.path().string());
    const std::string text = text_of(files.back());
    for (const std::string_view line : split(text, '\n'))
      sent += trimmed(line).starts_with("send:") || trimmed(line).starts_with("- send:") ? 1 : 0;
  }
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() > 50);
  const auto outcome = compared(files);
  std::size_t same = 0;
  for (const Json& one : outcome.report["differences"]) FAIL_CHECK(compact_json(one));
  for (const Json& file : outcome.report["files"]) {
    same += file["same"].get<std::size_t>();
    for (const Json& problem : file["problems"]) FAIL_CHECK(compact_json(problem));
  }
  CHECK(outcome.code == 0);
  CHECK(same == sent);
  // And one that was tampered with is not.
  CompareFolder folder;
  std::string text = text_of(files.front());
  const auto status = text.find("status: 200");
  REQUIRE(status != std::string::npos);
  const auto other = compared({folder.write("one.yaml", text.replace(status, 11, "status: 201"))});
  CHECK(other.code == 7);
  CHECK(other.places() == std::set<std::string>{"status status"});
}

TEST_CASE("a recording that is cut off is compared as far as it goes") {
  CompareFolder folder;
  Recorder recorder;
  for (int i = 0; i < 3; ++i)
    recorder.send("GET", "https://api.bfl.ai/v1/credits", "", {{"x-key", "me"}});
  const std::string whole = compact_json(recorder.har());
  struct Row {
    const char* name;
    std::size_t left;
    std::size_t same;
    const char* said;
  };
  const Row rows[] = {{"inside the last exchange", whole.size() - 40, 2, "in exchange 3"},
                      {"behind the last exchange", whole.size() - 2, 3, "cut off at byte"}};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string file = folder.write("cut.har", whole.substr(0, row.left));
    const auto outcome = compared({file});
    CAPTURE(outcome.out);
    CHECK(outcome.code == 2);
    CHECK(outcome.report["files"][0]["same"] == row.same);
    REQUIRE(outcome.report["files"][0]["problems"].size() == 1);
    const std::string problem = outcome.report["files"][0]["problems"][0];
    CHECK(problem.starts_with(file + ": cut off at byte " + std::to_string(row.left)));
    CHECK(problem.find(row.said) != std::string::npos);
  }
}

TEST_CASE("a recording without times is followed a second at a time") {
  CompareFolder folder;
  WorldOptions options;
  options.scenario = "name: quick\ndefaults: { queue: 500ms, run: 1s }\n";
  Recorder recorder(options);
  const std::vector<std::pair<std::string, std::string>> key = {{"x-key", "me"}};
  const Json made =
      recorder.send("POST", "https://api.bfl.ai/v1/flux-dev", R"({"prompt":"x"})", key);
  for (int i = 0; i < 4; ++i) {
    recorder.send("GET", made["polling_url"], "", key);
    recorder.wait(std::chrono::milliseconds(700));
  }
  Json har = recorder.har();
  for (Json& entry : har["log"]["entries"]) {
    entry.erase("startedDateTime");
    entry.erase("time");
  }
  const auto outcome = compared({folder.write("timeless.har", compact_json(har))});
  CAPTURE(outcome.out);
  CHECK(outcome.code == 0);
  CHECK(outcome.report["files"][0]["same"] == 5);
}

TEST_CASE("people read path, theirs, ours, and where the contract says it") {
  CompareFolder folder;
  WorldOptions options;
  options.contracts = {
      "provider: bfl\nerrors:\n  not_found: { body: { status: Gone } }\nstatuses: { unknown: Gone "
      "}\n"};
  Recorder recorder(options);
  recorder.send("GET", "https://api.bfl.ai/v1/get_result?id=00000000-0000-4000-8000-000000000000");
  const std::string file = folder.write("one.har", compact_json(recorder.har()));
  const auto outcome = compared({file}, {}, "human");
  CHECK(outcome.code == 7);
  CHECK(outcome.out ==
        file +
            ": 1 exchange, 0 the same, 1 different\n"
            "  exchange 1: GET "
            "https://api.bfl.ai/v1/get_result?id=00000000-0000-4000-8000-000000000000 (bfl "
            "get_result)\n"
            "    enumeration /status: theirs \"Gone\", ours \"Task not found\" (contract: "
            "statuses.unknown)\n"
            "compared 1 file: 1 exchange, 0 the same, 1 different\n");
}

}  // namespace emulator::test
