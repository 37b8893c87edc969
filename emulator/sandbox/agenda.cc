#include "emulator/sandbox/agenda.h"

#include <algorithm>

namespace emulator {

// With the nodes of two maps and what a small closure takes.
std::size_t Agenda::size_of(const Item& item) {
  return sizeof(Item) + 240 + item.kind.capacity() + item.id.capacity() + item.bytes;
}

Agenda::Ticket Agenda::put(Instant due, Item item) {
  const Ticket ticket = ++last_;
  charge_.add(size_of(item));
  items_.emplace(std::pair(due, ticket), std::move(item));
  due_.emplace(ticket, due);
  return ticket;
}

bool Agenda::cancel(Ticket ticket) {
  const auto found = due_.find(ticket);
  if (found == due_.end()) return false;
  const auto item = items_.find(std::pair(found->second, ticket));
  charge_.sub(size_of(item->second));
  items_.erase(item);
  due_.erase(found);
  return true;
}

std::optional<Instant> Agenda::next() const {
  if (items_.empty()) return std::nullopt;
  return items_.begin()->first.first;
}

std::optional<Instant> Agenda::due(Ticket ticket) const {
  const auto found = due_.find(ticket);
  return found == due_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Agenda::Ticket> Agenda::awaited() const {
  std::vector<Ticket> out;
  for (const auto& [key, item] : items_)
    if (item.awaited) out.push_back(key.second);
  std::sort(out.begin(), out.end());
  return out;
}

std::optional<std::pair<Instant, Agenda::Item>> Agenda::pop(Instant until) {
  const auto first = items_.begin();
  if (first == items_.end() || first->first.first > until) return std::nullopt;
  charge_.sub(size_of(first->second));
  std::pair<Instant, Item> out(first->first.first, std::move(first->second));
  due_.erase(first->first.second);
  items_.erase(first);
  return out;
}

std::vector<Agenda::Entry> Agenda::entries(std::size_t most) const {
  std::vector<Entry> out;
  for (const auto& [key, item] : items_) {
    if (out.size() == most) break;
    if (!item.kind.empty()) out.push_back({key.first, item.kind, item.id});
  }
  return out;
}

}  // namespace emulator
