#include "emulator/webhook/book.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace emulator::webhook {

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::kAwaiting:
      return "awaiting";
    case Stage::kHappened:
      return "happened";
    case Stage::kRipe:
      return "ripe";
    case Stage::kHeld:
      return "held";
    case Stage::kScheduled:
      return "scheduled";
    case Stage::kQueued:
      return "queued";
    case Stage::kInFlight:
      return "in flight";
    case Stage::kOver:
      return "over";
  }
  return "";
}

bool may_follow(Stage from, Stage to) {
  switch (from) {
    case Stage::kAwaiting:
      return to == Stage::kHappened || to == Stage::kOver;
    case Stage::kHappened:
      return to != Stage::kAwaiting && to != Stage::kHappened && to != Stage::kInFlight;
    case Stage::kRipe:
      return to == Stage::kHappened || to == Stage::kOver;
    case Stage::kHeld:
      return to == Stage::kScheduled || to == Stage::kQueued || to == Stage::kOver;
    case Stage::kScheduled:
      return to == Stage::kQueued || to == Stage::kOver;
    case Stage::kQueued:
      return to == Stage::kInFlight;
    case Stage::kInFlight:
      return to == Stage::kScheduled || to == Stage::kOver;
    case Stage::kOver:
      return to == Stage::kScheduled;
  }
  return false;
}

void Book::add(const DeliveryPtr& delivery) {
  all_.emplace(delivery->number, delivery);
  come_to(delivery, delivery->stage);
}

void Book::move(const DeliveryPtr& delivery, Stage to) {
  const Stage from = delivery->stage;
  if (from == to) return;
  if (!may_follow(from, to))
    throw std::logic_error(delivery->id() + " cannot go from " + std::string(to_string(from)) +
                           " to " + std::string(to_string(to)));
  leave(delivery, from);
  delivery->stage = to;
  come_to(delivery, to);
}

void Book::come_to(const DeliveryPtr& delivery, Stage stage) {
  if (stage == Stage::kAwaiting) awaiting_.emplace(delivery->serial, delivery);
  if (stage == Stage::kRipe) ripe_.push_back(delivery);
  if (stage == Stage::kHeld) held_.push_back(delivery);
  if (delivery->open()) ++open_;
  if (stage != Stage::kOver) return;
  over_.push_back(delivery);
  over_bytes_ += delivery->bytes();
}

void Book::leave(const DeliveryPtr& delivery, Stage stage) {
  if (stage == Stage::kAwaiting) {
    const auto [first, end] = awaiting_.equal_range(delivery->serial);
    const auto found =
        std::find_if(first, end, [&](const auto& each) { return each.second == delivery; });
    if (found != end) awaiting_.erase(found);
  }
  if (stage == Stage::kRipe && !ripe_.empty() && ripe_.front() == delivery)
    ripe_.pop_front();
  else if (stage == Stage::kRipe)
    std::erase(ripe_, delivery);
  if (stage == Stage::kHeld) std::erase(held_, delivery);
  if (delivery->open()) --open_;
  if (stage != Stage::kOver) return;
  std::erase(over_, delivery);
  over_bytes_ -= std::min(over_bytes_, delivery->bytes());
}

DeliveryPtr Book::find(std::uint64_t number) const {
  const auto found = all_.find(number);
  return found == all_.end() ? nullptr : found->second;
}

std::vector<DeliveryPtr> Book::awaiting(std::optional<std::uint64_t> serial) const {
  std::vector<DeliveryPtr> out;
  const auto [first, end] =
      serial ? awaiting_.equal_range(*serial) : std::pair(awaiting_.begin(), awaiting_.end());
  for (auto each = first; each != end; ++each) out.push_back(each->second);
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a->number < b->number; });
  return out;
}

std::vector<DeliveryPtr> Book::held_before(std::uint64_t number) const {
  std::vector<DeliveryPtr> out;
  for (const DeliveryPtr& held : held_)
    if (held->number < number) out.push_back(held);
  return out;
}

void Book::trim(std::size_t records, std::size_t bytes) {
  while (!over_.empty() && (over_.size() > records || over_bytes_ > bytes)) drop_oldest();
}

std::optional<std::size_t> Book::drop_oldest() {
  if (over_.empty()) return std::nullopt;
  const DeliveryPtr oldest = std::move(over_.front());
  over_.pop_front();
  over_bytes_ -= std::min(over_bytes_, oldest->bytes());
  all_.erase(oldest->number);
  return oldest->held.bytes();
}

}  // namespace emulator::webhook
