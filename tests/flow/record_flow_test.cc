// `record`: a command's traffic with the real providers, for which a second emulator stands in. It
// is found as they would be from behind a proxy, and has a CA of its own.
#include <doctest.h>
#include <httplib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "tests/flow/process.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
namespace {

struct Outcome {
  int code = -1;
  std::string out, err;
};

// The real providers, as far as anybody here can tell.
class RealProviders {
 public:
  RealProviders() : server_(TestServer::quiet()) {
    httplib::Client client = patient_client(server_.port());
    const auto ca = client.Get("/_emulator/ca.pem");
    REQUIRE(ca);
    folder.write("real-ca.pem", ca->body);
  }

  // Runs a line of shell with BINARY in $E, in a network where only they can be reached.
  Outcome shell(const std::string& line, const std::string& proxy = "") const {
    const std::string via = proxy.empty() ? server_.base() : proxy;
    const std::string whole =
        "E='" BINARY
        "'; unset all_proxy ALL_PROXY http_proxy HTTP_PROXY HTTPS_PROXY no_proxy "
        "NO_PROXY EMULATOR_ALLOW_REAL; export https_proxy=" +
        via + " SSL_CERT_FILE=" + folder.at("real-ca.pem") + "; cd " + folder.path + "; { " + line +
        "\n} >" + folder.at("out") + " 2>" + folder.at("err");
    const int status = std::system(whole.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, folder.read("out"), folder.read("err")};
  }

  Json recording() const {
    const auto json = decode_json(folder.read("recording.har"));
    REQUIRE(json);
    return *json;
  }
  bool has(const std::string& name) const { return std::filesystem::exists(folder.at(name)); }
  std::uint16_t port() const { return server_.port(); }

  const ScratchFolder folder;

 private:
  TestServer server_;
};

const std::string kKey = "key-that-costs-money-4711";

// A client that knows BFL alone: asks for a picture, polls, fetches it.
const std::string kClient =
    "echo 'the command begins' >&2\n"
    "made=$(curl -sS https://api.bfl.ai/v1/flux-dev -H 'x-key: " +
    kKey +
    "' -H 'content-type: application/json' "
    "-d '{\"prompt\":\"an apple [[queue: 0s, run: 0s]]\"}')\n"
    "poll=$(printf %s \"$made\" | sed -E 's/.*\"polling_url\":\"([^\"]*)\".*/\\1/')\n"
    "ready=$(curl -sS --compressed \"$poll\" -H 'x-key: " +
    kKey +
    "')\n"
    "sample=$(printf %s \"$ready\" | sed -E 's/.*\"sample\":\"([^\"]*)\".*/\\1/')\n"
    "curl -sS -o picture \"$sample\"\n";

}  // namespace

TEST_CASE("what a command asks of the real providers is passed on, and written down without keys") {
  const RealProviders real;
  real.folder.write("client.sh", kClient);
  const Outcome outcome = real.shell("$E record --allow-real -- sh client.sh");
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out.empty());

  // What goes where is said before the command has asked for anything.
  const auto warned = outcome.err.find("costs what it costs: api.bfl.ai");
  const auto begins = outcome.err.find("the command begins");
  REQUIRE(begins != std::string::npos);
  CHECK(warned < begins);
  CHECK(outcome.err.find("is written to recording.har") < begins);
  CHECK(outcome.err.find("recorded 3 exchanges in recording.har: ") > begins);

  // They were asked with the user's own key, which is nowhere to be read.
  httplib::Client control = patient_client(real.port());
  const auto tasks = control.Get("/_emulator/sandboxes/" + kKey + "/tasks");
  REQUIRE(tasks);
  CHECK(tasks->body.find("an apple") != std::string::npos);
  const std::string text = real.folder.read("recording.har");
  CHECK(text.find("key-that-costs") == std::string::npos);
  CHECK(outcome.err.find("key-that-costs") == std::string::npos);
  CHECK(text.find(R"({"name":"x-key","value":"***"})") != std::string::npos);
  struct stat about {};
  REQUIRE(::stat(real.folder.at("recording.har").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);

  const Json entries = real.recording()["log"]["entries"];
  REQUIRE(entries.size() == 3);
  CHECK(entries[0]["request"]["url"] == "https://api.bfl.ai/v1/flux-dev");
  CHECK(entries[0]["request"]["postData"]["text"].get<std::string>().find("an apple") !=
        std::string::npos);
  CHECK(entries[1]["response"]["content"]["text"].get<std::string>().find("\"Ready\"") !=
        std::string::npos);
  const Json& content = entries[2]["response"]["content"];
  const auto picture = from_base64(content["text"].get<std::string>());
  REQUIRE(picture);
  CHECK(picture->size() > 1'000);
  CHECK(*picture == real.folder.read("picture"));

  // And it is a recording like any other: they answered as we do.
  const Outcome compared = real.shell("$E compare recording.har");
  CAPTURE(compared.out);
  CHECK(compared.code == 0);
  CHECK(compared.out.find("3 exchanges, 3 the same") != std::string::npos);
}

TEST_CASE("nothing is sent to the real providers unless it is allowed") {
  const RealProviders real;
  const Outcome outcome = real.shell("$E record -- touch made");
  CHECK(outcome.code == 2);
  CHECK(outcome.err ==
        "provider-emulator: record sends the command's requests to the real providers with its own "
        "keys, which costs money: --allow-real allows it; nothing was started\n");
  CHECK_FALSE(real.has("made"));
  CHECK_FALSE(real.has("recording.har"));
}

TEST_CASE("a recording takes no other file's place, and none is left where nothing was asked") {
  const RealProviders real;
  real.folder.write("recording.har", "dear");
  const Outcome there = real.shell("$E record --allow-real -- touch made");
  CHECK(there.code == 2);
  CHECK(there.err ==
        "provider-emulator: recording.har: is there already, and is not replaced; --out names "
        "another file\n");
  CHECK_FALSE(real.has("made"));
  CHECK(real.folder.read("recording.har") == "dear");
  struct Row {
    const char* line;
    int code;
    const char* said;
  };
  const Row rows[] = {
      {"$E record --allow-real --out new.har -- sh -c 'exit 7'", 7, "so there is no new.har"},
      {"$E record --allow-real --out new.har -- no-such-command", 127, "command not found"},
      {"$E record --allow-real --out none/new.har -- touch made", 2, "none/new.har: No such file"},
      {"$E record --allow-real", 2, "wants a command behind --"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const Outcome outcome = real.shell(row.line);
    CHECK(outcome.code == row.code);
    CHECK(outcome.err.find(row.said) != std::string::npos);
    CHECK_FALSE(real.has("new.har"));
    CHECK_FALSE(real.has("made"));
  }
}

TEST_CASE("a provider that cannot be reached is told, to the client and in the recording") {
  const RealProviders real;
  // A port that was free a moment ago.
  std::string closed;
  {
    TestServer gone(TestServer::quiet());
    closed = gone.base();
  }
  const Outcome outcome = real.shell(
      "$E record --allow-real -- curl -sS https://queue.fal.run/fal-ai/flux/dev "
      "-H 'authorization: Key " +
          kKey + "' -d '{\"prompt\":\"x\"}'",
      closed);
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("queue.fal.run: connection refused") != std::string::npos);
  CHECK(outcome.err.find("POST to queue.fal.run: connection refused") != std::string::npos);
  CHECK(outcome.err.find("1 of them without an answer") != std::string::npos);
  const Json entry = real.recording()["log"]["entries"][0];
  CHECK(entry["response"]["status"] == 0);
  CHECK(entry["response"]["_error"] == "connection refused");
  CHECK(compact_json(entry).find("key-that-costs") == std::string::npos);
  const Outcome compared = real.shell("$E compare recording.har");
  CHECK(compared.out.find("not compared: 1 exchange: no answer was recorded") != std::string::npos);
}

TEST_CASE("an answer that is too large is told, with the flag that sets the bound") {
  const RealProviders real;
  const Outcome outcome = real.shell("$E record --allow-real --max-exchange 1KiB -- curl -sS " +
                                     std::string("https://fal.run/fal-ai/flux/dev ") +
                                     "-H 'authorization: Key " + kKey +
                                     "' -H 'content-type: application/json' "
                                     "-d '{\"prompt\":\"x\",\"num_images\":\"" +
                                     std::string(2'000, 'y') + "\"}'");
  CAPTURE(outcome.err);
  CAPTURE(outcome.out);
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("the answer is larger than 1024 bytes (--max-exchange)") !=
        std::string::npos);
  CHECK(real.recording()["log"]["entries"][0]["response"]["status"] == 0);
  const Outcome wrong = real.shell("$E record --allow-real --answer-time 0 -- true");
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("--answer-time") != std::string::npos);
}

TEST_CASE("what is no provider's passes unread, and is not recorded") {
  const RealProviders real;
  TestServer other(TestServer::quiet());
  const Outcome outcome = real.shell("$E record --allow-real -- curl -sS --noproxy '' " +
                                     other.base() + "/_emulator/health");
  CAPTURE(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(outcome.out.find("\"status\":\"ok\"") != std::string::npos);
  CHECK(outcome.err.find("nothing was sent to a provider") != std::string::npos);
  CHECK_FALSE(real.has("recording.har"));
}

}  // namespace emulator::test::TEST_FILE
