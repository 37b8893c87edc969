// What is asked of unfinished tasks at every submission, and what it costs.
#include "emulator/sandbox/unfinished.h"

#include <doctest.h>

#include <string>

#include "emulator/base/json_text.h"
#include "emulator/base/random.h"
#include "tests/support/world.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

Task task_of(std::uint64_t serial, Duration run, const char* endpoint = "a") {
  Task task;
  task.serial = serial;
  task.endpoint = endpoint;
  task.accepted = kNewYear;
  task.fate.running_for = run;
  return task;
}

std::vector<std::uint64_t> taken(Unfinished& tasks, Duration at) {
  std::vector<std::uint64_t> out;
  tasks.take_ended(kNewYear + at, [&](std::uint64_t serial) { out.push_back(serial); });
  return out;
}

http::Request submission() {
  return request("POST", "/wavespeed/api/v3/wavespeed-ai/flux-dev",
                 {{"authorization", "Bearer me"}, {"content-type", "application/json"}},
                 R"({"prompt":"a"})");
}

}  // namespace

TEST_CASE("tasks are taken out when they have ended, in the order of their ends") {
  Unfinished tasks;
  tasks.add(task_of(1, 30s));
  tasks.add(task_of(2, 10s, "b"));
  tasks.add(task_of(3, 20s));
  CHECK(tasks.size() == 3);
  CHECK(tasks.of("a") == 2);
  CHECK(taken(tasks, 9s).empty());
  CHECK(taken(tasks, 20s) == std::vector<std::uint64_t>{2, 3});
  CHECK(tasks.of("b") == 0);
  CHECK(tasks.of("a") == 1);
  CHECK(taken(tasks, 1h) == std::vector<std::uint64_t>{1});
  CHECK(tasks.looked_at() == 3);
}

TEST_CASE("an end that moves is looked at anew, and what is dropped never comes") {
  Unfinished tasks;
  Task stuck = task_of(1, 10s);
  stuck.fate.end = End::kStuck;
  tasks.add(stuck);
  tasks.add(task_of(2, 10s));
  tasks.add(task_of(3, 10s));
  tasks.drop(task_of(3, 10s));
  Task later = task_of(2, 40s);
  tasks.moved(later);
  CHECK(taken(tasks, 30s).empty());
  stuck.cancelled = kNewYear + 31s;
  tasks.add(stuck);
  CHECK(tasks.size() == 2);
  CHECK(taken(tasks, 35s) == std::vector<std::uint64_t>{1});
  CHECK(taken(tasks, 1h) == std::vector<std::uint64_t>{2});
  tasks.moved(later);
  CHECK(tasks.size() == 0);
}

TEST_CASE("a submission looks at no task that has not ended, however many there are") {
  WorldOptions options;
  options.scenario =
      "{name: t, defaults: {run: 1h}, rules: [{when: {on: submit}, then: {end: failed}}]}";
  World world(options);
  for (int i = 0; i < 2'000; ++i) REQUIRE(world.send(submission())->status == 200);
  Account& account = world.sandboxes->named("me").account(*world.registry.find("wavespeed"));
  CHECK(account.unsettled.size() == 2'000);
  CHECK(account.unsettled.looked_at() == 0);
  const double spent = account.spent;
  CHECK(spent > 0);
  world.advance("me", 1h);
  REQUIRE(world.send(submission())->status == 200);
  CHECK(account.unsettled.size() == 1);
  CHECK(account.unsettled.looked_at() == 2'000);
  CHECK(account.spent == doctest::Approx(spent / 2'000));
}

// What the index must agree with: every task looked at, every time.
TEST_CASE(
    "random submissions, cancels, polls, drops and clocks: money and counts are those of a whole "
    "look") {
  WorldOptions options;
  options.scenario =
      "{name: t, defaults: {run: 10s..60s}, rules: ["
      "{when: {on: submit, every: 5}, then: {end: stuck}},"
      "{when: {on: submit, every: 3}, then: {end: failed}},"
      "{when: {on: submit, every: 4}, then: {polls: 2, end: failed}}]}";
  options.limits.tasks = 60;
  World world(options);
  Draw draw(7);
  std::vector<std::string> ids;
  const auto provider = *world.registry.find("wavespeed");
  Sandbox& box = world.sandboxes->named("me");
  const auto ask = [&](const char* method, const std::string& path, const std::string& body = "") {
    return world.send(
        request(method, "/wavespeed/api/v3/" + path,
                {{"authorization", "Bearer me"}, {"content-type", "application/json"}}, body));
  };
  double drawn = 0;
  for (int i = 0; i < 600; ++i) {
    switch (draw.next() % 5) {
      case 0:
      case 1: {
        const auto reply = ask("POST", "wavespeed-ai/flux-dev", R"({"prompt":"a"})");
        REQUIRE(reply);
        REQUIRE(reply->status == 200);
        ids.push_back((*decode_json(reply->body))["data"]["id"].get<std::string>());
        drawn += box.tasks.all().back().cost;
        break;
      }
      case 2:
        if (!ids.empty())
          ask("POST", "predictions/delete",
              compact_json({{"ids", {ids[draw.next() % ids.size()]}}}));
        break;
      case 3:
        if (!ids.empty()) ask("GET", "predictions/" + ids[draw.next() % ids.size()] + "/result");
        break;
      default:
        world.advance("me", std::chrono::seconds(draw.next() % 20));
    }
    const Unfinished& unsettled = box.account(provider).unsettled;
    const double spent = box.spent(provider, box.now());
    // Dropped tasks keep their price; of those there, the ones that failed or were cancelled and
    // have ended cost nothing.
    std::size_t open = 0;
    for (const Task& task : box.tasks.all()) {
      const TaskView view = state_at(task, box.now());
      const bool sure = task.fate.end == End::kSucceed && !task.cancelled;
      if (!view.done() && !sure && task.cost > 0) ++open;
    }
    CHECK(unsettled.size() == open);
    CHECK(spent <= drawn + 1e-9);
    CHECK(spent >= 0);
  }
}

}  // namespace emulator::test
