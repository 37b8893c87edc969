// Webhooks that outlast the process. What is written of one is what it takes to go on: what was
// planned is planned anew from its task, and an attempt of which no answer was seen is made again,
// with the same number and the same words. Receivers that know what they have had see it once.
#include <algorithm>
#include <utility>

#include "emulator/webhook/courier.h"

namespace emulator::webhook {

// Whoever writes it down looks at it in a later turn.
void Courier::note(const Delivery& delivery) const {
  Sandbox* const box = parts_.sandboxes.find(delivery.box);
  if (box != nullptr && box->scribe != nullptr) box->scribe->webhook_changed(*box, delivery.number);
}

const Delivery* Courier::unfinished(std::string_view box, std::uint64_t number) const {
  const auto book = books_.find(box);
  if (book == books_.end()) return nullptr;
  const auto found = book->second.all.find(number);
  return found == book->second.all.end() || found->second->over() ? nullptr : found->second.get();
}

std::vector<std::uint64_t> Courier::unfinished(std::string_view box) const {
  std::vector<std::uint64_t> out;
  const auto book = books_.find(box);
  if (book == books_.end()) return out;
  for (const auto& [number, delivery] : book->second.all)
    if (!delivery->over()) out.push_back(number);
  return out;
}

bool Courier::has_unfinished(std::string_view box) const {
  const auto book = books_.find(box);
  return book != books_.end() && std::any_of(book->second.all.begin(), book->second.all.end(),
                                             [](const auto& each) { return !each.second->over(); });
}

bool Courier::is_held(const Delivery& delivery) const {
  const auto book = books_.find(delivery.box);
  return book != books_.end() &&
         std::any_of(book->second.held.begin(), book->second.held.end(),
                     [&](const DeliveryPtr& held) { return held.get() == &delivery; });
}

std::uint64_t Courier::last(std::string_view box) const {
  const auto book = books_.find(box);
  return book == books_.end() ? 0 : book->second.last;
}

void Courier::go_on_from(const Sandbox& box, std::uint64_t last) {
  if (last > 0) books_[box.name()].last = last;
}

void Courier::put_back(Sandbox& box, const DeliveryPtr& delivery, bool was_held) {
  Book& book = books_[box.name()];
  book.last = std::max(book.last, delivery->number);
  count(*delivery);
  book.all.emplace(delivery->number, delivery);
  ++waiting_;
  if (delivery->awaits) {
    book.awaiting.emplace(delivery->serial, delivery);
    return plan(box, delivery);
  }
  const Instant due = delivery->next.value_or(box.now());
  if (delivery->worded) delivery->rules = delivery->voice->rules(delivery->worded->size());
  if (!delivery->begun) return put(box, delivery, due, &Courier::resume);
  if (!delivery->worded || refused(delivery)) return;
  if (was_held) book.held.push_back(delivery);
  put(box, delivery, due, &Courier::launch);
}

// Its event was there, and nothing was decided about it yet.
void Courier::resume(const DeliveryPtr& delivery, std::function<void()> finished) {
  compose(delivery, std::move(finished), {});
}

}  // namespace emulator::webhook
