// The formats, as each program writes them, and what may be wrong with a file.
#include <doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "emulator/base/text.h"
#include "emulator/compare/inflate.h"
#include "emulator/compare/recording.h"
#include "tests/support/manual_wall.h"

namespace emulator::test {
namespace {

compare::Recording recording_of(const std::string& text, compare::ReadLimits limits = {}) {
  std::size_t at = 0;
  return compare::read_recording(
      "file",
      [&](char* into, std::size_t room) {
        // Short pieces, so that everything is cut somewhere.
        const std::size_t take = std::min({room, text.size() - at, std::size_t{7}});
        text.copy(into, take, at);
        at += take;
        return take;
      },
      limits,
      [](const compare::Recorded& one) { return one.url.find("bfl.ai") != std::string::npos; });
}

std::string har(const std::string& entries) {
  return R"({"log":{"version":"1.2","pages":[{"title":"}]\"{"}],"entries":[)" + entries + "]}}";
}

const char* const kEntry =
    R"({"startedDateTime":"2026-01-01T00:00:00.000Z","time":12,"request":{"method":"GET",)"
    R"("url":"https://api.bfl.ai/v1/credits","headers":[]},"response":{"status":200,)"
    R"("headers":[],"content":{"text":"{\"credits\":5}"}}})";

// `printf '{"credits":5}' | gzip -n | base64`
const char* const kZipped = "H4sIAAAAAAAAA6tWSi5KTcksKVayMq0FAM4bMUANAAAA";

}  // namespace

TEST_CASE("a HAR is read as each program writes it") {
  struct Row {
    const char* name;
    std::string entry;
    std::string body;
  };
  const Row rows[] = {
      {"Chromium: pseudo headers, base64, extra members",
       R"({"_initiator":{"type":"script"},"_priority":"High","_resourceType":"fetch","cache":{},)"
       R"("connection":"443","request":{"method":"GET","url":"https://api.bfl.ai/v1/credits",)"
       R"("httpVersion":"http/2.0","headers":[{"name":":authority","value":"api.bfl.ai"},)"
       R"({"name":"x-key","value":"k"}],"queryString":[],"cookies":[],"headersSize":-1,)"
       R"("bodySize":0},"response":{"status":200,"statusText":"","headers":[)"
       R"({"name":"content-type","value":"application/json"}],"content":{"size":13,)"
       R"("mimeType":"application/json","text":"eyJjcmVkaXRzIjo1fQ==","encoding":"base64"},)"
       R"("redirectURL":"","_transferSize":100},"serverIPAddress":"1.2.3.4",)"
       R"("startedDateTime":"2026-01-01T00:00:00.123Z","time":81.5,"timings":{"wait":80}})",
       R"({"credits":5})"},
      {"Firefox: an offset, no time of its own",
       R"({"startedDateTime":"2026-01-01T02:00:00.123+02:00","request":{"bodySize":0,)"
       R"("method":"GET","url":"https://api.bfl.ai/v1/credits","httpVersion":"HTTP/2",)"
       R"("headers":[{"name":"Host","value":"api.bfl.ai"}],"cookies":[],"queryString":[],)"
       R"("headersSize":400},"response":{"status":200,"headers":[],"cookies":[],)"
       R"("content":{"mimeType":"application/json","size":13,"text":"{\"credits\":5}"},)"
       R"("bodySize":313},"cache":{},"timings":{},"_securityState":"secure"})",
       R"({"credits":5})"},
      {"mitmproxy: numbers of -1, HTTP/2.0",
       R"({"startedDateTime":"2026-01-01T00:00:00.123000+00:00","time":-1,"request":)"
       R"({"method":"GET","url":"https://api.bfl.ai/v1/credits","httpVersion":"HTTP/2.0",)"
       R"("headers":[],"bodySize":0},"response":{"status":200,"headers":[],"content":)"
       R"({"size":13,"compression":0,"mimeType":"application/json","text":"{\"credits\":5}"}},)"
       R"("cache":{},"timings":{"connect":-1.0},"serverIPAddress":"1.2.3.4"})",
       R"({"credits":5})"},
      {"Charles: an offset without a colon, a body still compressed",
       R"({"startedDateTime":"2026-01-01T02:00:00.123+0200","time":5,"request":{"method":"GET",)"
       R"("url":"https://api.bfl.ai/v1/credits","headers":[]},"response":{"_charlesStatus":)"
       R"("COMPLETE","status":200,"headers":[{"name":"Content-Encoding","value":"gzip"}],)"
       R"("content":{"size":33,"mimeType":"application/json","text":")" +
           std::string(kZipped) + R"(","encoding":"base64"}}})",
       R"({"credits":5})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = recording_of("\xEF\xBB\xBF" + har(row.entry));
    for (const std::string& problem : read.problems) FAIL_CHECK(problem);
    REQUIRE(read.exchanges.size() == 1);
    const compare::Recorded& one = read.exchanges[0];
    CHECK(one.status == 200);
    CHECK(one.reply == row.body);
    CHECK(one.reply_headers.get("content-type") == "application/json");
    CHECK_FALSE(one.headers.has(":authority"));
    REQUIRE(one.at);
    CHECK(*one.at == kNewYear + std::chrono::milliseconds(123));
  }
}

TEST_CASE("a cassette is read as each version writes it") {
  struct Row {
    const char* name;
    std::string text;
  };
  const std::string binary = "!!binary |\n        " + std::string(kZipped) + "\n";
  const Row rows[] = {
      {"VCR.py in YAML",
       "interactions:\n- request:\n    body: null\n    headers:\n      Accept: ['*/*']\n"
       "    method: GET\n    uri: https://api.bfl.ai/v1/credits\n  response:\n    body:\n"
       "      string: '{\"credits\":5}'\n    headers:\n      Content-Type: [application/json]\n"
       "      Date: ['Thu, 01 Jan 2026 00:00:00 GMT']\n    status: {code: 200, message: OK}\n"
       "version: 1\n"},
      {"VCR.py in YAML, a body compressed",
       "interactions:\n- request:\n    body: null\n    headers: {}\n    method: GET\n"
       "    uri: https://api.bfl.ai/v1/credits\n  response:\n    body:\n      string: " +
           binary +
           "    headers:\n      Content-Type: [application/json]\n      Content-Encoding: [gzip]\n"
           "      Date: ['Thu, 01 Jan 2026 00:00:00 GMT']\n    status:\n      code: 200\n"
           "      message: OK\nversion: 1\n"},
      {"VCR.py in JSON",
       R"({"version": 1, "interactions": [{"request": {"method": "GET", "uri": )"
       R"("https://api.bfl.ai/v1/credits", "body": null, "headers": {"Accept": ["*/*"]}}, )"
       R"("response": {"status": {"code": 200, "message": "OK"}, "headers": {"Content-Type": )"
       R"(["application/json"], "Date": ["Thu, 01 Jan 2026 00:00:00 GMT"]}, )"
       R"("body": {"string": "{\"credits\":5}"}}}]})"},
      {"VCR.py in JSON, base64",
       R"({"version": 1, "interactions": [{"request": {"method": "GET", "uri": )"
       R"("https://api.bfl.ai/v1/credits", "body": null, "headers": {}}, "response": )"
       R"({"status": {"code": 200}, "headers": {"Content-Type": "application/json", )"
       R"("Date": "Thu, 01 Jan 2026 00:00:00 GMT"}, )"
       R"("body": {"base64_string": "eyJjcmVkaXRzIjo1fQ=="}}}]})"},
      {"httpx before version 6",
       "interactions:\n- request:\n    body: ''\n    headers: {}\n    method: GET\n"
       "    uri: https://api.bfl.ai/v1/credits\n  response:\n    content: '{\"credits\":5}'\n"
       "    headers:\n      content-type: application/json\n"
       "      date: Thu, 01 Jan 2026 00:00:00 GMT\n    http_version: HTTP/1.1\n"
       "    status_code: 200\nversion: 1\n"},
      {"Ruby's VCR",
       "---\nhttp_interactions:\n- request:\n    method: get\n"
       "    uri: https://api.bfl.ai/v1/credits\n    body:\n      encoding: US-ASCII\n"
       "      string: ''\n    headers: {}\n  response:\n    status:\n      code: 200\n"
       "      message: OK\n    headers:\n      Content-Type:\n      - application/json\n"
       "    body:\n      encoding: UTF-8\n      string: '{\"credits\":5}'\n"
       "  recorded_at: Thu, 01 Jan 2026 00:00:00 GMT\nrecorded_with: VCR 6.1.0\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = recording_of(row.text);
    for (const std::string& problem : read.problems) FAIL_CHECK(problem);
    REQUIRE(read.exchanges.size() == 1);
    const compare::Recorded& one = read.exchanges[0];
    CHECK(one.method == "GET");
    CHECK(one.status == 200);
    CHECK(one.reply == R"({"credits":5})");
    CHECK(one.reply_headers.get("content-type") == "application/json");
    REQUIRE(one.at);
    CHECK(*one.at == kNewYear);
  }
}

TEST_CASE("what is wrong with a file is said with its place, and the rest is read") {
  struct Row {
    const char* name;
    std::string text;
    std::string problem;
    std::size_t read;
  };
  const std::string good =
      "- request:\n    body: null\n    headers: {}\n    method: GET\n"
      "    uri: https://api.bfl.ai/v1/credits\n  response:\n    body: {string: '{}'}\n"
      "    headers: {}\n    status: {code: 200, message: OK}\n";
  const std::string entry = kEntry;
  std::string tagged = good;
  tagged.replace(tagged.find("body: null"), 10,
                 "body: !!python/object/apply:os.system ['touch /tmp/never']");
  const Row rows[] = {
      {"nothing", "", "file: empty", 0},
      {"blanks", " \n\t", "file: empty", 0},
      {"another JSON", R"({"a":[1]})", "file: neither a HAR", 0},
      {"prose", "Dear all,\n", "file: neither a HAR", 0},
      {"a page of HTML", "<html><body>x</body></html>", "file: neither a HAR", 0},
      {"compressed itself", "\x1f\x8b\x08", "file: compressed; gunzip it first", 0},
      {"cut off between exchanges", har(entry + ",").substr(0, har(entry + ",").size() - 3),
       "file: cut off at byte", 1},
      {"cut off inside one", har(entry + "," + entry).substr(0, har(entry).size() + 60),
       "in exchange 2; the 1 before are read", 1},
      {"an entry that is no exchange", har("{}," + entry), "file: exchange 1: no \"request\"", 1},
      {"an entry that is broken", har(R"({"request":nil},)" + entry),
       "file: exchange 1: no JSON: Expecting value", 1},
      {"a bracket too many", har(entry) + "]", "file: a \"]\" that closes nothing at byte", 1},
      {"base64 that is none",
       har(R"({"request":{"method":"GET","url":"https://api.bfl.ai/v1/credits"},"response":)"
           R"({"status":200,"content":{"text":"%%%","encoding":"base64"}}})"),
       "exchange 1: its response body is said to be base64, and is not", 1},
      {"a tag of Python's", "interactions:\n" + good + tagged + good + "version: 1\n",
       "file:11: exchange 2: line 12: the tag \"!!python/object/apply:os.system\" asks for an "
       "object to be made, which is not done",
       2},
      {"a cassette cut off", "interactions:\n" + good + good.substr(0, 60) + "\"",
       "exchange 2: ", 1},
      {"a cassette without status",
       "interactions:\n- request: {method: GET, uri: 'https://api.bfl.ai/'}\n  response: {}\n",
       "file:2: exchange 1: no \"response\" with a status", 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto read = recording_of(row.text);
    CHECK(read.exchanges.size() == row.read);
    std::string all;
    for (const std::string& problem : read.problems) all += problem + "\n";
    CAPTURE(all);
    CHECK(all.find(row.problem) != std::string::npos);
    CHECK(read.problems.size() == 1);
  }
  CHECK_FALSE(std::filesystem::exists("/tmp/never"));
}

TEST_CASE("bodies that are no text are read byte by byte") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  const auto read = recording_of(
      har(R"({"request":{"method":"POST","url":"https://api.bfl.ai/v1/x","bodySize":256,)"
          R"("postData":{"mimeType":"application/octet-stream","encoding":"base64","text":")" +
          base64(bytes) +
          R"("}},"response":{"status":200,"content":{"mimeType":"application/octet-stream",)"
          R"("size":256,"encoding":"base64","text":")" +
          base64(bytes) + R"("}}})"));
  CHECK(read.problems.empty());
  REQUIRE(read.exchanges.size() == 1);
  CHECK(read.exchanges[0].body == bytes);
  CHECK(read.exchanges[0].reply == bytes);
  // Some write bytes as they come into what is to be UTF-8.
  const auto raw = recording_of(
      har(std::string(R"({"request":{"method":"GET","url":"https://api.bfl.ai/v1/credits"},)") +
          R"("response":{"status":200,"content":{"text":")" + "a\xff\xfe" + R"("}}},)" + kEntry));
  CHECK(raw.problems.empty());
  REQUIRE(raw.exchanges.size() == 2);
  CHECK(raw.exchanges[0].reply == "a\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("nothing of a recording grows without end") {
  const std::string entry = kEntry;
  SUBCASE("an exchange that is too large is left out, and the next is read") {
    compare::ReadLimits limits;
    limits.exchange = 2'000;
    std::string large = entry;
    large.replace(large.find("\\\"credits"), 3, std::string(50'000, 'x'));
    const auto read = recording_of(har(large + "," + entry), limits);
    CHECK(read.exchanges.size() == 1);
    REQUIRE(read.problems.size() == 1);
    CHECK(read.problems[0] == "file: exchange 1: left out: larger than --max-exchange 2000 bytes");
  }
  SUBCASE("so many exchanges, and no more") {
    compare::ReadLimits limits;
    limits.exchanges = 1;
    const auto read = recording_of(har(entry + "," + entry + "," + entry), limits);
    CHECK(read.exchanges.size() == 1);
    REQUIRE(read.problems.size() == 1);
    CHECK(read.problems[0].find("--max-exchanges 1") != std::string::npos);
  }
  SUBCASE("so many bytes kept, and no more") {
    compare::ReadLimits limits;
    limits.kept = 2'000;
    std::string all = entry;
    for (int i = 0; i < 50; ++i) all += "," + entry;
    const auto read = recording_of(har(all), limits);
    CHECK(read.exchanges.size() < 10);
    REQUIRE(read.problems.size() == 1);
    CHECK(read.problems[0].find("--max-kept 2000") != std::string::npos);
  }
  SUBCASE("a small body that is large once it is decompressed") {
    const auto bytes = from_base64(kZipped);
    REQUIRE(bytes);
    const auto plain = compare::inflated(*bytes, 100);
    REQUIRE(plain);
    CHECK(*plain == R"({"credits":5})");
    CHECK_FALSE(compare::inflated(*bytes, 5));
    CHECK_FALSE(compare::inflated(bytes->substr(0, 20), 100));
  }
  SUBCASE("other hosts are counted and not kept") {
    std::string other = entry;
    other.replace(other.find("api.bfl.ai"), 10, "example.org");
    const auto read = recording_of(har(other + "," + entry + "," + other));
    CHECK(read.exchanges.size() == 1);
    CHECK(read.exchanges[0].number == 2);
    CHECK(read.other_hosts.at("example.org") == 2);
    CHECK(read.problems.empty());
  }
}

}  // namespace emulator::test
