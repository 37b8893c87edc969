#include <doctest.h>

#include "emulator/sandbox/sandboxes.h"
#include "tests/support/world.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

constexpr std::size_t kMany = 5'000;

Task pictured(const std::string& id) {
  Task task;
  task.id = id;
  task.accepted = kNewYear;
  task.fate.running_for = 1s;
  task.fate.links_live_for = 10min;
  return task;
}

// A sandbox with so many tasks, each with a picture.
Sandbox& filled(World& world, const std::string& name, const std::string& prefix = "") {
  Sandbox& box = world.sandboxes->named(name);
  for (std::size_t i = 0; i < kMany; ++i) {
    Task& task = world.sandboxes->accept(box, pictured(prefix + std::to_string(i)));
    task.links.push_back(
        world.sandboxes->know_picture(box, task, 0, "/" + prefix + std::to_string(i)));
  }
  return box;
}

}  // namespace

TEST_CASE("many tasks of a sandbox that goes: out of reach at once, freed in turns") {
  World world;
  const std::uint64_t before = world.memory.of(Held::kTasks);
  filled(world, "a");
  world.wall.set_each_look(1ms);
  world.sandboxes->drop("a");
  CHECK(world.sandboxes->tasks() == kMany);  // not in the turn that drops it
  for (const char* id : {"0", "17", "4999"}) {
    CHECK_FALSE(world.sandboxes->find_task(0, id));
    CHECK_FALSE(world.sandboxes->find_picture(0, std::string("/") + id));
  }

  // Ids and paths are taken again while the old ones are still to be freed.
  Sandbox& again = world.sandboxes->named("a");
  Task& task = world.sandboxes->accept(again, pictured("17"));
  task.links.push_back(world.sandboxes->know_picture(again, task, 3, "/17"));
  world.advance_wall(1s);
  CHECK(world.sandboxes->tasks() == 1);
  CHECK(world.sandboxes->find_task(0, "17").task == &task);
  CHECK(world.sandboxes->find_picture(0, "/17").index == 3);
  world.sandboxes->drop("a");
  CHECK(world.sandboxes->tasks() == 0);
  CHECK(world.memory.of(Held::kTasks) == before);
}

TEST_CASE("many tasks of a sandbox put back to the start: nothing of them is met again") {
  World world;
  Sandbox& box = filled(world, "a");
  world.sandboxes->reset(box, {});
  CHECK(box.tasks.size() == 0);
  Task& first = world.sandboxes->accept(box, pictured("new"));
  CHECK(first.serial == 1);
  CHECK_FALSE(world.sandboxes->find_picture(0, "/0"));  // of the task that had this serial
  CHECK_FALSE(world.sandboxes->find_task(0, "0"));
  CHECK(world.sandboxes->find_task(0, "new").task == &first);
}

TEST_CASE("many tasks that are still to be freed go before any other when there is no room") {
  WorldOptions options;
  options.limits.tasks = kMany;
  World world(options);
  filled(world, "a");
  world.sandboxes->drop("a");
  filled(world, "b", "b");
  CHECK(world.sandboxes->find("b")->tasks.size() == kMany);
  CHECK(world.sandboxes->tasks() == kMany);
}

TEST_CASE("many tasks end in one move: told in order, in turns, no more than there is room for") {
  WorldOptions options;
  options.limits.fired = 3'000;
  World world(options);
  Sandbox& box = filled(world, "a");
  std::optional<Sandboxes::Moved> moved;
  world.wall.set_each_look(1ms);
  world.sandboxes->move(box, kNewYear + 1h,
                        [&](Sandboxes::Moved done) { moved = std::move(done); });
  CHECK_FALSE(moved);
  CHECK(box.now() == kNewYear + 1h);
  CHECK_FALSE(world.sandboxes->drop("a"));  // while its clock is being moved
  world.advance_wall(1h);
  REQUIRE(moved);
  CHECK(moved->more);
  REQUIRE(moved->fired.size() == 3'000);
  for (std::size_t i = 0; i < 3'000; ++i) {
    REQUIRE(moved->fired[i].kind == "task");  // links die after all tasks have ended
    REQUIRE(moved->fired[i].id == std::to_string(i));
  }
  CHECK_FALSE(box.moving);
}

}  // namespace emulator::test
