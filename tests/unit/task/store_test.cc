#include "emulator/task/store.h"

#include <doctest.h>

#include <vector>

namespace emulator {

TEST_CASE("tasks are numbered from one and found by number until they are dropped") {
  TaskStore store;
  for (const char* id : {"a", "b", "c"}) {
    Task task;
    task.id = id;
    store.add(std::move(task));
  }
  REQUIRE(store.at(1) != nullptr);
  CHECK(store.at(1)->id == "a");
  CHECK(store.at(3)->id == "c");
  CHECK(store.at(4) == nullptr);
  CHECK(store.at(0) == nullptr);

  std::vector<std::string> dropped;
  CHECK(store.drop_oldest([&](Task& task) { dropped.push_back(task.id); }));
  CHECK(dropped == std::vector<std::string>{"a"});
  CHECK(store.at(1) == nullptr);
  CHECK(store.at(2)->id == "b");
  CHECK(store.next_serial() == 4);
}

TEST_CASE("the address of a task stays good while others come and go") {
  TaskStore store;
  Task& first = store.add({});
  first.id = "first";
  for (int i = 0; i < 10'000; ++i) store.add({});
  CHECK(store.at(1) == &first);
  for (int i = 0; i < 1; ++i) store.drop_oldest(nullptr);
  Task& kept = *store.at(5'000);
  for (int i = 0; i < 100; ++i) store.drop_oldest(nullptr);
  CHECK(store.at(5'000) == &kept);
}

TEST_CASE("a cleared store begins anew") {
  TaskStore store;
  store.add({});
  store.clear(nullptr);
  CHECK(store.size() == 0);
  CHECK(store.next_serial() == 1);
  CHECK_FALSE(store.drop_oldest(nullptr));
}

}  // namespace emulator
