#include "emulator/pipeline/admission.h"

#include <doctest.h>

#include <deque>
#include <string>

#include "tests/support/manual_wall.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

constexpr std::uint16_t kProvider = 3;

// One account, and the tasks that were made for it.
struct Ledger {
  ManualWall wall;
  Sandbox box{"me", wall, kNewYear, 0.0};
  std::deque<Task> tasks;

  Admission ask(const Submission& submission, const Allowance& allowance, Instant now = kNewYear) {
    return admit(submission, allowance, box, kProvider, now, [this](const std::string& id) {
      for (Task& task : tasks)
        if (task.id == id) return &task;
      return static_cast<Task*>(nullptr);
    });
  }
  Task& enter(const std::string& id, const Submission& submission, const Allowance& allowance) {
    Task task;
    task.id = id;
    task.serial = tasks.size() + 1;
    task.provider = kProvider;
    task.endpoint = submission.endpoint;
    task.accepted = kNewYear;
    task.cost = submission.cost;
    task.fate.running_for = 10s;
    tasks.push_back(std::move(task));
    emulator::enter(box, tasks.back(), submission, allowance);
    return tasks.back();
  }
};

Submission submission_of(std::string endpoint = "a", double cost = 1) {
  Submission out;
  out.endpoint = std::move(endpoint);
  out.cost = cost;
  return out;
}

Submission repeatable(std::string key, std::string print, bool must_match = false) {
  Submission out = submission_of();
  out.repeat = RepeatKey{std::move(key), std::move(print), 1h, must_match};
  return out;
}

Allowance rich() {
  Allowance out;
  out.credits = 1'000;
  return out;
}

bool is_admitted(const Admission& admission) { return std::holds_alternative<Admitted>(admission); }

RefusalKind refusal_in(const Admission& admission) {
  REQUIRE(std::holds_alternative<Refusal>(admission));
  return std::get<Refusal>(admission).kind;
}

}  // namespace

TEST_CASE("an account begins with what its key says, else its scenario, else its contract") {
  scenario::Scenario scenario;
  contract::Contract contract;
  CHECK(credits_at_start(std::nullopt, scenario, contract) == 0);
  contract.common.credits = 12.5;
  CHECK(credits_at_start(std::nullopt, scenario, contract) == 12.5);
  scenario.credits = 3;
  CHECK(credits_at_start(std::nullopt, scenario, contract) == 3);
  CHECK(credits_at_start(0.5, scenario, contract) == 0.5);
}

TEST_CASE("the contract limits unfinished tasks, of all endpoints or of one") {
  contract::Contract contract;
  const Submission submission = submission_of("b");
  CHECK_FALSE(allowance_of(contract, submission, 1, {}).counts);
  contract.common.active_limit = 24;
  Allowance allowance = allowance_of(contract, submission, 1, {});
  CHECK(allowance.unfinished == 24);
  CHECK_FALSE(allowance.of_endpoint);
  CHECK(allowance.counts);
  contract.common.active_limit.reset();
  contract.common.active_limits = {{"b", 6}};
  allowance = allowance_of(contract, submission, 1, {});
  CHECK_FALSE(allowance.unfinished);
  CHECK(allowance.of_endpoint == 6);
  // What another endpoint counts is counted from the first.
  CHECK(allowance_of(contract, submission_of("c"), 1, {}).counts);
  CHECK_FALSE(allowance_of(contract, submission_of("c"), 1, {}).of_endpoint);
}

TEST_CASE("what costs more than is left is refused, with both sums") {
  Ledger ledger;
  Allowance allowance;
  allowance.credits = 2;
  CHECK(is_admitted(ledger.ask(submission_of("a", 2), allowance)));
  const Admission admission = ledger.ask(submission_of("a", 2.5), allowance);
  CHECK(refusal_in(admission) == RefusalKind::kOutOfCredit);
  const Refusal& refusal = std::get<Refusal>(admission);
  CHECK(refusal.args["required"] == 2.5);
  CHECK(refusal.args["available"] == 2.0);
}

TEST_CASE("what is charged is missing, until the task turns out to have failed") {
  Ledger ledger;
  Task& good = ledger.enter("1", submission_of("a", 2), rich());
  CHECK(ledger.box.spent(kProvider, kNewYear) == 2);
  CHECK(ledger.box.spent(kProvider, kNewYear + 1h) == 2);
  CHECK(good.held_for == Duration::zero());
}

TEST_CASE("unfinished tasks are limited by whatever limit there is") {
  struct Row {
    const char* name;
    Allowance allowance;
    std::optional<std::size_t> own;
    bool second_of_a, first_of_b;
  };
  Allowance all = rich(), one = rich(), none = rich();
  all.unfinished = 1;
  one.of_endpoint = 1;
  all.counts = one.counts = none.counts = true;
  const Row rows[] = {
      {"no limit", none, std::nullopt, true, true},
      {"of all", all, std::nullopt, false, false},
      {"of the endpoint", one, std::nullopt, false, true},
      {"of the submission's own", none, 1, false, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Ledger ledger;
    Submission a = submission_of("a");
    Submission b = submission_of("b");
    a.active_limit = b.active_limit = row.own;
    REQUIRE(is_admitted(ledger.ask(a, row.allowance)));
    ledger.enter("1", a, row.allowance);
    CHECK(is_admitted(ledger.ask(a, row.allowance)) == row.second_of_a);
    CHECK(is_admitted(ledger.ask(b, row.allowance)) == row.first_of_b);
    if (!row.second_of_a)
      CHECK(refusal_in(ledger.ask(a, row.allowance)) == RefusalKind::kRateLimited);
    CHECK(is_admitted(ledger.ask(a, row.allowance, kNewYear + 10s)));  // it has ended
  }
}

TEST_CASE("submissions in a window are limited, and the refusal may say for how long") {
  Ledger ledger;
  Allowance allowance = rich();
  allowance.limits.submissions = 2;
  allowance.limits.window = 1min;
  for (const char* id : {"1", "2"}) {
    REQUIRE(is_admitted(ledger.ask(submission_of(), allowance)));
    ledger.enter(id, submission_of(), allowance);
  }
  const Admission silent = ledger.ask(submission_of(), allowance, kNewYear + 20s);
  CHECK(refusal_in(silent) == RefusalKind::kRateLimited);
  CHECK_FALSE(std::get<Refusal>(silent).retry_after);
  allowance.limits.announced = true;
  const Admission announced = ledger.ask(submission_of(), allowance, kNewYear + 20s);
  CHECK(std::get<Refusal>(announced).retry_after == 40s);
  CHECK(is_admitted(ledger.ask(submission_of(), allowance, kNewYear + 1min)));
}

TEST_CASE("tasks beyond the places an account has wait for one") {
  Ledger ledger;
  Allowance allowance = rich();
  allowance.limits.running = 1;
  CHECK(ledger.enter("1", submission_of(), allowance).held_for == Duration::zero());
  CHECK(ledger.enter("2", submission_of(), allowance).held_for == 10s);
}

TEST_CASE(
    "a repeat key is answered with the task of its first use, whatever the account has left") {
  Ledger ledger;
  Task& first = ledger.enter("1", repeatable("key", "print"), rich());
  const Allowance poor;

  const auto again = ledger.ask(repeatable("key", "other print"), poor);
  REQUIRE(std::holds_alternative<Repeated>(again));
  CHECK(std::get<Repeated>(again).task == &first);

  CHECK(refusal_in(ledger.ask(repeatable("key", "other print", true), poor)) ==
        RefusalKind::kConflict);
  CHECK(std::holds_alternative<Repeated>(ledger.ask(repeatable("key", "print", true), poor)));
  CHECK(refusal_in(ledger.ask(repeatable("other key", "print"), poor)) ==
        RefusalKind::kOutOfCredit);

  // Forgotten after its life, and when its task is gone.
  CHECK(is_admitted(ledger.ask(repeatable("key", "print"), rich(), kNewYear + 1h)));
  ledger.tasks.clear();
  CHECK(is_admitted(ledger.ask(repeatable("key", "print"), rich())));
}

}  // namespace emulator::test
