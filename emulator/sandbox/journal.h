#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "emulator/base/memory.h"
#include "emulator/sandbox/blocks.h"
#include "emulator/sandbox/exchange.h"

namespace emulator {

// What all journals hold together.
struct JournalTotal {
  std::size_t bytes = 0;
  std::size_t max_bytes = SIZE_MAX;
  Memory* memory = nullptr;  // counts them as well
  // Called when there are more than that: shall let entries go.
  std::function<void()> make_room;
};

// The exchanges of one sandbox, the latest `max_entries`, at most `max_bytes` of them. Loop thread.
class Journal {
 public:
  Journal() = default;
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  void limit(std::size_t max_entries, std::size_t max_bytes);
  // Counts towards a total, which must outlive it. Before anything is added.
  void count_towards(JournalTotal& total) { total_ = &total; }
  // The next exchange gets the number behind `seen`. Before anything is added.
  void go_on_from(std::uint64_t seen) { last_ = cleared_ = seen; }
  // Numbers the exchange and keeps it. What is learned of it later shows at once.
  void add(std::shared_ptr<Exchange> exchange);
  // Must be called when the exchange has grown, so that the bounds hold again.
  void changed(const Exchange& exchange);
  // Nothing about the exchange changes any more: from now on the journal has a compact copy. With
  // `reply`, its head and body are kept, and not what the exchange has of them.
  void completed(const Exchange& exchange, const http::Reply* reply = nullptr);
  // Null when it has been let go, or has not come.
  std::shared_ptr<const Exchange> find(std::uint64_t number) const;
  // False when nothing is ever kept, so that there is no use in gathering it.
  bool keeps() const { return max_entries_ > 0 && max_bytes_ > 0; }
  // How many were let go to hold the bounds, since the journal was last cleared.
  std::uint64_t forgotten() const { return last_ - cleared_ - size_; }
  std::size_t size() const { return size_; }
  // The entries kept have the numbers from `first` to `seen`, both included.
  std::uint64_t first() const { return last_ - size_ + 1; }
  std::uint64_t seen() const { return last_; }  // all there ever were
  std::size_t bytes() const { return bytes_; }
  void clear();
  // Lets the oldest go; false when there is none.
  bool drop_oldest();

 private:
  struct Slot {
    std::shared_ptr<Exchange> live;  // until it is completed
    Blocks::Piece packed;
    std::shared_ptr<const scenario::Scenario> scenario;  // of what is packed
    std::size_t counted = 0;
  };

  // Of an entry that is kept.
  std::size_t place(std::uint64_t number) const { return number & (ring_.size() - 1); }
  Slot* slot(std::uint64_t number);
  void make_room();
  void count(Slot& slot, std::size_t bytes);
  void trim();

  // By number, modulo its size, which is a power of two: entries come and go without the allocator.
  std::vector<Slot> ring_;
  std::size_t size_ = 0;  // entries in it
  Blocks blocks_;
  JournalTotal* total_ = nullptr;
  std::uint64_t last_ = 0;
  std::uint64_t cleared_ = 0;  // the last number that was cleared away
  std::size_t bytes_ = 0;
  std::size_t max_entries_ = 10'000;
  std::size_t max_bytes_ = 64u << 20;
};

}  // namespace emulator
