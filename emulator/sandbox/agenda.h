#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/memory.h"

namespace emulator {

// What is due when, on one sandbox's clock: delayed replies, webhook attempts, stream events.
// Things due at the same instant keep the order they were put in. Loop thread only.
class Agenda {
 public:
  // Called when the time has come. It must call `finished` exactly once, at once or later: while
  // the clock is moved by hand, it does not move on before.
  using Action = std::function<void(std::function<void()> finished)>;

  struct Item {
    std::string kind;  // "reply", "webhook", ...; "" is not reported
    std::string id;
    Action action;
    bool awaited = false;   // a client waits for it: a clock that skips goes there
    std::size_t bytes = 0;  // that `action` holds and nobody else counts
  };
  using Ticket = std::uint64_t;

  // Counts what is on it. Before anything is put.
  void count_in(Memory* memory) { charge_ = Charge(memory, Held::kAgenda); }

  Ticket put(Instant due, Item item);
  // Takes an item off; false when it has been fired or taken off before.
  bool cancel(Ticket ticket);

  std::optional<Instant> next() const;
  // When that item is due; nullopt when it is not on it any more.
  std::optional<Instant> due(Ticket ticket) const;
  // The items that clients wait for, in the order they were put in.
  std::vector<Ticket> awaited() const;
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }

  // Takes out the first item due at or before `until`.
  std::optional<std::pair<Instant, Item>> pop(Instant until);
  // Instant, kind and id of the first `most` on it that are reported, in order.
  struct Entry {
    Instant at;
    std::string kind, id;
  };
  std::vector<Entry> entries(std::size_t most = SIZE_MAX) const;

 private:
  static std::size_t size_of(const Item& item);

  Charge charge_;
  std::map<std::pair<Instant, Ticket>, Item> items_;
  std::map<Ticket, Instant> due_;
  Ticket last_ = 0;
};

}  // namespace emulator
