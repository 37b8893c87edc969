// Findings and coverage over real sockets, and at the end of `run`.
#include <doctest.h>
#include <httplib.h>
#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "emulator/base/json_text.h"
#include "tests/flow/process.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
namespace {

struct Outcome {
  int code = -1;
  std::string out, err;
};

Outcome shell(const ScratchFolder& folder, const std::string& line) {
  const std::string whole = "E='" BINARY "'; cd " + folder.path + "; { " + line + "\n} >" +
                            folder.at("out") + " 2>" + folder.at("err");
  const int status = std::system(whole.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, folder.read("out"), folder.read("err")};
}

Json called(httplib::Client& client, const std::string& path) {
  const auto reply = client.Get("/_emulator" + path);
  REQUIRE(reply);
  REQUIRE(reply->status == 200);
  return *decode_json(reply->body);
}

// Pays twice: the first answer is lost.
const std::string kTwice =
    R"(for i in 1 2; do curl -s -m 5 -o /dev/null -H "x-key: $BFL_API_KEY" )"
    R"(-H "content-type: application/json" -d '{"prompt":"a cat"}' $EMULATOR_BFL_URL/v1/flux-pro-1.1 || true; done)";

const std::string kLost =
    "name: lost\nrules: [{ when: { on: submit, first: 1 }, then: { wire: lost } }]\n";

}  // namespace

TEST_CASE("findings are told by the API, by metrics, and beside the request that proves them") {
  ServeConfig config = TestServer::quiet();
  TestServer server(config);
  httplib::Client client(server.base());
  const std::string scenario = R"({"rules":[{"when":{"on":"submit","first":1},)"
                               R"("then":{"refuse":"out_of_credit"}}]})";
  REQUIRE(client.Put("/_emulator/sandboxes/me/scenario", scenario, "application/json"));
  for (int i = 0; i < 2; ++i)
    client.Post("/bfl/v1/flux-pro-1.1", {{"x-key", "me"}}, R"({"prompt":"a cat"})",
                "application/json");
  const Json report = called(client, "/sandboxes/me/findings");
  REQUIRE(report["findings"].size() == 1);
  CHECK(report["not_kept"] == 0);
  const Json& finding = report["findings"][0];
  CHECK(finding["code"] == "retried-final");
  CHECK(finding["severity"] == "error");
  CHECK(finding["requests"] == Json({"me-1", "me-2"}));
  CHECK(called(client, "/sandboxes/me/findings?severity=note")["findings"].empty());
  CHECK(client.Get("/_emulator/sandboxes/me/findings?code=nope")->status == 400);
  const auto text = client.Get("/_emulator/sandboxes/me/requests/2?format=text");
  CHECK(text->body.find("retried-final") != std::string::npos);
  const auto metrics = client.Get("/_emulator/metrics");
  CHECK(metrics->body.find("emulator_findings_total{code=\"retried-final\"} 1") !=
        std::string::npos);
  const Json coverage = called(client, "/sandboxes/me/coverage");
  CHECK(coverage["met"] == 1);
  CHECK(coverage["possible"] > 10);
  client.Post("/_emulator/sandboxes/me/reset", "{}", "application/json");
  CHECK(called(client, "/sandboxes/me/findings")["findings"].empty());
  CHECK(server.stop() == 0);
}

TEST_CASE("where nothing is watched no client is judged") {
  ServeConfig config = TestServer::quiet();
  config.judge.watched = 0;
  TestServer server(config);
  httplib::Client client(server.base());
  const std::string scenario = R"({"rules":[{"when":{"on":"submit","first":1},)"
                               R"("then":{"refuse":"out_of_credit"}}]})";
  REQUIRE(client.Put("/_emulator/sandboxes/me/scenario", scenario, "application/json"));
  for (int i = 0; i < 2; ++i)
    client.Post("/bfl/v1/flux-pro-1.1", {{"x-key", "me"}}, R"({"prompt":"a cat"})",
                "application/json");
  CHECK(called(client, "/sandboxes/me/findings")["findings"].empty());
  CHECK(called(client, "/sandboxes/me/coverage")["met"] == 0);
  CHECK(server.stop() == 0);
}

TEST_CASE("run tells findings at the end, in every form, and fails when it is told to") {
  const ScratchFolder folder;
  folder.write("lost.yaml", kLost);
  folder.write("twice.sh", kTwice);
  struct Row {
    const char* flags;
    int code;
  };
  constexpr Row rows[] = {{"", 0},
                          {"--fail-on never", 0},
                          {"--fail-on error", 4},
                          {"--fail-on note", 4},
                          {"--min-coverage 99%", 5},
                          {"--min-coverage 1%", 5},
                          {"--min-coverage 0", 0},
                          {"--fail-on error --min-coverage 99%", 4}};
  for (const Row& row : rows) {
    CAPTURE(row.flags);
    const Outcome ended = shell(folder, "$E run --seed 1 --scenario lost.yaml " +
                                            std::string(row.flags) + " -- sh twice.sh");
    CAPTURE(ended.err);
    CHECK(ended.code == row.code);
    CHECK(ended.err.find("error    paid-twice  bfl") != std::string::npos);
  }
  const Outcome ended =
      shell(folder,
            "$E run --scenario lost.yaml --report r.xml --sarif r.sarif --coverage c.json "
            "--fail-on error -- sh twice.sh");
  CHECK(ended.code == 4);
  CHECK(folder.read("r.xml").find("classname=\"findings.bfl\"") != std::string::npos);
  const auto sarif = decode_json(folder.read("r.sarif"));
  REQUIRE(sarif);
  CHECK((*sarif)["runs"][0]["results"][0]["ruleId"] == "paid-twice");
  const auto coverage = decode_json(folder.read("c.json"));
  REQUIRE(coverage);
  CHECK((*coverage)["outcomes"].size() == (*coverage)["possible"]);
  folder.write("allowed.yaml", kLost + "allow: [paid-twice, gave-up-early]\n");
  CHECK(shell(folder, "$E run --scenario allowed.yaml --fail-on note -- sh twice.sh").code == 0);
}

TEST_CASE("flags of findings and coverage refuse what they cannot use") {
  const ScratchFolder folder;
  struct Row {
    std::string flags;
    const char* said;
  };
  const Row rows[] = {{"--fail-on fatal", "none of error|warning|note|never"},
                      {"--min-coverage lots", "no share from 0% to 100%"},
                      {"--min-coverage 101%", "no share from 0% to 100%"},
                      {"--min-coverage 1" + std::string(400, '0'), "no share from 0% to 100%"},
                      {"--sarif /dev/null/x", "(--sarif)"},
                      {"--coverage /dev/null/x", "(--coverage)"}};
  for (const Row& row : rows) {
    CAPTURE(row.flags);
    const Outcome ended = shell(folder, "$E run " + row.flags + " -- true");
    CAPTURE(ended.err);
    CHECK(ended.code == 2);
    CHECK(ended.err.find(row.said) != std::string::npos);
  }
}

TEST_CASE("the catalogue of findings and the marks of outcomes are listed") {
  const ScratchFolder folder;
  const Outcome human = shell(folder, "$E list findings");
  CHECK(human.out.find("finding ") == 0);
  CHECK(human.code == 0);
  CHECK(human.out.find("paid-twice                error") != std::string::npos);
  const auto json = decode_json(shell(folder, "$E list findings --format json").out);
  REQUIRE(json);
  CHECK(json->size() == 25);
  const auto outcomes = decode_json(shell(folder, "$E list outcomes --format json").out);
  REQUIRE(outcomes);
  CHECK((*outcomes)["outcomes"].size() > 200);
  CHECK(shell(folder, "$E list outcomes").out.find("transient") != std::string::npos);
}

}  // namespace emulator::test::TEST_FILE
