// A HAR as we write it: read again it is what it was, but for its secrets.
#include "emulator/compare/har_text.h"

#include <doctest.h>

#include <algorithm>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "tests/support/manual_wall.h"

namespace emulator::test {
namespace {

compare::Recorded exchange() {
  compare::Recorded out;
  out.method = "POST";
  out.url = "https://api.bfl.ai/v1/flux-dev";
  out.headers = {{"host", "api.bfl.ai"}, {"content-type", "application/json"}};
  out.body = R"({"prompt":"x"})";
  out.at = kNewYear + std::chrono::milliseconds(123);
  out.took = std::chrono::milliseconds(80);
  out.status = 200;
  out.reply_headers = {{"content-type", "application/json"}, {"x-odd", "y"}};
  out.reply = R"({"id":"1"})";
  return out;
}

std::string text_of(const std::vector<compare::Recorded>& all) {
  std::string out;
  compare::HarText har("1.0", [&out](const std::string& piece) { out += piece; });
  for (const compare::Recorded& one : all) har.add(one, one.status == 0 ? "gone" : "");
  har.end();
  CHECK(har.count() == all.size());
  return out;
}

compare::Recording read_back(const std::string& text) {
  std::size_t at = 0;
  return compare::read_recording(
      "file",
      [&](char* into, std::size_t room) {
        const std::size_t take = std::min(room, text.size() - at);
        text.copy(into, take, at);
        at += take;
        return take;
      },
      {}, [](const compare::Recorded&) { return true; });
}

}  // namespace

TEST_CASE("a HAR that was written is read as what it was") {
  compare::Recorded none = exchange();
  none.status = 0;
  none.reply.reset();
  compare::Recorded bytes = exchange();
  bytes.body = std::string("\0\xff\x80", 3);
  bytes.reply = std::string("\x80\0x", 3);
  const auto read = read_back(text_of({exchange(), none, bytes}));
  for (const std::string& problem : read.problems) FAIL_CHECK(problem);
  CHECK(read.unanswered == 1);
  REQUIRE(read.exchanges.size() == 2);
  const compare::Recorded& one = read.exchanges[0];
  const compare::Recorded was = exchange();
  CHECK(one.method == was.method);
  CHECK(one.url == was.url);
  CHECK(one.body == was.body);
  CHECK(one.at == was.at);
  CHECK(one.took == was.took);
  CHECK(one.status == was.status);
  CHECK(one.reply == was.reply);
  CHECK(one.headers.get("host") == "api.bfl.ai");
  CHECK(one.reply_headers.get("x-odd") == "y");
  CHECK(read.exchanges[1].body == bytes.body);
  CHECK(read.exchanges[1].reply == bytes.reply);
  CHECK(read_back(text_of({})).exchanges.empty());
  CHECK(decode_json(text_of({})));
}

TEST_CASE("no secret is written, wherever it stands and however it is spelled") {
  compare::Recorded one = exchange();
  one.url += "?sig=signature-1&seed=7";
  one.headers.add("X-Key", "abc");  // shorter than anything that is looked for elsewhere
  one.headers.add("Authorization", "Bearer bearer-of-news");
  one.headers.add("Cookie", "session=crumbs-crumbs");
  one.body = R"({"prompt":"x","webhook_secret":"a\"quoted/s\u00e9cret"})";
  one.reply_headers.add("Set-Cookie", "id=more-crumbs; Path=/");
  one.reply_headers.add("location", "https://x.example/?token=tok-tok-tok");
  one.reply = R"({"echo":["bearer-of-news","a\"quoted/s\u00e9cret","a\"quoted/sécret"],)"
              R"("link":"https://x.example/a.png?Signature=signed-signed&w=1"})";
  compare::Recorded later = exchange();
  later.reply = R"({"again":"bearer-of-news"})";
  compare::Recorded upload = exchange();
  upload.body = std::string("\xff--part: bearer-of-news", 23);
  const std::string text = text_of({one, later, upload});
  CAPTURE(text);
  for (const char* secret :
       {"signature-1", "abc", "bearer-of-news", "crumbs", "quoted", "tok-tok", "signed-signed"})
    CHECK(text.find(secret) == std::string::npos);
  CHECK(text.find(base64(upload.body)) == std::string::npos);
  // And nothing else is gone.
  const auto read = read_back(text);
  REQUIRE(read.exchanges.size() == 3);
  CHECK(read.exchanges[0].url == "https://api.bfl.ai/v1/flux-dev?sig=***&seed=7");
  CHECK(read.exchanges[0].body == R"({"prompt":"x","webhook_secret":"***"})");
  CHECK(read.exchanges[1].reply == R"({"again":"***"})");
  CHECK(read.exchanges[2].body == "\xff--part: ***");
}

}  // namespace emulator::test
