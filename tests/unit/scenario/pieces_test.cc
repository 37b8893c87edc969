#include <doctest.h>

#include "emulator/base/json_text.h"
#include "tests/unit/scenario/support.h"

namespace emulator::scenario {
namespace {

using namespace std::chrono_literals;

Then read(std::string_view text) {
  auto then = load_then(text, vocabulary());
  if (then) return *std::move(then);
  FAIL(then.error());
  return {};
}

std::string complaint(std::string_view text) {
  const auto then = load_then(text, vocabulary());
  return then ? "read" : then.error();
}

TEST_CASE("a directive is a mapping without braces") {
  const Then then = read("run: 20s, end: nsfw");
  CHECK(then.run->low == 20s);
  CHECK(then.end == End::kNsfw);
  CHECK(read("").end == std::nullopt);
  CHECK(read("  { end: failed }  ").end == End::kFailed);
  CHECK(read("end: failed # why not").end == End::kFailed);
  CHECK(read("wire: {cut: 50%}, image: {size: 1x1}").image->width == 1);
}

TEST_CASE("a directive that cannot be read says why") {
  const char* const no_file =
      "\"file\" stands only in the file of --scenario: what a request carries names no file";
  struct Row {
    const char* text;
    const char* complaint;
  };
  const Row rows[] = {
      {"ends: nsfw", "unknown key \"ends\" under \"then\"; did you mean \"end\"?"},
      {"nsfw", "\"nsfw\" expects a flag by picture, such as [true, false], got nothing"},
      {"stuck", "unknown key \"stuck\" under \"then\"; did you mean \"end: stuck\"?"},
      {"run: 3, links_live: x",
       "\"run\": a bare number needs a unit: write 3s; \"links_live\" expects a duration such as "
       "250ms, 3s, 10m, 2h or 7d, got \"x\""},
      {"run: 1s} , {end: nsfw",
       "unexpected text after the end of the document: check the indentation"},
      {"run: [", "\"]\" or \"}\" without its beginning"},
      {"image: {file: pictures/a.png}", no_file},
      {"image: {file: /etc/passwd}", no_file},
      {"image: {file: [a]}", no_file},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(complaint(row.text) == row.complaint);
  }
  CHECK(complaint(std::string(9000, 'x')) == "too large: more than 8,192 bytes");
  CHECK(complaint(std::string(500, '{')) != "read");
}

TEST_CASE("every key of then is read") {
  CHECK(read("polls: 3").polls == 3);
  CHECK(read("links_live: 10m").links_live->low == 10min);
  CHECK(read("nsfw: [true, false]").nsfw == std::vector<bool>{true, false});
  CHECK(read("nsfw: true").nsfw == std::vector<bool>{true});
  CHECK(read("links: gone").links == LinkState::kGone);
  CHECK(read("refuse: rate_limited, retry_after: 2s").retry_after->low == 2s);
  CHECK(read("delay: 1s..2s").delay->high == 2s);
  CHECK(read("wire: lost").wire->kind == Wire::Kind::kLost);
  CHECK(read("wire: {cut: 50%}").wire->share == doctest::Approx(0.5));
  CHECK(read("wire: {cut: 1000}").wire->bytes == 1000);
  CHECK(read("wire: {cut: 1000}").wire->share < 0);
  CHECK(read("wire: {slow: 2KB/s}").wire->bytes == 2000);
  CHECK(read("image: rotated").image->kind == ImageTrouble::Kind::kRotated);
  CHECK(read("image: {style: noise, size: 8x4}").image->height == 4);
  CHECK(read("image: {caption: off}").image->caption == false);
  CHECK(read("image: {caption: on, style: noise}").image->caption == true);
  CHECK_FALSE(read("image: {style: noise}").image->caption);
  CHECK(read("webhook: early").webhook->early);
  CHECK(read("webhook: {times: 2, delay: 3s, wrong_key: true}").webhook->wrong_key);
  CHECK(read("webhook: {times: 2}").webhook->times == 2);
  CHECK(read("webhook: {delay: 3s}").webhook->delay->low == 3s);
}

TEST_CASE("an error is named, or given by code and message, and means that the task fails") {
  const Then named = read("end: timed_out, error: slow");
  CHECK(named.error->name == "slow");
  CHECK(named.end == End::kTimedOut);
  const Then given = read("error: {code: 1402, message: not reachable}");
  CHECK(given.error->code == Json(1402));
  CHECK(given.error->message == "not reachable");
  CHECK(given.end == End::kFailed);
  CHECK(read("error: {code: \"E1\", message: x}").error->code == Json("E1"));
  CHECK(read("error: {message: x}").error->code.is_null());
}

TEST_CASE("a reply is changed in its parts") {
  const Then whole =
      read("reply: {status: 418, headers: {X-Tea: pot}, body: {a: [1, \"2\", null]}}");
  CHECK(whole.reply->status == 418u);
  REQUIRE(whole.reply->headers.size() == 1);
  CHECK(whole.reply->headers[0].second == "pot");
  CHECK(whole.reply->body == "{\"a\":[1,\"2\",null]}");
  CHECK(whole.reply->patch.is_null());
  CHECK(read("reply: {body: plain}").reply->body == "plain");
  CHECK(read("reply: {body: ''}").reply->body == "");
  CHECK(compact_json(
            read("reply: {patch: {status: Ready, result: null, n: 007, f: 1.5}}").reply->patch) ==
        "{\"status\":\"Ready\",\"result\":null,\"n\":\"007\",\"f\":1.5}");
}

TEST_CASE("what one rule leaves open the next may fill") {
  struct Row {
    const char* name;
    const char* mine;
    const char* other;
    bool (*holds)(const Then&);
  };
  const Row rows[] = {
      {"open is filled", "queue: 1s", "run: 2s, links_live: 3s",
       [](const Then& t) {
         return t.queue->low == 1s && t.run->low == 2s && t.links_live->low == 3s;
       }},
      {"set stays", "run: 1s, end: failed, wire: lost", "run: 2s, end: nsfw, wire: reset",
       [](const Then& t) {
         return t.run->low == 1s && t.end == End::kFailed && t.wire->kind == Wire::Kind::kLost;
       }},
      {"polls are not taken beside a time", "run: 1s", "polls: 3",
       [](const Then& t) { return !t.polls; }},
      {"times are not taken beside polls", "polls: 3", "run: 1s, queue: 2s",
       [](const Then& t) { return t.polls == 3 && !t.run && !t.queue; }},
      {"an error of another ending is not taken", "end: timed_out", "end: failed, error: x",
       [](const Then& t) { return !t.error && t.end == End::kTimedOut; }},
      {"an error of the same ending is", "end: failed", "end: failed, error: x",
       [](const Then& t) { return t.error->name == "x"; }},
      {"a waiting time of another refusal is not taken", "refuse: unavailable",
       "refuse: rate_limited, retry_after: 3s", [](const Then& t) { return !t.retry_after; }},
      {"the rest is", "",
       "nsfw: true, links: gone, delay: 1s, reply: {status: 500}, image: black, "
       "webhook: drop, refuse: conflict, retry_after: 1s, end: nsfw",
       [](const Then& t) {
         return !t.nsfw.empty() && t.links && t.delay && t.reply && t.image && t.webhook &&
                t.refuse && t.retry_after && t.end;
       }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Then then = read(row.mine);
    then.fill_from(read(row.other));
    CHECK(row.holds(then));
  }
}

TEST_CASE("conditions are read from JSON") {
  const auto when = load_when(
      Json{{"provider", "fal"}, {"on", "any"}, {"body", {{"seed", "7"}, {"n", {{"above", 1}}}}}},
      vocabulary());
  REQUIRE(when);
  const Json body = {{"seed", "7"}, {"n", 2}};
  Occasion occasion = submit("fal");
  occasion.body = &body;
  CHECK(holds(**when, occasion));
  const Json number = {{"seed", 7}, {"n", 2}};
  occasion.body = &number;
  CHECK_FALSE(holds(**when, occasion));  // a JSON text is a text
}

TEST_CASE("conditions in JSON that cannot be read say why") {
  struct Row {
    Json when;
    const char* complaint;
  };
  const Row rows[] = {
      {Json{{"provider", "foo"}},
       "unknown provider \"foo\"; known are bfl, fal, wavespeed, apiframe and vtrix"},
      {Json{{"nth", 2}}, "\"nth\" cannot be used here: requests are counted by \"times\""},
      {Json::array(),
       "\"when\" expects conditions such as {on: submit, nth: 2}, got an empty list"},
      {Json{{"on", "sumbit"}, {"promt", 1}},
       "unknown on \"sumbit\"; did you mean \"submit\"?; unknown key \"promt\" under \"when\"; did "
       "you mean \"prompt\"?"},
  };
  for (const Row& row : rows) {
    CAPTURE(compact_json(row.when));
    const auto when = load_when(row.when, vocabulary());
    REQUIRE_FALSE(when);
    CHECK(when.error() == row.complaint);
  }
}

}  // namespace
}  // namespace emulator::scenario
