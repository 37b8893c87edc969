// What follows from an answer, and which stage may follow which.
#include "emulator/webhook/next.h"

#include <doctest.h>

#include <string>
#include <vector>

#include "emulator/webhook/book.h"
#include "tests/support/manual_wall.h"
#include "tests/unit/webhook/receipts.h"

namespace emulator::webhook {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::barred;
using test::failure;

// A delivery whose first attempt is under way.
Delivery under_way() {
  Delivery out;
  out.stage = Stage::kInFlight;
  out.worded = out.body = std::make_shared<const std::string>("{}");
  out.post.host = "a";
  out.post.port = 90;
  out.post.target = "/x/y";
  out.post.headers.add("authorization", "Basic me");
  out.post.body = out.body;
  return out;
}

const Rules& rules() {
  static const Rules kRules = {{1s, 5s}, {10s}, {{300, 399}, {410, 410}}, 2};
  return kRules;
}

std::string in_words(const Step& step) {
  if (const auto* on = std::get_if<Send>(&step))
    return "send " + on->post.method + " " + (on->post.secure ? "https" : "http") + "://" +
           on->post.host + ":" + std::to_string(on->post.port) + on->post.target +
           (on->post.body ? " with body" : "") +
           (on->post.headers.has("authorization") ? " with password" : "");
  if (const auto* wait = std::get_if<WaitUntil>(&step))
    return "wait " +
           std::to_string(
               std::chrono::duration_cast<std::chrono::seconds>(wait->at - test::kNewYear)
                   .count()) +
           " s";
  const End& over = std::get<End>(step);
  return std::string(to_string(over.state)) + (over.reason.empty() ? "" : ": ") + over.reason;
}

TEST_CASE("what follows from an answer") {
  const auto as_it_is = [](Delivery&) {};
  const auto once_tried = [](Delivery& delivery) { delivery.tried = 1; };
  const auto twice_tried = [](Delivery& delivery) { delivery.tried = 2; };
  const auto by_hand = [](Delivery& delivery) { delivery.by_hand = true; };
  const auto forced = [](Delivery& delivery) { delivery.trouble.forced_retries = true; };
  const auto forced_twice = [](Delivery& delivery) {
    delivery.trouble.forced_retries = true;
    delivery.tried = 2;
  };
  const auto led_on = [](Delivery& delivery) { delivery.followed = 2; };
  struct Row {
    http::Receipt receipt;
    void (*before)(Delivery&);
    const char* step;
  };
  const Row rows[] = {
      {answer(200), as_it_is, "delivered"},
      {answer(299), twice_tried, "delivered"},
      {answer(200), by_hand, "delivered"},
      {answer(100), as_it_is, "wait 1 s"},
      {answer(500), as_it_is, "wait 1 s"},
      {answer(500), once_tried, "wait 5 s"},
      {answer(500), twice_tried, "failed: given up, the last attempt with: status 500"},
      {answer(500), by_hand, "failed: given up, the last attempt with: status 500"},
      {failure("connection reset"), as_it_is, "wait 1 s"},
      {failure("connection reset", 200), as_it_is, "wait 1 s"},
      {failure("connection reset"), twice_tried,
       "failed: given up, the last attempt with: connection reset"},
      {failure("connection reset", 410), as_it_is, "wait 1 s"},
      {answer(410), as_it_is, "failed: status 410 is not tried again"},
      {answer(410), by_hand, "failed: status 410 is not tried again"},
      {answer(304), as_it_is, "failed: status 304 is not tried again"},
      {barred("no way"), as_it_is, "refused: no way"},
      {barred("no way"), by_hand, "refused: no way"},
      {answer(200), forced, "wait 1 s"},
      {answer(200), forced_twice, "delivered"},
      {answer(500), forced, "wait 1 s"},
      {barred("no way"), forced, "refused: no way"},
      {answer(307, "/z"), as_it_is, "send POST http://a:90/z with body with password"},
      {answer(308, "z"), as_it_is, "send POST http://a:90/x/z with body with password"},
      {answer(302, "/z"), by_hand, "send GET http://a:90/z with password"},
      {answer(307, "https://b/z"), as_it_is, "send POST https://b:443/z with body"},
      {answer(307, "/z"), led_on, "failed: status 307 is not tried again"},
      {answer(307), as_it_is, "failed: status 307 is not tried again"},
      {answer(307, "http://"), as_it_is, "failed: status 307 is not tried again"},
      {answer(200, "/z"), as_it_is, "delivered"},
  };
  for (const Row& row : rows) {
    Delivery delivery = under_way();
    row.before(delivery);
    const std::string step = row.step;
    CAPTURE(row.receipt.status);
    CAPTURE(step);
    CHECK(in_words(next(delivery, row.receipt, rules(), test::kNewYear)) == step);
  }
  // Where redirects are not followed, and nothing is settled by them.
  const Rules strict = {{}, {10s}, {}, 0};
  CHECK(in_words(next(under_way(), answer(307, "/z"), strict, test::kNewYear)) ==
        "failed: given up, the last attempt with: status 307");
}

TEST_CASE("an acknowledgement that is taken as lost is a fault, what is none stays what it is") {
  Delivery delivery = under_way();
  CHECK(fault_of(delivery, answer(200)).empty());
  CHECK(fault_of(delivery, answer(500)).empty());
  CHECK(fault_of(delivery, failure("late")) == "late");
  delivery.trouble.forced_retries = true;
  CHECK(fault_of(delivery, answer(200)).find("forced_retries") != std::string::npos);
  CHECK(fault_of(delivery, answer(500)).empty());
  CHECK(fault_of(delivery, failure("late")) == "late");
}

constexpr Stage kStages[] = {Stage::kAwaiting,  Stage::kHappened, Stage::kRipe,     Stage::kHeld,
                             Stage::kScheduled, Stage::kQueued,   Stage::kInFlight, Stage::kOver};

TEST_CASE("stages follow one another") {
  struct Row {
    Stage from;
    const char* to;
  };
  constexpr Row rows[] = {
      {Stage::kAwaiting, "happened, over"},
      {Stage::kHappened, "ripe, held, scheduled, queued, over"},
      {Stage::kRipe, "happened, over"},
      {Stage::kHeld, "scheduled, queued, over"},
      {Stage::kScheduled, "queued, over"},
      {Stage::kQueued, "in flight"},
      {Stage::kInFlight, "scheduled, over"},
      {Stage::kOver, "scheduled"},
  };
  for (const Row& row : rows) {
    std::string to;
    for (const Stage stage : kStages)
      if (may_follow(row.from, stage))
        to += (to.empty() ? "" : ", ") + std::string(to_string(stage));
    CHECK(to == row.to);
  }
}

TEST_CASE("a book finds deliveries by the stage they are at") {
  Book book;
  std::vector<DeliveryPtr> all;
  for (std::uint64_t number = 1; number <= 4; ++number) {
    all.push_back(std::make_shared<Delivery>());
    all.back()->number = number;
    all.back()->serial = 10 + number / 3;  // two of each task
    book.add(all.back());
  }
  CHECK(book.awaiting(std::nullopt) == all);
  CHECK(book.awaiting(10) == std::vector<DeliveryPtr>{all[0], all[1]});
  CHECK(book.find(3) == all[2]);
  CHECK(book.find(9) == nullptr);
  CHECK_FALSE(book.busy());

  for (const DeliveryPtr& delivery : all) book.move(delivery, Stage::kHappened);
  CHECK(book.awaiting(std::nullopt).empty());
  book.move(all[0], Stage::kRipe);
  book.move(all[1], Stage::kRipe);
  CHECK(book.ripe().front() == all[0]);
  CHECK(book.busy());
  book.move(all[1], Stage::kOver);
  book.move(all[0], Stage::kHappened);
  CHECK(book.ripe().empty());
  CHECK_FALSE(book.busy());

  book.move(all[3], Stage::kHeld);
  book.move(all[2], Stage::kHeld);
  CHECK(book.held_before(4) == std::vector<DeliveryPtr>{all[2]});
  CHECK(book.held_before(9) == std::vector<DeliveryPtr>{all[3], all[2]});
  book.move(all[3], Stage::kQueued);
  CHECK(book.busy());
  book.move(all[3], Stage::kInFlight);
  CHECK(book.held_before(9) == std::vector<DeliveryPtr>{all[2]});
  CHECK_THROWS_AS(book.move(all[3], Stage::kQueued), std::logic_error);
  book.move(all[3], Stage::kInFlight);  // staying is no going
  book.move(all[3], Stage::kOver);
  CHECK_FALSE(book.busy());

  book.trim(1, SIZE_MAX);
  CHECK(book.find(2) == nullptr);
  CHECK(book.find(4) == all[3]);
  book.move(all[3], Stage::kScheduled);  // once more, by hand
  book.trim(0, 0);
  CHECK(book.find(4) == all[3]);
  CHECK_FALSE(book.drop_oldest());
}

}  // namespace
}  // namespace emulator::webhook
