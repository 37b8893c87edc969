#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "emulator/base/zeroed.h"

namespace emulator {

// Values by 64-bit hashes, flat in memory, for what grows to millions. A table that is full is not
// rebuilt at once, which would hold its thread for a tenth of a second: each change moves a few of
// the old table's values on. Several values may share a hash, so whoever looks one up says by a
// predicate which it is. Hashes must be well mixed. One thread at a time; throws std::bad_alloc.
template <class Value>
class HashIndex {
  static_assert(std::is_trivially_copyable_v<Value>, "values are moved about");

 public:
  std::size_t size() const { return now_.used + before_.used; }
  bool empty() const { return size() == 0; }

  void insert(std::uint64_t hash, const Value& value) {
    if (now_.used + 1 > now_.size / 4 * 3) {
      while (before_.size > 0) move_some();
      rebuild(now_.size == 0 ? kLeast : now_.size * 2);
    }
    put(now_, marked(hash), value);
    move_some();
  }

  // The first value of that hash for which `is` holds, or null. Stays where it is until the next
  // insertion or removal.
  template <class Is>
  Value* find(std::uint64_t hash, const Is& is) {
    if (Slot* found = find(now_, marked(hash), is)) return &found->value;
    Slot* found = find(before_, marked(hash), is);
    return found != nullptr ? &found->value : nullptr;
  }
  template <class Is>
  const Value* find(std::uint64_t hash, const Is& is) const {
    if (const Slot* found = find(now_, marked(hash), is)) return &found->value;
    const Slot* found = find(before_, marked(hash), is);
    return found != nullptr ? &found->value : nullptr;
  }

  // Removes that value; false when there was none.
  template <class Is>
  bool erase(std::uint64_t hash, const Is& is) {
    for (Table* table : {&now_, &before_}) {
      Slot* found = find(*table, marked(hash), is);
      if (found == nullptr) continue;
      close(*table, static_cast<std::size_t>(found - table->slots.get()));
      give_back();
      move_some();
      return true;
    }
    return false;
  }

  void clear() {
    now_ = {};
    before_ = {};
    cursor_ = 0;
  }

  // How many values have been moved to a larger table, ever.
  std::uint64_t moved() const { return moved_; }

 private:
  static constexpr std::size_t kLeast = 4;      // slots
  static constexpr std::size_t kKept = 1024;    // slots that are kept for nothing
  static constexpr std::size_t kSteps = 8;      // slots of the old table at each change
  static constexpr std::uint64_t kNothing = 0;  // in place of a hash

  struct Slot {
    std::uint64_t hash;
    Value value;
  };
  struct Free {
    std::size_t size = 0;  // slots
    void operator()(Slot* slots) const { free_zeroed(slots, size * sizeof(Slot)); }
  };
  struct Table {
    std::unique_ptr<Slot[], Free> slots;
    std::size_t size = 0;  // a power of two, or none
    std::size_t used = 0;
  };

  static std::uint64_t marked(std::uint64_t hash) { return hash == kNothing ? 1 : hash; }
  static std::size_t next(const Table& table, std::size_t at) {
    return (at + 1) & (table.size - 1);
  }
  static std::size_t home(const Table& table, std::uint64_t hash) {
    return hash & (table.size - 1);
  }

  template <class Is>
  static Slot* find(const Table& table, std::uint64_t hash, const Is& is) {
    if (table.used == 0) return nullptr;
    for (std::size_t at = home(table, hash);; at = next(table, at)) {
      Slot& slot = table.slots[at];
      if (slot.hash == kNothing) return nullptr;
      if (slot.hash == hash && is(std::as_const(slot.value))) return &slot;
    }
  }

  static void put(Table& table, std::uint64_t hash, const Value& value) {
    std::size_t at = home(table, hash);
    while (table.slots[at].hash != kNothing) at = next(table, at);
    table.slots[at] = {hash, value};
    ++table.used;
  }

  // Empties a slot, and moves back what stands behind it and would not be found beyond a gap.
  static void close(Table& table, std::size_t gap) {
    --table.used;
    const std::size_t mask = table.size - 1;
    for (std::size_t at = next(table, gap); table.slots[at].hash != kNothing;
         at = next(table, at)) {
      const std::size_t from = home(table, table.slots[at].hash);
      if (((at - from) & mask) < ((at - gap) & mask)) continue;
      table.slots[gap] = table.slots[at];
      gap = at;
    }
    table.slots[gap].hash = kNothing;
  }

  static Table table_of(std::size_t size) {
    Table out;
    out.slots = {static_cast<Slot*>(zeroed(size * sizeof(Slot))), Free{size}};
    out.size = size;
    return out;
  }

  void rebuild(std::size_t size) {
    Table fresh = table_of(size);
    before_ = std::exchange(now_, std::move(fresh));
    cursor_ = 0;
    if (before_.used == 0) before_ = {};
  }

  // Half the slots do while an eighth is in use; all values are moved before half is.
  void give_back() {
    if (now_.size <= kKept || before_.size > 0) return;
    if (now_.used == 0) now_ = {};
    if (now_.used < now_.size / 8) rebuild(now_.size / 2);
  }

  // What is in the old table is found there only while no gap opens in front of it, so a row of
  // taken slots is moved as a whole.
  void move_some() {
    if (before_.size == 0) return;
    for (std::size_t step = 0; step < kSteps || before_.slots[cursor_].hash != kNothing; ++step) {
      Slot& slot = before_.slots[cursor_];
      if (slot.hash != kNothing) {
        put(now_, slot.hash, slot.value);
        slot.hash = kNothing;
        --before_.used;
        ++moved_;
      }
      if (++cursor_ == before_.size || before_.used == 0) {
        before_ = {};
        return;
      }
    }
  }

  Table now_, before_;
  std::size_t cursor_ = 0;  // slots of `before_` in front of it are empty
  std::uint64_t moved_ = 0;
};

}  // namespace emulator
