#include "emulator/base/long_queue.h"

#include <doctest.h>

#include <memory>
#include <vector>

namespace emulator {
namespace {

using Numbers = LongQueue<std::shared_ptr<int>>;

Numbers up_to(int count) {
  Numbers out;
  for (int i = 0; i < count; ++i) out.push_back(std::make_shared<int>(i));
  return out;
}

}  // namespace

TEST_CASE("items of a long queue are found by place, from both ends, while others come and go") {
  Numbers queue = up_to(100'000);
  CHECK(queue.size() == 100'000);
  for (int i = 0; i < 100'000; i += 997) CHECK(*queue[static_cast<std::size_t>(i)] == i);
  for (int i = 0; i < 70'000; ++i) queue.pop_front();
  CHECK(*queue.front() == 70'000);
  CHECK(*queue.back() == 99'999);
  CHECK(*queue[12'345] == 82'345);
  int next = 70'000;
  for (const auto& item : queue) CHECK(*item == next++);
  for (auto item = queue.rbegin(); item != queue.rend(); ++item) CHECK(**item == --next);
  CHECK(next == 70'000);
}

TEST_CASE("an item of a long queue stays where it is until it is popped") {
  Numbers queue = up_to(10);
  std::vector<const std::shared_ptr<int>*> places;
  for (int i = 10; i < 5'000; ++i) places.push_back(&queue.push_back(std::make_shared<int>(i)));
  for (int i = 0; i < 2'000; ++i) queue.pop_front();
  for (std::size_t i = 0; i < queue.size(); ++i) CHECK(&queue[i] == places[i + 1'990]);
  const Numbers taken = std::move(queue);
  CHECK(&taken[0] == places[1'990]);
}

TEST_CASE("a long queue lets go of what is popped, and of the rest when it goes") {
  const auto counted = std::make_shared<int>(1);
  {
    LongQueue<std::shared_ptr<int>> queue;
    for (int i = 0; i < 100; ++i) queue.push_back(counted);
    for (int i = 0; i < 40; ++i) queue.pop_front();
    CHECK(counted.use_count() == 61);
    LongQueue<std::shared_ptr<int>> other;
    other.push_back(counted);
    other = std::move(queue);
    CHECK(counted.use_count() == 61);
    CHECK(other.size() == 60);
    while (!other.empty()) other.pop_front();
    CHECK(counted.use_count() == 1);
    other.push_back(counted);
    CHECK(*other.back() == 1);
  }
  CHECK(counted.use_count() == 1);
}

}  // namespace emulator
