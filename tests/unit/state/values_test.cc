// Values are read back as they were put, and what was never put so is refused.
#include "emulator/state/values.h"

#include <doctest.h>

#include <string>

#include "emulator/base/json_text.h"
#include "emulator/state/bytes.h"
#include "emulator/state/engine.h"
#include "tests/support/manual_wall.h"

namespace emulator::test::TEST_FILE {
namespace {

using namespace std::chrono_literals;
using namespace emulator::state;

scenario::Then everything_that_acts_later() {
  scenario::Then then;
  then.error = scenario::TaskError{
      "", 42, "no", "kind", Json{"body", 0}, Json{{"limit", 1.5}}, Json("as \"sent\"")};
  then.nsfw = {true, false, true};
  then.links = scenario::LinkState::kGone;
  then.image = scenario::ImageTrouble{
      scenario::ImageTrouble::Kind::kFile, 3, 4, "noise", false, "pictures/a.png"};
  scenario::WebhookTrouble trouble;
  trouble.early = trouble.reordered = true;
  trouble.times = 3;
  trouble.delay = scenario::Span{scenario::Span::Kind::kRange, 1s, 2s};
  then.webhook = trouble;
  return then;
}

Task full_task() {
  Task task;
  task.id = "b1946ac9";
  task.provider = 3;
  task.endpoint = "flux/dev";
  task.accepted = kNewYear + 5ms;
  task.fate = {2s, 3s,    End::kFailed,
               4,  10min, std::make_shared<const scenario::Then>(everything_that_acts_later())};
  task.plan = {640, 480, image::Format::kWebp, 70, 4, false};
  task.seed.number = 0xffff'ffff'ffff'ffff;
  task.seed.text = std::make_shared<const std::string>("-12345678901234567890");
  task.cost = 0.1 + 0.2;
  task.prompt = std::string("an \0 apple", 10);
  task.note = std::make_shared<const std::string>(R"({"a":1})");
  task.webhook = std::make_shared<const WebhookAsk>(
      WebhookAsk{"http://127.0.0.1:1/hook", "secret", 5, "https://page.test"});
  task.held_for = 7s;
  task.cancelled = kNewYear + 6s;
  task.shown = kNewYear + 7s;
  task.polled = 9;
  task.deleted = true;
  task.told = Told::kFailed;
  task.links = {1, 0xfedc'ba98'7654'3210};
  return task;
}

std::string bytes_of(const Task& task) {
  std::string out;
  pack_task(task, R"({"prompt":"x"})", true, false, out);
  return out;
}

}  // namespace

TEST_CASE("a task is read back to the last member") {
  const std::string bytes = bytes_of(full_task());
  auto back = unpacked_task(bytes);
  REQUIRE(back);
  CHECK(back->unsettled);
  CHECK_FALSE(back->active);
  CHECK(back->task.packed_input == R"({"prompt":"x"})");
  CHECK(back->task.prompt.size() == 10);
  CHECK(back->task.cost == 0.1 + 0.2);
  CHECK(back->task.seed.shown() == "-12345678901234567890");
  CHECK(back->task.fate.script->error->ctx->dump() == R"({"limit":1.5})");
  CHECK(back->task.fate.script->webhook->delay->high == 2s);
  // Equal bytes: nothing is left out on the way, and nothing changed.
  CHECK(bytes_of(back->task) == bytes);
  std::vector<std::uint64_t> keys;
  CHECK(task_keys(bytes, [&](std::uint64_t key) { keys.push_back(key); }));
  CHECK(keys == std::vector<std::uint64_t>{task_key(3, "b1946ac9"), 1, 0xfedc'ba98'7654'3210});
}

TEST_CASE("a task with nothing in it is read back as well") {
  std::string bytes;
  pack_task(Task(), "", false, true, bytes);
  auto back = unpacked_task(bytes);
  REQUIRE(back);
  CHECK(back->active);
  CHECK(back->task.fate.script == nullptr);
  CHECK(back->task.webhook == nullptr);
  CHECK_FALSE(back->task.cancelled);
}

TEST_CASE("a sandbox is read back with clock, counters and accounts") {
  ManualWall wall;
  Sandbox box("mine", wall, kNewYear + 3h, 2.5);
  box.seed = 0x8000'0000'0000'0001;
  box.skips = box.own_scenario = true;
  box.moves = {{kNewYear, kNewYear + 3h}};
  box.counters.met = {1, 0, 300};
  box.counters.fired = {1, 0, 2};
  box.counters.expected = {4};
  box.counters.by_default["bfl"] = {5, 6, 7, 0, 0, 0, 0, 0, 1};
  Account& account = box.account(1);
  account.spent = 1.25;
  account.places = {kNewYear + 1s, Instant::max()};
  account.place_limit = 2;
  account.last_start = kNewYear + 1s;
  account.window_began = kNewYear;
  account.window_count = 11;
  box.journal.go_on_from(99);

  std::string bytes;
  const std::size_t end = pack_core(box, 17, bytes);
  CHECK(end == bytes.size());
  pack_uncounted(box, 77, bytes);
  const auto back = unpacked_core(bytes);
  REQUIRE(back);
  CHECK(back->clock.shown == kNewYear + 3h);
  CHECK(back->clock.speed == 2.5);
  CHECK(back->seed == 0x8000'0000'0000'0001);
  CHECK(back->skips);
  CHECK(back->own_scenario);
  CHECK(back->moves.size() == 1);
  CHECK(back->counters.met == box.counters.met);
  CHECK(back->counters.fired == box.counters.fired);
  CHECK(back->counters.expected == box.counters.expected);
  CHECK(back->counters.by_default == box.counters.by_default);
  REQUIRE(back->accounts.size() == 1);
  CHECK(back->accounts[0].first == 1);
  CHECK(back->accounts[0].second.spent == 1.25);
  CHECK(back->accounts[0].second.places.back() == Instant::max());
  CHECK(back->accounts[0].second.window_count == 11);
  CHECK(back->last_webhook == 17);
  CHECK(back->scenario == 77);
  CHECK(back->exchanges == 99);
}

TEST_CASE("a sandbox that was kept when draws were counted is read as well") {
  ManualWall wall;
  const Sandbox box("mine", wall, kNewYear, 1);
  std::string bytes;
  pack_core(box, 17, bytes);
  // Behind the count of draws stand three numbers of one byte each.
  const std::string behind = bytes.substr(bytes.size() - 3);
  REQUIRE(bytes[bytes.size() - 4] == 0);
  bytes.resize(bytes.size() - 4);
  Packer to(bytes);
  to.number(1);
  to.text("bfl finetune");
  to.number(2);
  bytes += behind;
  pack_uncounted(box, 77, bytes);
  const auto back = unpacked_core(bytes);
  REQUIRE(back);
  CHECK(back->last_webhook == 17);
  CHECK(back->scenario == 77);
}

TEST_CASE("polls that no rule counts change the second part of a sandbox alone") {
  ManualWall wall;
  Sandbox box("mine", wall, kNewYear, 1);
  box.counters.by_default["bfl"] = {};
  std::string before, after;
  pack_core(box, 0, before);
  ++box.counters.by_default["bfl"][static_cast<std::size_t>(On::kPoll)];
  box.journal.go_on_from(1);
  wall.advance(1h);
  pack_core(box, 0, after);
  CHECK(before == after);
  ++box.counters.by_default["bfl"][static_cast<std::size_t>(On::kSubmit)];
  after.clear();
  pack_core(box, 0, after);
  CHECK(before != after);
}

TEST_CASE("a clock that was put down goes on as if it had gone all the time") {
  struct Row {
    const char* name;
    double speed;
    Duration shown;  // an hour later
  };
  constexpr Row kRows[] = {{"frozen", 0, 3h}, {"with the wall", 1, 4h}, {"sped up", 60, 63h}};
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    ManualWall wall;
    const VirtualClock clock(wall, kNewYear + 3h, row.speed);
    ManualWall later;
    later.advance(1h);
    CHECK(VirtualClock(later, clock.anchor()).now() == kNewYear + row.shown);
  }
}

TEST_CASE("a wall that shows an earlier time than before moves no clock back") {
  ManualWall wall;
  wall.advance(1h);
  const VirtualClock clock(wall, kNewYear + 3h, 1);
  ManualWall earlier;
  CHECK(VirtualClock(earlier, clock.anchor()).now() == kNewYear + 3h);
}

TEST_CASE("a webhook is read back at the stage from which it goes on") {
  using webhook::Stage;
  struct Row {
    Stage kept, read;
  };
  for (const Row& row :
       {Row{Stage::kAwaiting, Stage::kAwaiting}, Row{Stage::kHappened, Stage::kHappened},
        Row{Stage::kRipe, Stage::kHappened}, Row{Stage::kHeld, Stage::kHeld},
        Row{Stage::kScheduled, Stage::kScheduled}, Row{Stage::kQueued, Stage::kScheduled},
        Row{Stage::kInFlight, Stage::kScheduled}}) {
    webhook::Delivery delivery;
    delivery.stage = row.kept;
    if (row.kept != Stage::kAwaiting) delivery.happened = kNewYear;
    std::string bytes;
    pack_webhook(delivery, bytes);
    const auto read = unpacked_webhook(bytes);
    REQUIRE(read);
    CHECK(read->delivery->stage == row.read);
  }
}

TEST_CASE("notes, webhooks, uploads and letters are read back") {
  std::string bytes;
  pack_note(7, {{"task", "x"}, {"until", 12}}, bytes);
  const auto note = unpacked_note(bytes);
  REQUIRE(note);
  CHECK(note->place == 7);
  CHECK(note->value.dump() == R"({"task":"x","until":12})");

  webhook::Delivery delivery;
  delivery.number = 4;
  delivery.task = "t";
  delivery.url = "http://x/";
  delivery.stage = webhook::Stage::kHeld;
  delivery.happened = kNewYear;
  delivery.next = kNewYear + 1s;
  delivery.worded = std::make_shared<const std::string>("{}");
  delivery.tried = 3;
  delivery.trouble = *everything_that_acts_later().webhook;
  bytes.clear();
  pack_webhook(delivery, bytes);
  const auto webhook = unpacked_webhook(bytes);
  REQUIRE(webhook);
  CHECK(webhook->delivery->stage == webhook::Stage::kHeld);
  CHECK(webhook->delivery->tried == 3);
  CHECK(webhook->delivery->trouble.times == 3);
  CHECK(*webhook->delivery->worded == "{}");
  CHECK(webhook->delivery->next == kNewYear + 1s);

  Uploads::File about;
  about.content_type = "image/png";
  about.sandbox = "mine";
  about.expires = kNewYear + 1h;
  about.picture = {image::Inspection::State::kWhole, "image/png", image::Size{3, 4}};
  bytes.clear();
  pack_upload(about, bytes);
  const auto upload = unpacked_upload(bytes);
  REQUIRE(upload);
  CHECK(upload->sandbox == "mine");
  CHECK(upload->picture.type == "image/png");
  CHECK(upload->picture.size->height == 4);

  auto request = std::make_shared<http::Request>();
  request->method = "POST";
  request->headers.add("X-A", "1");
  request->body = "body";
  webhook::Letter letter{3, "box", kNewYear, request, webhook::Verdict{}};
  letter.verdict->age = -5s;
  bytes.clear();
  pack_letter(letter, bytes);
  const auto back = unpacked_letter(bytes);
  REQUIRE(back);
  CHECK(back->request->headers.get("x-a") == "1");
  CHECK(back->request->body == "body");
  CHECK(back->verdict->age == -5s);
}

TEST_CASE("bytes of a form that is not known are refused") {
  std::string bytes = bytes_of(full_task());
  bytes[0] = 2;
  CHECK_FALSE(unpacked_task(bytes));
  ManualWall wall;
  std::string core;
  pack_core(Sandbox("mine", wall, kNewYear, 1), 0, core);
  core[0] = 2;
  const auto refused = unpacked_core(core);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == "a sandbox in form 2, which is not known here");
  CHECK_FALSE(unpacked_note("\2"));
  CHECK_FALSE(unpacked_webhook("\2"));
  CHECK_FALSE(unpacked_upload("\2"));
  CHECK_FALSE(unpacked_letter("\2"));
}

TEST_CASE("bytes that are cut off anywhere, or have more behind them, are refused") {
  const std::string bytes = bytes_of(full_task());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(unpacked_task(std::string_view(bytes).substr(0, size)));
  }
  CHECK_FALSE(unpacked_task(bytes + "x"));
}

TEST_CASE("a value of which a bit has changed is not opened") {
  std::string value = "what was written";
  seal(value);
  REQUIRE(opened(value) == "what was written");
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::string other = value;
    other[i] = static_cast<char>(other[i] ^ 0x10);
    CHECK_FALSE(opened(other));
  }
  CHECK_FALSE(opened("short"));
}

}  // namespace emulator::test::TEST_FILE
