#include "emulator/base/memory.h"

#include <doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace emulator {
namespace {

constexpr std::uint64_t kMiB = 1u << 20;

TEST_CASE("what is held is counted where it is held, until it is gone") {
  Memory memory(1'000);
  {
    Charge one(&memory, Held::kTasks);
    one.set(300);
    Charge other(&memory, Held::kAgenda);
    other.add(100);
    other.sub(40);
    CHECK(memory.of(Held::kTasks) == 300);
    CHECK(memory.of(Held::kAgenda) == 60);
    CHECK(memory.total() == 360);
    Charge moved(std::move(one));
    CHECK(memory.total() == 360);
    Charge copy(moved);  // NOLINT(performance-unnecessary-copy-initialization): that is the point
    CHECK(copy.bytes() == 0);
    copy.set(50);
    CHECK(memory.total() == 360);
    moved = Charge(&memory, Held::kNames);
    CHECK(memory.of(Held::kTasks) == 0);
  }
  CHECK(memory.total() == 0);
}

TEST_CASE("there is room up to the bound, and not a byte more") {
  Memory memory(1'000);
  Charge held(&memory, Held::kRequests);
  CHECK(memory.room_for(1'000));
  CHECK_FALSE(memory.room_for(1'001));
  held.set(999);
  CHECK(memory.room_for(1));
  CHECK_FALSE(memory.room_for(2));
  held.set(2'000);  // what is taken all the same
  CHECK_FALSE(memory.room_for(0));
  CHECK_FALSE(memory.room_for(UINT64_MAX));
  held.set(0);
  CHECK(memory.room_for(1'000));
  CHECK(memory.refused() == 4);
}

TEST_CASE("the cheapest goes first, a little more than need be, and no more than that") {
  Memory memory(160 * kMiB);
  std::vector<std::string> asked;
  Charge cheap(&memory, Held::kJournals), dear(&memory, Held::kTasks);
  const auto spare = [&](const char* what, Charge& from) {
    memory.can_let_go(what, [&asked, &from, what](std::uint64_t bytes) {
      asked.push_back(std::string(what) + " " + std::to_string(bytes / kMiB));
      from.set(from.bytes() - std::min<std::uint64_t>(from.bytes(), bytes));
    });
  };
  spare("cheap", cheap);
  spare("dear", dear);
  std::vector<std::string> lines;
  memory.on_full([&lines](const std::string& line) { lines.push_back(line); });

  cheap.set(100 * kMiB);
  dear.set(60 * kMiB);
  CHECK(memory.room_for(0));
  CHECK(asked.empty());
  CHECK(memory.room_for(20 * kMiB));
  CHECK(asked == std::vector<std::string>{"cheap 30"});
  CHECK(cheap.bytes() == 70 * kMiB);
  CHECK(dear.bytes() == 60 * kMiB);
  CHECK(memory.room_for(100 * kMiB));
  CHECK(asked == std::vector<std::string>{"cheap 30", "cheap 80", "dear 10"});
  CHECK(memory.let_go()[0].bytes == 100 * kMiB);
  CHECK(memory.let_go()[1].bytes == 10 * kMiB);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "--max-memory 160 MiB reached (journals 100 MiB, tasks 60 MiB): what can be spared is let "
        "go, the least missed first");
}

TEST_CASE("what nobody can spare is refused, said once, and not searched for each time") {
  Memory memory(160 * kMiB);
  int searches = 0;
  memory.can_let_go("nothing", [&searches](std::uint64_t) { ++searches; });
  std::vector<std::string> lines;
  memory.on_full([&lines](const std::string& line) { lines.push_back(line); });
  Charge held(&memory, Held::kConnections);
  held.set(161 * kMiB);
  for (int i = 0; i < 129; ++i) CHECK_FALSE(memory.room_for(0));
  CHECK(searches == 3);
  CHECK(memory.refused() == 129);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "--max-memory 160 MiB reached (connections 161 MiB): requests are refused until something "
        "is given back");
}

TEST_CASE("one who is asked to let go may ask for room himself") {
  Memory memory(160 * kMiB);
  Charge held(&memory, Held::kNames);
  memory.can_let_go("names", [&](std::uint64_t) {
    CHECK_FALSE(memory.room_for(0));
    held.set(0);
  });
  held.set(161 * kMiB);
  CHECK(memory.room_for(0));
}

}  // namespace
}  // namespace emulator
