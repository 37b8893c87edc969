#include "emulator/base/hash_index.h"

#include <doctest.h>

#include <algorithm>
#include <unordered_map>

#include "emulator/base/random.h"

namespace emulator {
namespace {

struct Item {
  std::uint64_t key;
  std::uint64_t value;
};

auto is(std::uint64_t key) {
  return [key](const Item& item) { return item.key == key; };
}

// Plays random insertions, changes and removals against the standard map; `hash` says how well keys
// are told apart.
template <class Hash>
void compare_with_map(std::uint64_t keys, std::size_t rounds, const Hash& hash) {
  HashIndex<Item> index;
  std::unordered_map<std::uint64_t, std::uint64_t> map;
  Draw draw(7);
  for (std::size_t i = 0; i < rounds; ++i) {
    // It grows for a while, then shrinks, and so on.
    const bool grows = i / (2 * keys) % 2 == 0;
    const std::uint64_t key = draw.next() % keys;
    const std::uint64_t what = draw.next() % 8;
    Item* found = index.find(hash(key), is(key));
    REQUIRE((found != nullptr) == map.contains(key));
    if (found != nullptr) REQUIRE(found->value == map[key]);
    if (what < (grows ? 6u : 2u)) {
      if (found != nullptr)
        found->value = i;
      else
        index.insert(hash(key), {key, i});
      map[key] = i;
    } else {
      REQUIRE(index.erase(hash(key), is(key)) == (map.erase(key) == 1));
    }
    REQUIRE(index.size() == map.size());
  }
  for (std::uint64_t key = 0; key < keys; ++key) {
    const Item* found = index.find(hash(key), is(key));
    REQUIRE((found != nullptr) == map.contains(key));
    if (found != nullptr) REQUIRE(found->value == map[key]);
  }
}

}  // namespace

TEST_CASE("hash index: holds what a map holds, as it grows and shrinks") {
  compare_with_map(3'000, 60'000, [](std::uint64_t key) { return mixed(key); });
}

TEST_CASE("hash index: values of one hash are told apart") {
  compare_with_map(40, 4'000, [](std::uint64_t key) { return key % 3; });
}

TEST_CASE("hash index: rows of taken slots that go over the table's end") {
  compare_with_map(300, 20'000, [](std::uint64_t key) { return ~std::uint64_t{0} - key % 5; });
}

TEST_CASE("hash index: no change moves more than a row of what is there") {
  HashIndex<Item> index;
  std::uint64_t most = 0;
  const auto change = [&](auto&& step) {
    const std::uint64_t before = index.moved();
    step();
    most = std::max(most, index.moved() - before);
  };
  constexpr std::uint64_t kMany = 200'000;
  for (std::uint64_t key = 0; key < kMany; ++key)
    change([&] { index.insert(mixed(key), {key, key}); });
  CHECK(index.size() == kMany);
  CHECK(index.moved() > kMany / 2);
  for (std::uint64_t key = 0; key < kMany; ++key) {
    REQUIRE(index.find(mixed(key), is(key))->value == key);
    change([&] { REQUIRE(index.erase(mixed(key), is(key))); });
  }
  CHECK(index.empty());
  CHECK(most < 200);  // of two hundred thousand
}

TEST_CASE("hash index: empty again") {
  HashIndex<Item> index;
  CHECK(index.find(1, is(1)) == nullptr);
  CHECK_FALSE(index.erase(1, is(1)));
  index.insert(0, {1, 2});  // a hash of nothing but zeros is one like others
  CHECK(index.find(0, is(1))->value == 2);
  index.clear();
  CHECK(index.empty());
  CHECK(index.find(0, is(1)) == nullptr);
}

}  // namespace emulator
