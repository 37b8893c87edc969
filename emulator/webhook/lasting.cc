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
  const Book* const book = book_of(box);
  const DeliveryPtr found = book != nullptr ? book->find(number) : nullptr;
  return found && !found->over() ? found.get() : nullptr;
}

std::vector<std::uint64_t> Courier::unfinished(std::string_view box) const {
  std::vector<std::uint64_t> out;
  const Book* const book = book_of(box);
  if (book == nullptr) return out;
  for (const auto& [number, delivery] : book->all())
    if (!delivery->over()) out.push_back(number);
  return out;
}

bool Courier::has_unfinished(std::string_view box) const {
  const Book* const book = book_of(box);
  return book != nullptr && std::any_of(book->all().begin(), book->all().end(),
                                        [](const auto& each) { return !each.second->over(); });
}

std::uint64_t Courier::last(std::string_view box) const {
  const Book* const book = book_of(box);
  return book == nullptr ? 0 : book->last;
}

void Courier::go_on_from(const Sandbox& box, std::uint64_t last) {
  if (last > 0) books_[box.name()].last = last;
}

void Courier::put_back(Sandbox& box, const DeliveryPtr& delivery) {
  Book& book = books_[box.name()];
  book.last = std::max(book.last, delivery->number);
  count(*delivery);
  book.add(delivery);
  ++waiting_;
  if (delivery->stage == Stage::kAwaiting) return plan(box, delivery);
  if (delivery->worded) delivery->rules = delivery->voice->rules(delivery->worded->size());
  if (delivery->decided() && (!delivery->worded || refused(delivery))) return;
  put(box, delivery, delivery->next.value_or(box.now()));
}

}  // namespace emulator::webhook
