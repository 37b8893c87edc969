// From an event to the first attempts: whether it is worded now or when there is room for it, what
// is said, and when and how often that is sent.
#include <algorithm>
#include <exception>
#include <utility>

#include "emulator/webhook/courier.h"

namespace emulator::webhook {
namespace {

// How long `reordered` holds a webhook back when no later one comes, on the sandbox's clock.
constexpr Duration kHeldAtMost = std::chrono::minutes(1);

}  // namespace

// The event is there. It is worded now, or when those before it are no longer waiting for a
// connection themselves.
void Courier::happen(const DeliveryPtr& delivery, Completion told) {
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  Task* const task = box != nullptr ? task_of(*box, *delivery) : nullptr;
  if (task == nullptr) return end(delivery, State::kDropped, "its task is gone");
  const TaskView view = state_at(*task, box->now());
  if (delivery->share < 1 ? view.done() : !view.done()) return plan(*box, delivery);
  Book& book = books_[delivery->box];
  book.move(delivery, Stage::kHappened);
  delivery->happened = box->now();
  note(*delivery);
  if (book.ripe().empty() && dispatcher_.waiting(delivery->box) == 0)
    return compose(delivery, std::move(told), {});
  if (box->moving) told.at_most(kSettle, parts_.loop);
  delivery->completion = std::move(told);
  delivery->reason = "waits for a connection";
  book.move(delivery, Stage::kRipe);
  ripen(delivery->box);
}

// Has the first that is ripe worded once there is a place for it, and sent in the turn behind that.
// One place is asked for at a time: attempts that are made again have theirs in between.
void Courier::ripen(const std::string& name) {
  Book* const book = book_of(name);
  if (book == nullptr || book->asking || book->ripe().empty()) return;
  book->asking = true;
  dispatcher_.enter(name, [this, name](Place place) { ripen_first(name, std::move(place)); });
}

void Courier::ripen_first(const std::string& name, Place place) {
  // Its sandbox may have been forgotten meanwhile, and others have come.
  const Book* const book = book_of(name);
  const DeliveryPtr first =
      book != nullptr && !book->ripe().empty() ? book->ripe().front() : nullptr;
  if (first && !first->worded) word_event(first);
  dispatcher_.run(name, [this, name, weak = std::weak_ptr(first),
                         held = std::make_shared<Place>(std::move(place))] {
    send_ripe(name, weak.lock(), std::move(*held));
  });
}

void Courier::send_ripe(const std::string& name, const DeliveryPtr& first, Place place) {
  Book* const book = book_of(name);
  if (book == nullptr) return;
  book->asking = false;
  if (first && has(*first) && first->stage == Stage::kRipe) {
    book->move(first, Stage::kHappened);
    first->reason.clear();
    compose(first, std::exchange(first->completion, {}), std::move(place));
  } else {
    if (first) first->completion = {};
    place.give_back(std::nullopt);
  }
  ripen(name);
  tell_settled(name);
}

// Words the event as of when it was, once and for all. Ends what there is nothing to say of.
void Courier::word_event(const DeliveryPtr& delivery) {
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  Task* const task = box != nullptr ? task_of(*box, *delivery) : nullptr;
  if (task == nullptr) return end(delivery, State::kDropped, "its task is gone");
  const Instant at = *delivery->happened;
  std::optional<Message> message;
  try {
    message = delivery->voice->compose(*box, *task, state_at(*task, at), at);
    if (message) delivery->rules = delivery->voice->rules(message->body.size());
  } catch (const std::exception& fault) {  // the dialect's: this one is over, the others go on
    return end(delivery, State::kFailed, "it cannot be worded: " + std::string(fault.what()));
  }
  if (!message)
    return end(delivery, State::kDropped, "none was asked for, or is sent, for such an end");
  delivery->event = std::move(message->event);
  delivery->worded = std::make_shared<const std::string>(std::move(message->body));
  count(*delivery);
  note(*delivery);
}

// Has the event sent, worded before unless that was done, from `place` if there is one already.
void Courier::compose(const DeliveryPtr& delivery, Completion told, Place place) {
  if (!delivery->worded) word_event(delivery);
  if (delivery->over()) return;
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  Task* const task = box != nullptr ? task_of(*box, *delivery) : nullptr;
  if (task == nullptr) return end(delivery, State::kDropped, "its task is gone");
  delivery->trouble = delivery->voice->trouble(*box, *task, {delivery->event, *delivery->worded})
                          .value_or(scenario::WebhookTrouble{});
  if (refused(delivery)) return;
  if (delivery->trouble.drop) return end(delivery, State::kDropped, "by the scenario");
  begin(*box, delivery, std::move(told), std::move(place));
}

bool Courier::refused(const DeliveryPtr& delivery) {
  auto url = parse_url(delivery->url);
  if (!url) {
    end(delivery, State::kRefused, url.error());
  } else if (options_.policy == Policy::kOff) {
    end(delivery, State::kRefused, "webhooks are off (--webhooks off)");
  } else {
    delivery->target = std::move(*url);
    return false;
  }
  return true;
}

DeliveryPtr Courier::copy(const Delivery& of) {
  Book& book = books_[of.box];
  auto out = std::make_shared<Delivery>();
  static_cast<Record&>(*out) = static_cast<const Record&>(of);
  static_cast<Order&>(*out) = static_cast<const Order&>(of);
  out->number = ++book.last;
  out->copy_of = of.number;
  out->stage = Stage::kHappened;
  count(*out);
  book.add(out);
  ++waiting_;
  note(*out);
  return out;
}

// The first attempts: as many as are scripted, now, later, or after somebody else's.
void Courier::begin(Sandbox& box, const DeliveryPtr& delivery, Completion told, Place place) {
  const scenario::WebhookTrouble& trouble = delivery->trouble;
  note(*delivery);
  std::vector<DeliveryPtr> all{delivery};
  for (int i = 1; i < trouble.times && waiting_ < options_.limits.waiting; ++i)
    all.push_back(copy(*delivery));
  Duration wait{0};
  if (trouble.delay) {
    Draw draw = box.draw("webhook delay", delivery->number);
    wait = trouble.delay->drawn(draw);
  }
  const bool held = trouble.reordered && (delivery->share < 1 || !delivery->several);
  if (!held && wait <= Duration::zero()) {
    if (all.size() == 1) return launch(delivery, std::move(told), std::move(place));
    for (const DeliveryPtr& each : all) launch(each, told);
    return;
  }
  Book& book = books_[delivery->box];
  for (const DeliveryPtr& each : all) {
    if (held) each->reason = "held until a later one has been sent (reordered)";
    book.move(each, held ? Stage::kHeld : Stage::kScheduled);
    put(box, each, *delivery->happened + (held ? kHeldAtMost : wait));
  }
}

}  // namespace emulator::webhook
