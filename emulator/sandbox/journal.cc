#include "emulator/sandbox/journal.h"

#include <algorithm>
#include <utility>

#include "emulator/sandbox/packed_exchange.h"

namespace emulator {

Journal::~Journal() { clear(); }

void Journal::limit(std::size_t max_entries, std::size_t max_bytes) {
  max_entries_ = max_entries;
  max_bytes_ = max_bytes;
  trim();
}

Journal::Slot* Journal::slot(std::uint64_t number) {
  if (number < first() || number > last_) return nullptr;
  return &ring_[place(number)];
}

void Journal::make_room() {
  if (size_ < ring_.size()) return;
  std::vector<Slot> larger(std::max<std::size_t>(8, 2 * ring_.size()));
  for (std::uint64_t number = first(); number <= last_; ++number)
    larger[number & (larger.size() - 1)] = std::move(ring_[place(number)]);
  ring_ = std::move(larger);
}

void Journal::count(Slot& slot, std::size_t bytes) {
  const std::size_t more = bytes - slot.counted;  // modulo 2^64, as are the sums
  bytes_ += more;
  if (total_ != nullptr) total_->bytes += more;
  if (total_ != nullptr && total_->memory != nullptr) total_->memory->change(Held::kJournals, more);
  slot.counted = bytes;
}

void Journal::add(std::shared_ptr<Exchange> exchange) {
  if (!keeps()) {
    exchange->number = ++last_;
    return;
  }
  make_room();
  exchange->number = ++last_;
  ++size_;
  Slot& made = ring_[place(last_)];
  count(made, sizeof(Slot) + exchange->bytes());
  made.live = std::move(exchange);
  trim();
}

void Journal::changed(const Exchange& exchange) {
  Slot* const kept = slot(exchange.number);
  if (kept == nullptr || kept->live.get() != &exchange) return;
  count(*kept, sizeof(Slot) + exchange.bytes());
  trim();
}

void Journal::completed(const Exchange& exchange, const http::Reply* reply) {
  Slot* const kept = slot(exchange.number);
  if (kept == nullptr || kept->live.get() != &exchange) return;
  const std::size_t size = packed_size(exchange, reply);
  kept->packed = blocks_.take(size);
  pack(exchange, kept->packed.data(), reply);
  kept->scenario = exchange.scenario;
  count(*kept, sizeof(Slot) + size);
  kept->live.reset();  // may be the last who holds the exchange
  trim();
}

bool Journal::drop_oldest() {
  if (size_ == 0) return false;
  Slot& oldest = ring_[place(first())];
  count(oldest, 0);
  blocks_.give_back(oldest.packed);
  oldest.live.reset();
  oldest.scenario.reset();
  --size_;
  return true;
}

void Journal::trim() {
  while (size_ > max_entries_ || bytes_ > max_bytes_)
    if (!drop_oldest()) break;
  if (total_ != nullptr && total_->bytes > total_->max_bytes && total_->make_room)
    total_->make_room();
}

std::shared_ptr<const Exchange> Journal::find(std::uint64_t number) const {
  if (number < first() || number > last_) return nullptr;
  const Slot& kept = ring_[place(number)];
  if (kept.live) return kept.live;
  const auto out = unpacked(kept.packed.data());
  out->number = number;
  out->scenario = kept.scenario;
  return out;
}

void Journal::clear() {
  while (drop_oldest()) continue;
  ring_ = {};
  cleared_ = last_;
}

}  // namespace emulator
