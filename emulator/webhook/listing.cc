// What there is of webhooks, for whoever asks.
#include <utility>

#include "emulator/base/text.h"
#include "emulator/webhook/courier.h"
#include "emulator/webhook/url.h"

namespace emulator::webhook {
namespace {

std::string standing(const Delivery& delivery) {
  if (delivery.stage == Stage::kQueued) return "waits for a connection";
  if (delivery.stage == Stage::kInFlight) return "an attempt is under way";
  if (!delivery.next) return delivery.reason;
  return (delivery.stage == Stage::kAwaiting ? "the task ends at "
                                             : "the next attempt is due at ") +
         rfc3339(*delivery.next, 3);
}

}  // namespace

const Book* Courier::book_of(std::string_view box) const {
  const auto found = books_.find(box);
  return found == books_.end() ? nullptr : &found->second;
}

Book* Courier::book_of(std::string_view box) {
  return const_cast<Book*>(std::as_const(*this).book_of(box));
}

bool Courier::has(const Delivery& delivery) const {
  const Book* const book = book_of(delivery.box);
  return book != nullptr && book->find(delivery.number).get() == &delivery;
}

Task* Courier::task_of(Sandbox& box, const Delivery& delivery) const {
  Task* const task = box.tasks.at(delivery.serial);
  return task != nullptr && task->id == delivery.task ? task : nullptr;
}

bool Courier::moving(const std::string& name) const {
  const Sandbox* const box = parts_.sandboxes.find(name);
  return box != nullptr && box->moving;
}

std::vector<std::shared_ptr<const Record>> Courier::records(std::string_view box) const {
  std::vector<std::shared_ptr<const Record>> out;
  if (const Book* const book = book_of(box))
    for (const auto& [number, delivery] : book->all()) out.push_back(delivery);
  return out;
}

std::shared_ptr<const Record> Courier::find(std::string_view box, std::uint64_t number) const {
  const Book* const book = book_of(box);
  return book == nullptr ? nullptr : book->find(number);
}

std::vector<Agenda::Entry> Courier::under_way(const Sandbox& box) const {
  std::vector<Agenda::Entry> out;
  const Book* const book = book_of(box.name());
  if (book == nullptr || !book->busy()) return out;
  for (const auto& [number, delivery] : book->all()) {
    if (delivery->stage == Stage::kRipe)
      out.push_back({*delivery->happened, "webhook", delivery->id()});
    else if (delivery->stage == Stage::kQueued)
      out.push_back({box.now(), "webhook", delivery->id()});
    else if (delivery->stage == Stage::kInFlight)
      out.push_back({delivery->attempts.back().at, "webhook", delivery->id()});
  }
  return out;
}

std::vector<std::string> Courier::undelivered(std::size_t most) const {
  std::vector<std::string> out;
  for (const auto& [name, book] : books_)
    for (const auto& [number, delivery] : book.all()) {
      if (delivery->over()) continue;
      if (out.size() >= most) return out;
      out.push_back(delivery->id() + " of sandbox " + name + " for task " + delivery->task +
                    " to " + without_credentials(delivery->url) + ": " + standing(*delivery));
    }
  return out;
}

}  // namespace emulator::webhook
