// What becomes of webhooks, told from outside: when each goes out, and how it ends.
#include "emulator/webhook/courier.h"

#include <doctest.h>

#include "tests/unit/webhook/desk.h"
#include "tests/unit/webhook/receipts.h"

namespace emulator::webhook {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::barred;
using test::Desk;
using test::failure;
using test::Script;

Script with(const std::function<void(scenario::WebhookTrouble&)>& set) {
  Script out;
  set(out.trouble);
  return out;
}

Script changed_script(const std::function<void(Script&)>& set) {
  Script out;
  set(out);
  return out;
}

TEST_CASE("what follows from a receiver's answers") {
  struct Row {
    const char* what;
    std::vector<http::Receipt> answers;
    const char* trace;
    const char* state;
  };
  const Row rows[] = {
      {"acknowledged", {answer(204)}, "10 POST /hook t1 at 10", "delivered"},
      {"tried again, with the words of the event",
       {answer(500), answer(404), answer(200)},
       "10 POST /hook t1 at 10; 11 POST /hook t1 at 10; 16 POST /hook t1 at 10",
       "delivered"},
      {"given up",
       {answer(500), failure("connection reset"), answer(503)},
       "10 POST /hook t1 at 10; 11 POST /hook t1 at 10; 16 POST /hook t1 at 10",
       "failed: given up, the last attempt with: status 503"},
      {"given up without an answer",
       {answer(500), answer(500), failure("no answer in time")},
       "10 POST /hook t1 at 10; 11 POST /hook t1 at 10; 16 POST /hook t1 at 10",
       "failed: given up, the last attempt with: no answer in time"},
      {"an acknowledgement that breaks off is none",
       {failure("connection reset", 200), answer(200)},
       "10 POST /hook t1 at 10; 11 POST /hook t1 at 10",
       "delivered"},
      {"a status that settles it",
       {answer(500), answer(304)},
       "10 POST /hook t1 at 10; 11 POST /hook t1 at 10",
       "failed: status 304 is not tried again"},
      {"such a status of an answer that breaks off does not",
       {failure("connection reset", 304), answer(200)},
       "10 POST /hook t1 at 10; 11 POST /hook t1 at 10",
       "delivered"},
      {"barred", {barred("not there")}, "10 POST /hook t1 at 10", "refused: not there"},
      {"a redirect is followed with method and body",
       {answer(307, "/there")},
       "10 POST /hook t1 at 10; 10 POST /there t1 at 10",
       "delivered"},
      {"or without",
       {answer(303, "/there")},
       "10 POST /hook t1 at 10; 10 GET /there without body",
       "delivered"},
      {"but only so often",
       {answer(308, "/there"), answer(308, "/further")},
       "10 POST /hook t1 at 10; 10 POST /there t1 at 10",
       "failed: status 308 is not tried again"},
      {"once for each attempt",
       {answer(308, "/there"), answer(500), answer(308, "/there")},
       "10 POST /hook t1 at 10; 10 POST /there t1 at 10; 11 POST /hook t1 at 10; 11 POST /there t1 "
       "at 10",
       "delivered"},
      {"not to what is no address",
       {answer(308, "http://")},
       "10 POST /hook t1 at 10",
       "failed: status 308 is not tried again"},
      {"not to the control API",
       {answer(308, "/_emulator/reset")},
       "10 POST /hook t1 at 10",
       "refused: the control API takes no webhooks, only its inboxes do (/_emulator/inbox/NAME)"},
  };
  for (const Row& row : rows) {
    const std::string what = row.what;
    CAPTURE(what);
    Desk desk;
    desk.answer(row.answers);
    desk.submit();
    CHECK(desk.states() == "wh-1 pending");
    CHECK(desk.advance(1h));
    CHECK(desk.taken() == row.trace);
    CHECK(desk.states() == std::string("wh-1 ") + row.state);
    CHECK(desk.courier->waiting() == 0);
    CHECK(desk.courier->running() == 0);
  }
}

TEST_CASE("what the scenario has go wrong") {
  struct Row {
    const char* what;
    Script script;
    const char* trace;
    const char* states;
  };
  const Row rows[] = {
      {"dropped", with([](auto& trouble) { trouble.drop = true; }), "",
       "wh-1 dropped: by the scenario"},
      {"sent several times", with([](auto& trouble) { trouble.times = 3; }),
       "10 POST /hook t1 at 10; 10 POST /hook t1 at 10; 10 POST /hook t1 at 10",
       "wh-1 delivered; wh-2 delivered; wh-3 delivered"},
      {"late", with([](auto& trouble) {
         trouble.delay = scenario::Span{};
         trouble.delay->low = 20s;
       }),
       "30 POST /hook t1 at 10", "wh-1 delivered"},
      {"held, and no later one comes", with([](auto& trouble) { trouble.reordered = true; }),
       "70 POST /hook t1 at 10", "wh-1 delivered"},
      {"acknowledgements are lost", with([](auto& trouble) { trouble.forced_retries = true; }),
       "10 POST /hook t1 at 10; 11 POST /hook t1 at 10; 16 POST /hook t1 at 10", "wh-1 delivered"},
      {"of several events all but the last are held", changed_script([](auto& script) {
         script.progress = {0.25, 0.5};
         script.trouble.reordered = true;
       }),
       "10 POST /hook t1 at 10; 10 POST /hook t1 at 2; 10 POST /hook t1 at 5",
       "wh-1 delivered; wh-2 delivered; wh-3 delivered"},
      {"events on the way", changed_script([](auto& script) { script.progress = {0.5}; }),
       "5 POST /hook t1 at 5; 10 POST /hook t1 at 10", "wh-1 delivered; wh-2 delivered"},
      {"a body that is changed", with([](auto& trouble) { trouble.changed_body = true; }),
       "10 POST /hook t1 at 11", "wh-1 delivered"},
      {"nothing to say", changed_script([](auto& script) { script.silent = true; }), "",
       "wh-1 dropped: none was asked for, or is sent, for such an end"},
      {"no words", changed_script([](auto& script) { script.speechless = true; }), "",
       "wh-1 failed: it cannot be worded: no words"},
      {"no signature", changed_script([](auto& script) { script.unsealed = true; }), "",
       "wh-1 refused: it cannot be signed: no seal"},
      {"a header that is none", changed_script([](auto& script) { script.header = "a\nb"; }), "",
       "wh-1 refused: a header would hold a line break or another control character"},
      {"to the control API",
       changed_script([](auto& script) { script.url = "http://a/_emulator/reset"; }), "",
       "wh-1 refused: the control API takes no webhooks, only its inboxes do "
       "(/_emulator/inbox/NAME)"},
      {"to nowhere", changed_script([](auto& script) { script.url = "http://"; }), "",
       "wh-1 refused: the address has no host"},
      {"nobody knows when", changed_script([](auto& script) { script.stuck = true; }), "",
       "wh-1 pending: nobody knows yet when the task ends"},
  };
  for (const Row& row : rows) {
    const std::string what = row.what;
    CAPTURE(what);
    Desk desk;
    desk.submit(row.script);
    CHECK(desk.advance(1h));
    CHECK(desk.taken() == row.trace);
    CHECK(desk.states() == row.states);
    CHECK(desk.courier->running() == 0);
  }
}

TEST_CASE("those held go out behind a later one, not behind an earlier one") {
  Desk desk;
  desk.submit(changed_script([](auto& script) { script.run = 20s; }));
  desk.submit(with([](auto& trouble) { trouble.reordered = true; }));
  desk.submit(changed_script([](auto& script) { script.run = 30s; }));
  CHECK(desk.advance(15s));
  CHECK(desk.states() ==
        "wh-1 pending; wh-2 pending: held until a later one has been sent (reordered); wh-3 "
        "pending");
  CHECK(desk.advance(45s));
  CHECK(desk.taken() == "20 POST /hook t1 at 20; 30 POST /hook t3 at 30; 30 POST /hook t2 at 10");
}

TEST_CASE("what is early is sent before anybody is told, and held up by nobody for long") {
  Desk desk;
  Script script;
  script.run = 0s;
  script.early = [&desk] { desk.note("told"); };
  desk.submit(script);
  CHECK(desk.taken() == "0 POST /hook t1 at 0; told");
  // A task that goes on tells at once.
  script.run = 10s;
  desk.submit(script);
  CHECK(desk.taken() == "told");
  desk.advance(10s);
  desk.taken();
  // A receiver that does not answer.
  script.run = 0s;
  desk.silent = true;
  desk.submit(script);
  CHECK(desk.taken() == "10 POST /hook t3 at 10");
  desk.pass(Courier::kSettle - 1ms);
  CHECK(desk.taken() == "");
  desk.pass(1ms);
  CHECK(desk.taken() == "told");
  desk.release();
  CHECK(desk.taken() == "");
  CHECK(desk.states() == "wh-1 delivered; wh-2 delivered; wh-3 delivered");
  // One that is dropped, and one that is refused.
  script.trouble.drop = true;
  desk.submit(script);
  CHECK(desk.taken() == "told");
  script.trouble.drop = false;
  script.url = "nowhere";
  desk.submit(script);
  CHECK(desk.taken() == "told");
}

TEST_CASE("a clock that is moved waits for each attempt, five seconds at most") {
  Desk desk;
  desk.silent = true;
  desk.answer({answer(500)});
  desk.submit();
  desk.submit(with([](auto& trouble) { trouble.times = 2; }));
  CHECK_FALSE(desk.advance(10s));
  CHECK(desk.taken() == "10 POST /hook t1 at 10; 10 POST /hook t2 at 10; 10 POST /hook t2 at 10");
  CHECK(desk.under_way() == "wh-1 wh-2 wh-3");
  CHECK(desk.courier->undelivered(9) ==
        std::vector<std::string>{
            "wh-1 of sandbox me for task t1 to http://a/hook: an attempt is under way",
            "wh-2 of sandbox me for task t2 to http://a/hook: an attempt is under way",
            "wh-3 of sandbox me for task t2 to http://a/hook: an attempt is under way"});
  CHECK(desk.box().moving);
  desk.pass(Courier::kSettle);
  CHECK_FALSE(desk.box().moving);
  // The next move waits for what is under way before anything else.
  desk.submit(changed_script([](auto& script) { script.run = 1s; }));
  CHECK_FALSE(desk.advance(10s));
  CHECK(desk.taken() == "");
  desk.release();
  CHECK_FALSE(desk.box().moving);
  CHECK(desk.taken() == "11 POST /hook t3 at 11; 11 POST /hook t1 at 10");
}

TEST_CASE("what has no room waits, worded as of when it was due, and is not forgotten") {
  Courier::Options options;
  options.limits.pool = {8, 1};
  Desk desk(options);
  desk.silent = true;
  for (int i = 0; i < 4; ++i) desk.submit();
  CHECK_FALSE(desk.advance(10s));
  CHECK(desk.taken() == "10 POST /hook t1 at 10");
  CHECK(desk.states() ==
        "wh-1 pending; wh-2 pending; wh-3 pending: waits for a connection; "
        "wh-4 pending: waits for a connection");
  CHECK(desk.under_way() == "wh-1 wh-2 wh-3 wh-4");
  CHECK(desk.courier->undelivered(9)[1] ==
        "wh-2 of sandbox me for task t2 to http://a/hook: waits for a connection");
  // Nobody waits for them in the end.
  desk.pass(Courier::kSettle);
  CHECK_FALSE(desk.box().moving);
  desk.release();
  CHECK(desk.taken() == "10 POST /hook t2 at 10; 10 POST /hook t3 at 10; 10 POST /hook t4 at 10");
  CHECK(desk.courier->running() == 0);
  CHECK(desk.under_way() == "");
}

TEST_CASE("what cannot be sent gives its place to the next") {
  Courier::Options options;
  options.limits.pool = {8, 1};
  Desk desk(options);
  for (int i = 0; i < 9; ++i) {
    Script script;
    if (i % 3 == 1) script.trouble.drop = true;
    if (i % 3 == 2) (i % 2 == 0 ? script.silent : script.speechless) = true;
    desk.submit(script);
  }
  CHECK(desk.advance(10s));
  CHECK(desk.taken() == "10 POST /hook t1 at 10; 10 POST /hook t4 at 10; 10 POST /hook t7 at 10");
  CHECK(desk.courier->waiting() == 0);
  CHECK(desk.courier->running() == 0);
}

TEST_CASE("a sandbox that is gone breaks off what was under way, and whoever waits is told") {
  Courier::Options options;
  options.limits.pool = {8, 2};
  Desk desk(options);
  desk.silent = true;
  int told = 0;
  Script script;
  script.run = 0s;
  script.early = [&told] { ++told; };
  for (int i = 0; i < 4; ++i) desk.submit(script);
  desk.submit();  // to come
  desk.pass(Dispatcher::kApart);
  CHECK(desk.courier->waiting() == 5);
  CHECK(desk.courier->running() == 2);
  desk.courier->settle(desk.box(), [&told] { ++told; });
  CHECK(told == 0);
  desk.courier->forget("me");
  CHECK(told == 5);
  CHECK(desk.courier->waiting() == 0);
  CHECK(desk.courier->running() == 0);
  CHECK(desk.states() == "");
  desk.taken();
  desk.release();
  CHECK(desk.advance(1h));
  CHECK(desk.taken() == "");
  CHECK(told == 5);
}

TEST_CASE("an emulator that ends tells nobody any more") {
  Courier::Options options;
  options.limits.pool = {8, 1};
  Desk desk(options);
  desk.silent = true;
  int told = 0;
  Script script;
  script.run = 0s;
  script.early = [&told] { ++told; };
  for (int i = 0; i < 3; ++i) desk.submit(script);
  desk.courier.reset();
  CHECK(told == 0);
}

TEST_CASE("a webhook is sent again by hand, in one attempt with nothing wrong") {
  Desk desk;
  desk.tells_attempts = true;
  desk.submit(with([](auto& trouble) { trouble.drop = true; }));
  CHECK(desk.courier->redeliver(desk.box(), 1) == "it has not been given up: it is pending");
  desk.advance(10s);
  CHECK(desk.courier->redeliver(desk.box(), 7) == "there is no such webhook");
  desk.answer({answer(500), answer(500), answer(200)});
  for (const char* state :
       {"wh-1 failed: given up, the last attempt with: status 500",
        "wh-1 failed: given up, the last attempt with: status 500", "wh-1 delivered"}) {
    CHECK(desk.courier->redeliver(desk.box(), 1) == "");
    CHECK(desk.states() == "wh-1 pending");
    CHECK(desk.courier->waiting() == 1);
    desk.run();
    CHECK(desk.taken() == "10 POST /hook t1 at 10; wh-1 tried in 10 s");
    CHECK(desk.states() == state);
    CHECK(desk.courier->waiting() == 0);
  }
  // One that was given up by its schedule has the time limit it had come to.
  desk.answer({answer(500), answer(500), answer(500)});
  desk.submit();
  desk.advance(1h);
  CHECK(
      desk.taken() ==
      "20 POST /hook t2 at 20; wh-2 tried in 10 s; 21 POST /hook t2 at 20; wh-2 tried in 20 s; 26 "
      "POST /hook t2 at 20; wh-2 tried in 20 s");
  desk.courier->redeliver(desk.box(), 2);
  desk.run();
  CHECK(desk.taken() == "3610 POST /hook t2 at 20; wh-2 tried in 20 s");
  desk.submit(changed_script([](auto& script) { script.silent = true; }));
  desk.advance(10s);
  CHECK(desk.courier->redeliver(desk.box(), 3) ==
        "there is nothing to send: none was asked for, or is sent, for such an end");
}

TEST_CASE("so many wait and no more, and of those that are over so many are kept") {
  Courier::Options options;
  options.limits.waiting = 2;
  options.limits.records = 2;
  Desk desk(options);
  for (int i = 0; i < 3; ++i) desk.submit(with([](auto& trouble) { trouble.times = 3; }));
  CHECK(desk.states() ==
        "wh-1 pending; wh-2 pending; wh-3 refused: more than 2 webhooks wait to be delivered "
        "(--max-webhooks)");
  CHECK(desk.advance(10s));
  // No room for copies of the first; the second has one.
  CHECK(desk.taken() == "10 POST /hook t1 at 10; 10 POST /hook t2 at 10");
  CHECK(desk.states() == "wh-1 delivered; wh-2 delivered");
  desk.courier->let_records_go(1);
  CHECK(desk.courier->records("me").size() <= 1);
}

TEST_CASE("what an earlier process had not delivered goes on from its stage") {
  struct Row {
    Stage stage;
    std::optional<Instant> next;
    const char* trace;
  };
  const Row rows[] = {
      {Stage::kAwaiting, std::nullopt, "10 POST /hook t1 at 10"},
      {Stage::kHappened, std::nullopt, "0 POST /hook t1 at 0"},
      {Stage::kHappened, test::kNewYear + 5s, "5 POST /hook t1 at 0"},
      {Stage::kHeld, test::kNewYear + 20s, "20 POST /hook as it was"},
      {Stage::kScheduled, test::kNewYear + 20s, "20 POST /hook as it was"},
      {Stage::kScheduled, test::kNewYear - 20s, "0 POST /hook as it was"},
      {Stage::kScheduled, std::nullopt, "0 POST /hook as it was"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.trace);
    Desk desk;
    desk.put_back(7, row.stage, row.next);
    CHECK(desk.courier->has_unfinished("me"));
    CHECK(desk.advance(1h));
    CHECK(desk.taken() == row.trace);
    CHECK(desk.states() == "wh-7 delivered");
    CHECK(desk.courier->last("me") == 7);
    CHECK_FALSE(desk.courier->has_unfinished("me"));
  }
  // One that is held still goes out behind a later one.
  Desk desk;
  desk.put_back(7, Stage::kHeld, test::kNewYear + 1h);
  desk.submit();
  CHECK(desk.advance(20s));
  CHECK(desk.taken() == "10 POST /hook t2 at 10; 10 POST /hook as it was");
}

TEST_CASE("ends that move have what waits for them planned anew") {
  Desk desk;
  const std::uint64_t serial = desk.submit(changed_script([](auto& script) {
    script.run = 1h;
    script.progress = {0.5};
  }));
  desk.advance(1min);
  Task& task = *desk.box().tasks.at(serial);
  task.fate.running_for = 2min;
  desk.courier->end_changed(desk.box(), task, false);
  CHECK(desk.courier->undelivered(9) ==
        std::vector<std::string>{"wh-1 of sandbox me for task t1 to http://a/hook: the task ends "
                                 "at 2026-01-01T00:01:00.000Z",
                                 "wh-2 of sandbox me for task t1 to http://a/hook: the task ends "
                                 "at 2026-01-01T00:02:00.000Z"});
  task.fate.running_for = 1min + 1s;
  task.fate.polls = 1;
  desk.courier->end_changed(desk.box(), task, true);
  CHECK(desk.states() ==
        "wh-1 pending: nobody knows yet when the task ends; wh-2 pending: nobody knows yet when "
        "the task ends");
  task.fate.polls = 0;
  desk.courier->end_changed(desk.box(), task, false);
  desk.advance(1h);
  CHECK(desk.taken() == "60 POST /hook t1 at 60; 61 POST /hook t1 at 61");
}

}  // namespace
}  // namespace emulator::webhook
