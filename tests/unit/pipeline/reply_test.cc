#include "emulator/pipeline/reply.h"

#include <doctest.h>

#include <string>

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

using scenario::Span;
using scenario::Then;

Then then_of(std::string_view text) {
  auto then = scenario::load_then(text, {});
  REQUIRE(then);
  return *then;
}

http::Reply worded() {
  http::Reply reply;
  reply.headers.add("content-type", "application/json");
  reply.body = R"({"id":"7","status":"Ready"})";
  return reply;
}

Json no_fact(std::string_view) { return nullptr; }

}  // namespace

TEST_CASE("a request may say itself what shall happen, in a header or in its prompt") {
  struct Row {
    const char* name;
    std::optional<std::string> header;
    const char* prompt;
    std::optional<std::string> in_prompt;
  };
  const Row rows[] = {
      {"neither", std::nullopt, "a beach", std::nullopt},
      {"the header", "end: failed", "a beach", std::nullopt},
      {"the prompt", std::nullopt, "a [[run: 2s]] beach [[run: 3s]]", "run: 2s"},
      {"no end to it", std::nullopt, "a [[run: 2s] beach", std::nullopt},
      {"an end before", std::nullopt, "]] a [[", std::nullopt},
      {"nothing in it", std::nullopt, "a [[]] beach", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    http::Headers headers;
    if (row.header) headers.add("X-Emulator-Then", *row.header);
    const Directives found = directives_of(headers, row.prompt);
    CHECK(found.header == row.header);
    CHECK(found.prompt == row.in_prompt);
    CHECK(found.any() == (row.header || row.in_prompt));
  }
}

TEST_CASE("directives go before the file, the prompt's before the header's") {
  const Then file = then_of("queue: 1s, run: 1s, end: failed");
  const Directed own = directed(file, {"run: 2s, end: nsfw", "run: 3s"}, {});
  CHECK(own.problem == "");
  CHECK(own.then.queue->low == 1s);
  CHECK(own.then.run->low == 3s);
  CHECK(own.then.end == End::kNsfw);
  CHECK(own.note == "header x-emulator-then: run: 2s, end: nsfw; directive in the prompt: run: 3s");
}

TEST_CASE("the first directive that makes no sense ends the reading, with its place and why") {
  const Directed header = directed({}, {"end: perhaps", "run: 3s"}, {});
  CHECK(header.problem.starts_with("header x-emulator-then: "));
  CHECK(header.note == "");
  CHECK_FALSE(header.then.run);
  const Directed prompt = directed({}, {"run: 3s", "end: perhaps"}, {});
  CHECK(prompt.problem.starts_with("directive in the prompt: "));
  CHECK(prompt.then.run->low == 3s);  // what came before holds
}

TEST_CASE("a refusal is the provider's to have") {
  Draw draw(1);
  const Then then = then_of("refuse: rate_limited, retry_after: 5s");
  CHECK_FALSE(scripted_refusal({}, {RefusalKind::kRateLimited}, draw).refusal);
  const auto [refusal, trace] = scripted_refusal(then, {RefusalKind::kRateLimited}, draw);
  REQUIRE(refusal);
  CHECK(refusal->kind == RefusalKind::kRateLimited);
  CHECK(refusal->retry_after == 5s);
  CHECK(trace.note == "");
  const auto left_out = scripted_refusal(then, {RefusalKind::kOutOfCredit}, draw);
  CHECK_FALSE(left_out.refusal);
  CHECK(left_out.trace.note == "this provider has no rate_limited, so the rule was left out");
}

TEST_CASE("a wait that chance decides moves the draw on, and is noted") {
  Draw draw(1), untouched(1);
  const auto made = scripted_refusal(then_of("refuse: rate_limited, retry_after: 5s..9s"),
                                     {RefusalKind::kRateLimited}, draw);
  REQUIRE(made.trace.drawn.size() == 1);
  CHECK(std::string(made.trace.drawn[0].what) == "retry_after");
  CHECK(made.trace.drawn[0].value == made.refusal->retry_after);
  CHECK(draw.next() != untouched.next());
}

TEST_CASE("a reply that nothing was said of goes out as it is worded") {
  CHECK_FALSE(changes_reply({}));
  const Scripted out = scripted(worded(), {}, Draw(1), no_fact);
  CHECK(out.reply.body == worded().body);
  CHECK(out.reply.status == 200);
  CHECK(out.wire == "");
  CHECK(out.delay == 0s);
}

TEST_CASE("status, headers and body are changed as they are scripted") {
  const Then then = then_of("reply: {status: 503, headers: {x-id: '{id}'}, patch: {status: Busy}}");
  CHECK(changes_reply(then));
  http::Reply reply = worded();
  reply.headers.add("x-emulator-error", "not_emulated");
  const Scripted out = scripted(std::move(reply), then, Draw(1), [](std::string_view name) {
    return name == "id" ? Json("7") : Json();
  });
  CHECK(out.reply.status == 503);
  CHECK(out.reply.body == R"({"id":"7","status":"Busy"})");
  CHECK(out.reply.headers.get("x-id") == "7");
  // What stands in for something that is not emulated is no error of ours any more.
  CHECK_FALSE(out.reply.headers.has("x-emulator-error"));
}

TEST_CASE("a fault on the wire is asked for, or left out with a reason") {
  const Scripted cut = scripted(worded(), then_of("wire: {cut: 10}"), Draw(1), no_fact);
  CHECK(cut.wire == "cut");
  CHECK(cut.reply.fault.kind == http::Fault::Kind::kCut);
  CHECK(cut.reply.fault.bytes == 10);
  CHECK(cut.trace.note == "");

  http::Reply text;
  text.headers.add("content-type", "text/plain");
  text.body = "no braces";
  const Scripted left_out = scripted(std::move(text), then_of("wire: bad_json"), Draw(1), no_fact);
  CHECK(left_out.wire == "");
  CHECK(left_out.trace.note != "");
  CHECK(left_out.reply.body == "no braces");
}

TEST_CASE("a delay is drawn and not waited for") {
  const Scripted fixed = scripted(worded(), then_of("delay: 2s"), Draw(1), no_fact);
  CHECK(fixed.delay == 2s);
  CHECK(fixed.trace.drawn.empty());
  const Then then = then_of("delay: 2s..4s");
  const Scripted one = scripted(worded(), then, Draw(1), no_fact);
  CHECK(one.delay >= 2s);
  CHECK(one.delay <= 4s);
  REQUIRE(one.trace.drawn.size() == 1);
  CHECK(one.trace.drawn[0].value == one.delay);
  CHECK(scripted(worded(), then, Draw(1), no_fact).delay == one.delay);
}

}  // namespace emulator::test
