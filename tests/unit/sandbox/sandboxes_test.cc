#include "emulator/sandbox/sandboxes.h"

#include <doctest.h>

#include <stdexcept>
#include <vector>

#include "tests/support/world.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

Task task_of(const std::string& id, Duration run = 1s) {
  Task task;
  task.id = id;
  task.accepted = kNewYear;
  task.fate.running_for = run;
  task.fate.links_live_for = 10min;
  return task;
}

WorldOptions limited(std::size_t sandboxes, std::size_t tasks) {
  WorldOptions options;
  options.limits.sandboxes = sandboxes;
  options.limits.tasks = tasks;
  return options;
}

}  // namespace

TEST_CASE("a sandbox is made on first sight, and the longest idle goes when there are too many") {
  World world(limited(3, 100));
  for (const char* name : {"a", "b", "c"}) world.sandboxes->named(name);
  world.sandboxes->named("a");
  world.sandboxes->named("d");
  CHECK(world.sandboxes->find("b") == nullptr);
  CHECK(world.sandboxes->find("a") != nullptr);
  CHECK(world.sandboxes->all().front()->name() == "d");
}

TEST_CASE("tasks are bounded over all sandboxes, the oldest of the longest idle going first") {
  World world(limited(10, 3));
  Sandbox& idle = world.sandboxes->named("idle");
  world.sandboxes->accept(idle, task_of("1"));
  world.sandboxes->accept(idle, task_of("2"));
  Sandbox& busy = world.sandboxes->named("busy");
  world.sandboxes->accept(busy, task_of("3"));
  world.sandboxes->accept(busy, task_of("4"));
  CHECK_FALSE(world.sandboxes->find_task(0, "1"));
  CHECK(world.sandboxes->find_task(0, "2"));
  CHECK(world.sandboxes->find_task(0, "4").box == &busy);
  CHECK(world.sandboxes->tasks() == 3);
}

TEST_CASE("a task is found under its provider only, and not after a reset") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  world.sandboxes->accept(box, task_of("x"));
  CHECK(world.sandboxes->find_task(0, "x"));
  CHECK_FALSE(world.sandboxes->find_task(1, "x"));
  world.sandboxes->reset(box, {});
  CHECK_FALSE(world.sandboxes->find_task(0, "x"));
  CHECK(world.sandboxes->tasks() == 0);
}

TEST_CASE("pictures are found by path until their task goes") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  Task& task = world.sandboxes->accept(box, task_of("x"));
  task.links.push_back(world.sandboxes->know_picture(box, task, 2, "/some/path.png"));
  const auto found = world.sandboxes->find_picture(0, "/some/path.png");
  REQUIRE(found);
  CHECK(found.index == 2);
  CHECK_FALSE(world.sandboxes->find_picture(0, "/other.png"));
  world.sandboxes->drop("a");
  CHECK_FALSE(world.sandboxes->find_picture(0, "/some/path.png"));
}

TEST_CASE("moving a clock fires what is due on the way, in order, each at its own time") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  world.sandboxes->accept(box, task_of("t", 2s));
  std::vector<std::pair<std::string, Instant>> seen;
  const auto put = [&](Duration after, const std::string& id) {
    world.sandboxes->put(box, kNewYear + after,
                         {"reply", id, [&, id](const std::function<void()>& finished) {
                            seen.emplace_back(id, box.now());
                            finished();
                          }});
  };
  put(3s, "b");
  put(1s, "a");
  put(1h, "later");
  const auto moved = world.advance("a", 10min);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0] == std::pair<std::string, Instant>("a", kNewYear + 1s));
  CHECK(seen[1] == std::pair<std::string, Instant>("b", kNewYear + 3s));
  REQUIRE(moved.fired.size() == 3);
  CHECK(moved.fired[0].id == "a");
  CHECK(moved.fired[1].kind == "task");
  CHECK(moved.fired[2].id == "b");
  CHECK(moved.now == kNewYear + 10min);
  REQUIRE(moved.pending.size() == 1);
  CHECK(moved.pending[0].id == "later");
  // Ten minutes after its end the link dies; that is an event of its own.
  CHECK(world.advance("a", 2s).fired.at(0).kind == "link");
}

TEST_CASE("a clock being moved waits for what it fired, and does not fire anything twice") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  std::function<void()> finish;
  int later = 0;
  world.sandboxes->put(box, kNewYear + 1s, {"webhook", "w", [&](std::function<void()> finished) {
                                              finish = std::move(finished);
                                            }});
  world.sandboxes->put(box, kNewYear + 2s,
                       {"reply", "r", [&](const std::function<void()>& finished) {
                          ++later;
                          finished();
                        }});
  bool done = false;
  world.sandboxes->move(box, kNewYear + 1min, [&](const Sandboxes::Moved&) { done = true; });
  CHECK_FALSE(done);
  CHECK(later == 0);
  CHECK(box.now() == kNewYear + 1s);
  CHECK_FALSE(world.sandboxes->drop("a"));
  finish();
  CHECK(done);
  CHECK(later == 1);
}

TEST_CASE(
    "the next event is the nearest of task, link and agenda, and none when nothing is to come") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  CHECK_FALSE(world.sandboxes->next_event(box).has_value());
  world.sandboxes->accept(box, task_of("t", 5s));
  CHECK(world.sandboxes->next_event(box) == kNewYear + 5s);
  world.sandboxes->put(box, kNewYear + 3s, {"reply", "r", [](const auto& f) { f(); }});
  CHECK(world.sandboxes->next_event(box) == kNewYear + 3s);
  world.advance("a", 5s);
  CHECK(world.sandboxes->next_event(box) == kNewYear + 5s + 10min);
}

TEST_CASE("what is due on a running clock fires by the wall") {
  WorldOptions options;
  options.manual = false;
  World world(options);
  Sandbox& slow = world.sandboxes->named("slow");
  Sandbox& fast = world.sandboxes->named("fast");
  fast.clock.run_at(100);
  std::vector<std::string> seen;
  const auto note = [&](const std::string& id) {
    return Agenda::Item{"reply", id, [&seen, id](const std::function<void()>& finished) {
                          seen.push_back(id);
                          finished();
                        }};
  };
  world.sandboxes->put(slow, slow.now() + 10s, note("slow"));
  world.sandboxes->put(fast, fast.now() + 100s, note("fast"));
  world.advance_wall(500ms);
  CHECK(seen.empty());
  world.advance_wall(1s);
  CHECK(seen == std::vector<std::string>{"fast"});
  world.advance_wall(10s);
  CHECK(seen == std::vector<std::string>{"fast", "slow"});
}

// Puts `count` things on the agenda that are due together and take 60 us each. The first of them
// has somebody else ask for a turn.
void put_long_ones(World& world, Sandbox& box, Instant due, int count,
                   std::vector<std::string>& seen, std::shared_ptr<void>& other) {
  for (int i = 0; i < count; ++i)
    world.sandboxes->put(box, due, {"reply", std::to_string(i), [&, i](const auto& finished) {
                                      seen.push_back(std::to_string(i));
                                      world.wall.advance(60us);
                                      if (i == 0)
                                        other =
                                            world.loop.after(0s, [&] { seen.push_back("other"); });
                                      finished();
                                    }});
}

TEST_CASE("much that is due together does not keep others from their turn") {
  WorldOptions options;
  options.manual = false;
  World world(options);
  Sandbox& box = world.sandboxes->named("a");
  std::vector<std::string> seen;
  std::shared_ptr<void> other;
  put_long_ones(world, box, box.now() + 1s, 4, seen, other);
  world.advance_wall(1s);
  CHECK(seen == std::vector<std::string>{"0", "other", "1", "2", "3"});
}

TEST_CASE("nor does it while a clock is moved, and all of it belongs to its time") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  std::vector<std::string> seen;
  std::shared_ptr<void> other;
  put_long_ones(world, box, kNewYear + 1s, 4, seen, other);
  std::optional<Sandboxes::Moved> moved;
  world.sandboxes->move(box, kNewYear + 1min, [&](Sandboxes::Moved done) { moved = done; });
  CHECK_FALSE(moved);
  CHECK(box.now() == kNewYear + 1s);
  world.advance_wall(0s);
  REQUIRE(moved);
  CHECK(seen == std::vector<std::string>{"0", "other", "1", "2", "3"});
  REQUIRE(moved->fired.size() == 4);
  for (const auto& fired : moved->fired) CHECK(fired.at == kNewYear + 1s);
  CHECK(moved->now == kNewYear + 1min);
}

TEST_CASE("what one action throws harms neither the others nor the clock, and is reported") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  int others = 0;
  const auto put = [&](Agenda::Action action) {
    world.sandboxes->put(box, kNewYear + 1s, {"reply", "r", std::move(action)});
  };
  put([](const auto&) { throw std::runtime_error("before it finished"); });
  put([](const auto& finished) {
    finished();
    throw std::runtime_error("behind it");
  });
  put([&](const auto& finished) {
    ++others;
    finished();
  });
  CHECK(world.advance("a", 1min).fired.size() == 3);
  CHECK(others == 1);
  CHECK_FALSE(box.moving);
  CHECK_THROWS_AS(world.advance_wall(0s), std::runtime_error);
}

TEST_CASE("of what is pending the first thousand are listed") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  for (int i = 0; i < 1'001; ++i)
    world.sandboxes->put(box, kNewYear + std::chrono::seconds(1 + i),
                         {"reply", std::to_string(i), [](const auto& f) { f(); }});
  const Sandboxes::Moved standing = world.sandboxes->standing(box);
  CHECK(standing.pending.size() == 1'000);
  CHECK(standing.pending.front().id == "0");
  CHECK(standing.more_pending);
  CHECK_FALSE(world.advance("a", 1s).more_pending);
}

TEST_CASE("journals are bounded over all sandboxes, those of the longest idle going first") {
  WorldOptions options;
  options.limits.journals_bytes = 200'000;
  World world(options);
  const auto fill = [&](const char* name, int count) {
    for (int i = 0; i < count; ++i) {
      Sandbox& box = world.sandboxes->named(name);
      const auto exchange = std::make_shared<Exchange>();
      http::Request sent;
      sent.body.assign(1'000, 'x');
      exchange->request = std::make_shared<const http::Request>(std::move(sent));
      box.journal.add(exchange);
      box.journal.completed(*exchange);
    }
  };
  fill("idle", 50);
  fill("busy", 50);
  CHECK(world.sandboxes->find("idle")->journal.size() == 50);
  fill("busy", 80);
  CHECK(world.sandboxes->journal_bytes() <= 200'000);
  CHECK(world.sandboxes->find("idle")->journal.size() < 50);
  CHECK(world.sandboxes->find("idle")->journal.forgotten() > 0);
  CHECK(world.sandboxes->find("busy")->journal.size() == 130);
  fill("busy", 200);
  CHECK(world.sandboxes->find("idle")->journal.size() == 0);
  CHECK(world.sandboxes->find("busy")->journal.size() > 100);
  world.sandboxes->drop("busy");
  CHECK(world.sandboxes->journal_bytes() == 0);
}

TEST_CASE("whoever waits in a sandbox that is reset gets an answer rather than none") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  bool let_go = false;
  world.sandboxes->put(box, kNewYear + 1h, {"reply", "r", [&](const auto& finished) {
                                              let_go = true;
                                              finished();
                                            }});
  world.sandboxes->reset(box, {});
  CHECK(let_go);
  CHECK(box.agenda.empty());
}

TEST_CASE("chance depends on seed, sandbox, purpose and number, and on nothing else") {
  World one, two;
  WorldOptions other;
  other.seed = 2;
  World three(other);
  const auto drawn = [](World& world, const char* box, const char* purpose, std::uint64_t nth) {
    return world.sandboxes->named(box).draw(purpose, nth).next();
  };
  CHECK(drawn(one, "a", "id", 1) == drawn(two, "a", "id", 1));
  two.sandboxes->named("b");
  CHECK(drawn(one, "b", "id", 1) == drawn(two, "b", "id", 1));
  CHECK(drawn(one, "a", "id", 1) != drawn(one, "a", "id", 2));
  CHECK(drawn(one, "a", "id", 1) != drawn(one, "a", "seed", 1));
  CHECK(drawn(one, "a", "id", 1) != drawn(one, "b", "id", 1));
  CHECK(drawn(one, "a", "id", 1) != drawn(three, "a", "id", 1));
}

TEST_CASE("credits are charged on acceptance and given back when the task has failed") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  Task bad = task_of("bad", 5s);
  bad.cost = 6;
  bad.fate.end = End::kFailed;
  Task good = task_of("good", 5s);
  good.cost = 4;
  box.charge(world.sandboxes->accept(box, bad));
  box.charge(world.sandboxes->accept(box, good));
  CHECK(box.spent(0, kNewYear) == 10);
  CHECK(box.spent(0, kNewYear + 5s) == 4);
  CHECK(box.spent(0, kNewYear + 6s) == 4);
}

TEST_CASE("notes are bounded, the oldest going first") {
  World world;
  Sandbox& box = world.sandboxes->named("a");
  box.max_notes = 3;
  for (int i = 0; i < 5; ++i) box.put_note(0, "k" + std::to_string(i), i);
  CHECK(box.find_note(0, "k1") == nullptr);
  REQUIRE(box.find_note(0, "k4") != nullptr);
  CHECK(*box.find_note(0, "k4") == 4);
  CHECK(box.drop_note(0, "k4"));
  CHECK_FALSE(box.drop_note(0, "k4"));
  CHECK(box.find_note(1, "k3") == nullptr);
}

}  // namespace emulator::test
