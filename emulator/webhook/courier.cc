// What is due when. An event is due when its task says so; since ends move (a task is cancelled,
// another comes to its place sooner), what waits for them is planned anew whenever they do. What is
// due is said by the stage a delivery has come to.
#include "emulator/webhook/courier.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace emulator::webhook {
namespace {

// What the places of a delivery take in the books and on the agenda's side.
constexpr std::size_t kNodes = 200;

// When the work of `task` has come that far; nullopt: never, or nobody knows.
std::optional<Instant> due_at(const Task& task, double share) {
  const std::optional<Instant> end = due_end(task);
  if (share >= 1) return end;
  if (!end || task.fate.polls > 0) return std::nullopt;
  const double run = static_cast<double>(task.fate.running_for.count());
  const Instant at =
      task.accepted + task.fate.queued_for + Duration(static_cast<Duration::rep>(run * share));
  return at < *end ? std::optional(at) : std::nullopt;
}

}  // namespace

Courier::Courier(Options options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      dispatcher_(options.limits.pool, parts_.sandboxes.wall(), parts_.loop,
                  {[this](const std::string& box) { return moving(box); },
                   [this](const std::string& box) {
                     const Book* const book = book_of(box);
                     return book == nullptr ? 0 : book->ripe().size();
                   }}) {}

// What is under way is broken off, so that nothing comes back to us; places given back now let
// nobody in, and nobody is told any more.
Courier::~Courier() {
  dispatcher_.clear();
  for (auto& [name, book] : books_) {
    for (const auto& [number, delivery] : book.all()) {
      delivery->flight.reset();
      delivery->completion.silence();
    }
    for (const Completion& settling : book.settling) settling.silence();
  }
}

// What whoever is told throws is thrown again in a turn of its own, where faults are reported: no
// other delivery is to suffer for it.
Completion Courier::completion(std::function<void()> told) {
  if (!told) return {};
  return Completion([this, told = std::move(told)] {
    try {
      told();
    } catch (...) {
      fault_ = parts_.loop.after(
          Duration::zero(), [fault = std::current_exception()] { std::rethrow_exception(fault); });
    }
  });
}

DeliveryPtr Courier::add(Sandbox& box, const Task& task, std::shared_ptr<const Voice> voice,
                         double share) {
  Book& book = books_[box.name()];
  auto out = std::make_shared<Delivery>();
  out->number = ++book.last;
  out->provider = task.provider;
  out->task = task.id;
  out->endpoint = task.endpoint;
  out->url = task.webhook->url;
  out->box = box.name();
  out->serial = task.serial;
  out->share = share;
  out->voice = std::move(voice);
  out->ask = task.webhook;
  count(*out);
  book.add(out);
  ++waiting_;
  if (waiting_ > options_.limits.waiting) {
    end(out, State::kRefused,
        "more than " + std::to_string(options_.limits.waiting) +
            " webhooks wait to be delivered (--max-webhooks)");
    return nullptr;
  }
  note(*out);
  return out;
}

void Courier::expect(Sandbox& box, Task& task, std::shared_ptr<const Voice> voice,
                     std::function<void()> early) {
  std::vector<DeliveryPtr> made;
  for (const double share : voice->progress(task))
    if (auto delivery = add(box, task, voice, share)) made.push_back(std::move(delivery));
  DeliveryPtr last = add(box, task, std::move(voice), 1);
  if (last) made.push_back(last);
  for (const DeliveryPtr& delivery : made) delivery->several = made.size() > 1;
  const auto end = due_end(task);
  const bool ended = end && *end <= box.now();
  for (const DeliveryPtr& delivery : made)
    if (!early || !ended || delivery != last) plan(box, delivery);
  if (!early) return;
  if (!last || !ended) return early();
  Completion told = completion(std::move(early));
  told.at_most(kSettle, parts_.loop);
  happen(last, std::move(told));
}

void Courier::end_changed(Sandbox& box, const Task& task, bool others) {
  const Book* const book = book_of(box.name());
  if (book == nullptr) return;
  for (const DeliveryPtr& delivery :
       book->awaiting(others ? std::nullopt : std::optional(task.serial)))
    plan(box, delivery);
}

void Courier::take_off(Sandbox& box, Delivery& delivery) const {
  if (delivery.ticket) box.agenda.cancel(*delivery.ticket);
  delivery.ticket.reset();
  delivery.next.reset();
}

void Courier::put(Sandbox& box, const DeliveryPtr& delivery, Instant due) {
  take_off(box, *delivery);
  note(*delivery);
  delivery->next = std::max(due, box.now());
  delivery->ticket =
      parts_.sandboxes.put(box, *delivery->next,
                           {"webhook", delivery->id(),
                            [this, weak = std::weak_ptr(delivery)](std::function<void()> finished) {
                              Completion told = completion(std::move(finished));
                              const DeliveryPtr due_now = weak.lock();
                              if (!due_now) return;
                              due_now->ticket.reset();
                              due_now->next.reset();
                              come_due(due_now, std::move(told));
                            }});
}

void Courier::come_due(const DeliveryPtr& delivery, Completion told) {
  if (delivery->stage == Stage::kAwaiting) return happen(delivery, std::move(told));
  if (delivery->stage == Stage::kHappened) return compose(delivery, std::move(told), {});
  launch(delivery, std::move(told));
}

void Courier::plan(Sandbox& box, const DeliveryPtr& delivery) {
  const Task* const task = task_of(box, *delivery);
  const auto due = task != nullptr ? due_at(*task, delivery->share) : std::nullopt;
  if (due) {
    delivery->reason.clear();
    if (delivery->ticket && delivery->next == std::max(*due, box.now())) return;
    return put(box, delivery, *due);
  }
  take_off(box, *delivery);
  if (task == nullptr || (delivery->share < 1 && due_end(*task)))
    return end(delivery, State::kDropped, "the task did not come that far");
  delivery->reason = "nobody knows yet when the task ends";
}

void Courier::end(const DeliveryPtr& delivery, State state, std::string reason) {
  Book& book = books_[delivery->box];
  if (!delivery->over()) --waiting_;
  note(*delivery);
  delivery->state = state;
  delivery->reason = std::move(reason);
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  if (box != nullptr) take_off(*box, *delivery);
  // What the provider says of it where it says anything; one arrival is enough.
  Task* const task = box != nullptr && delivery->share >= 1 ? task_of(*box, *delivery) : nullptr;
  if (task != nullptr && task->told != Told::kDelivered) box->changed(*task);
  if (task != nullptr && state == State::kDelivered) task->told = Told::kDelivered;
  if (task != nullptr && task->told == Told::kNotYet &&
      (state == State::kFailed || state == State::kRefused))
    task->told = Told::kFailed;
  count(*delivery);
  book.move(delivery, Stage::kOver);
  book.trim(options_.limits.records, options_.limits.record_bytes);
  if (box == nullptr) return;
  const std::string id = delivery->id();
  box->feed.tell({Happening::Kind::kWebhook, box->now(), nullptr, id, to_string(state)});
}

void Courier::count(Delivery& delivery) const {
  const bool other = delivery.worded && delivery.worded != delivery.body;
  if (delivery.held.bytes() == 0)
    delivery.held = Charge(parts_.sandboxes.memory(), Held::kWebhooks);
  delivery.held.set(sizeof(Delivery) + kNodes + delivery.bytes() +
                    (other ? delivery.worded->size() : 0));
}

void Courier::let_records_go(std::uint64_t bytes) {
  std::uint64_t gone = 0;
  for (auto& [name, book] : books_)
    while (gone < bytes) {
      const auto dropped = book.drop_oldest();
      if (!dropped) break;
      gone += *dropped;
    }
}

void Courier::forget(const std::string& name) {
  const auto found = books_.find(name);
  if (found == books_.end()) return;
  Book book = std::move(found->second);
  books_.erase(found);
  Sandbox* const box = parts_.sandboxes.find(name);
  if (box != nullptr && box->scribe != nullptr) box->scribe->webhooks_cleared(*box);
  for (const auto& [number, delivery] : book.all()) {
    if (box != nullptr) take_off(*box, *delivery);
    if (!delivery->over()) --waiting_;
    delivery->flight.reset();
    delivery->place.give_back(std::nullopt);
    delivery->completion = {};
  }
}

std::string Courier::redeliver(Sandbox& box, std::uint64_t number) {
  Book* const book = book_of(box.name());
  const DeliveryPtr delivery = book != nullptr ? book->find(number) : nullptr;
  if (!delivery) return "there is no such webhook";
  if (!delivery->over())
    return "it has not been given up: it is " + std::string(to_string(delivery->state));
  if (!delivery->worded) return "there is nothing to send: " + delivery->reason;
  if (waiting_ >= options_.limits.waiting) return "too many webhooks wait (--max-webhooks)";
  book->move(delivery, Stage::kScheduled);
  ++waiting_;
  delivery->state = State::kPending;
  delivery->reason.clear();
  delivery->trouble = {};
  delivery->by_hand = true;
  note(*delivery);
  if (!refused(delivery)) put(box, delivery, box.now());
  return "";
}

void Courier::settle(const Sandbox& box, std::function<void()> finished) {
  Book* const book = book_of(box.name());
  if (book == nullptr || !book->busy()) return finished();
  Completion told = completion(std::move(finished));
  told.at_most(kSettle, parts_.loop);
  book->settling.push_back(std::move(told));
}

void Courier::tell_settled(const std::string& name) {
  Book* const book = book_of(name);
  if (book == nullptr || book->busy()) return;
  const auto told = std::exchange(book->settling, {});
}

}  // namespace emulator::webhook
