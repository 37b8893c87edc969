#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/base/hash_index.h"
#include "emulator/task/task.h"

namespace emulator {

// Tasks that have not ended, by when they do: what is asked of them at every submission must not
// cost more when there are many. Whoever changes a task's end says so by `moved`, and by `drop`
// before a task goes. Loop thread only.
class Unfinished {
 public:
  // Takes a task in; one that is in already stays, with its end looked at anew.
  void add(const Task& task);
  // Its end may be another now. Does nothing to a task that is not in.
  void moved(const Task& task);
  void drop(const Task& task);
  void clear();
  // Takes out the one that ends first; false when there is none.
  bool drop_first();

  // Takes out every task whose end is at `now` or before, and calls `ended` with its serial.
  void take_ended(Instant now, const std::function<void(std::uint64_t serial)>& ended);

  bool has(std::uint64_t serial) const {
    return const_cast<Unfinished*>(this)->find(serial) != nullptr;
  }
  std::size_t size() const { return known_.size(); }
  // How many of them are tasks of that endpoint.
  std::size_t of(std::string_view endpoint) const;
  // How many were looked at by `take_ended`, ever: those that had ended, and no others.
  std::uint64_t looked_at() const { return looked_at_; }

 private:
  struct Known {
    std::uint64_t serial;
    Instant end;  // Instant::max() while nobody knows
    std::map<std::string, std::size_t, std::less<>>::iterator endpoint;
  };

  Known* find(std::uint64_t serial);
  void forget(const Known& known);

  HashIndex<Known> known_;                              // by serial
  std::set<std::pair<Instant, std::uint64_t>> by_end_;  // with serials
  std::map<std::string, std::size_t, std::less<>> endpoints_;
  std::uint64_t looked_at_ = 0;
};

}  // namespace emulator
