// What is due when. An event is due when its task says so; since ends move (a task is cancelled,
// another comes to its place sooner), what waits for them is planned anew whenever they do.
#include "emulator/webhook/courier.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "emulator/base/text.h"

namespace emulator::webhook {
namespace {

// How long `reordered` holds a webhook back when no later one comes, on the sandbox's clock.
constexpr Duration kHeldAtMost = std::chrono::minutes(1);

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

// Calls `finished` once it was called `count` times itself.
std::function<void()> after_all(std::size_t count, std::function<void()> finished) {
  const auto left = std::make_shared<std::size_t>(count);
  return [left, finished = std::move(finished)] {
    if (--*left == 0 && finished) finished();
  };
}

}  // namespace

Courier::Courier(Options options, Parts parts)
    : options_(options),
      parts_(std::move(parts)),
      pool_(options.limits.pool, parts_.sandboxes.wall(), parts_.after),
      turns_(parts_.sandboxes.wall(), parts_.after) {}

// What is under way is broken off, so that nothing comes back to us, and places given back now let
// nobody in.
Courier::~Courier() {
  pool_.clear();
  for (auto& [name, book] : books_)
    for (auto& [number, delivery] : book.all) delivery->flight.reset();
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
  book.all.emplace(out->number, out);
  ++waiting_;
  if (waiting_ > options_.limits.waiting) {
    end(out, State::kRefused,
        "more than " + std::to_string(options_.limits.waiting) +
            " webhooks wait to be delivered (--max-webhooks)");
    return nullptr;
  }
  book.awaiting.emplace(out->serial, out);
  note(*out);
  return out;
}

DeliveryPtr Courier::copy(Book& book, const Delivery& of) {
  auto out = std::make_shared<Delivery>();
  out->number = ++book.last;
  out->copy_of = of.number;
  out->provider = of.provider;
  out->task = of.task;
  out->endpoint = of.endpoint;
  out->event = of.event;
  out->url = of.url;
  out->happened = of.happened;
  out->box = of.box;
  out->serial = of.serial;
  out->share = of.share;
  out->awaits = false;
  out->several = of.several;
  out->voice = of.voice;
  out->ask = of.ask;
  out->rules = of.rules;
  out->trouble = of.trouble;
  out->worded = of.worded;
  out->target = of.target;
  out->begun = true;
  count(*out);
  book.all.emplace(out->number, out);
  ++waiting_;
  note(*out);
  return out;
}

void Courier::expect(Sandbox& box, Task& task, std::shared_ptr<const Voice> voice,
                     std::function<void()> early) {
  // Values of a user's contract that make no sense are told to whoever submits, not to a clock.
  static_cast<void>(voice->rules(0));
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
  if (last && ended)
    happen(last, at_most(kSettle, std::move(early)));
  else
    early();
}

void Courier::end_changed(Sandbox& box, const Task& task, bool others) {
  const auto book = books_.find(box.name());
  if (book == books_.end()) return;
  auto& awaiting = book->second.awaiting;
  std::vector<DeliveryPtr> moved;
  const auto [first, last] =
      others ? std::pair(awaiting.begin(), awaiting.end()) : awaiting.equal_range(task.serial);
  for (auto it = first; it != last; ++it) moved.push_back(it->second);
  std::sort(moved.begin(), moved.end(),
            [](const auto& a, const auto& b) { return a->number < b->number; });
  for (const DeliveryPtr& delivery : moved) plan(box, delivery);
}

Task* Courier::task_of(Sandbox& box, const Delivery& delivery) const {
  Task* const task = box.tasks.at(delivery.serial);
  return task != nullptr && task->id == delivery.task ? task : nullptr;
}

void Courier::take_off(Sandbox& box, Delivery& delivery) {
  if (delivery.ticket) box.agenda.cancel(*delivery.ticket);
  delivery.ticket.reset();
  delivery.next.reset();
}

void Courier::put(Sandbox& box, const DeliveryPtr& delivery, Instant due, Step step) {
  take_off(box, *delivery);
  note(*delivery);
  delivery->next = std::max(due, box.now());
  delivery->ticket = parts_.sandboxes.put(
      box, *delivery->next,
      {"webhook", delivery->id(),
       [this, step, weak = std::weak_ptr(delivery)](std::function<void()> finished) {
         const DeliveryPtr due_now = weak.lock();
         if (!due_now) return finished();
         due_now->ticket.reset();
         due_now->next.reset();
         (this->*step)(due_now, std::move(finished));
       }});
}

void Courier::plan(Sandbox& box, const DeliveryPtr& delivery) {
  const Task* const task = task_of(box, *delivery);
  const auto due = task != nullptr ? due_at(*task, delivery->share) : std::nullopt;
  if (due) {
    delivery->reason.clear();
    if (delivery->ticket && delivery->next == std::max(*due, box.now())) return;
    return put(box, delivery, *due, &Courier::happen);
  }
  take_off(box, *delivery);
  if (task == nullptr || (delivery->share < 1 && due_end(*task)))
    return end(delivery, State::kDropped, "the task did not come that far");
  delivery->reason = "nobody knows yet when the task ends";
}

void Courier::stop_awaiting(Book& book, const DeliveryPtr& delivery) {
  delivery->awaits = false;
  const auto [first, last] = book.awaiting.equal_range(delivery->serial);
  for (auto it = first; it != last; ++it)
    if (it->second == delivery) {
      book.awaiting.erase(it);
      return;
    }
}

// The event is there. It is worded now, or when those before it are no longer waiting for a
// connection themselves.
void Courier::happen(const DeliveryPtr& delivery, std::function<void()> finished) {
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  Task* const task = box != nullptr ? task_of(*box, *delivery) : nullptr;
  if (task == nullptr) {
    end(delivery, State::kDropped, "its task is gone");
    if (finished) finished();
    return;
  }
  const TaskView view = state_at(*task, box->now());
  if (delivery->share < 1 ? view.done() : !view.done()) {
    plan(*box, delivery);
    if (finished) finished();
    return;
  }
  Book& book = books_[delivery->box];
  stop_awaiting(book, delivery);
  delivery->happened = box->now();
  note(*delivery);
  if (book.ripe.empty() && pool_.waiting(delivery->box) == 0)
    return compose(delivery, std::move(finished), {});
  if (finished && box->moving) finished = at_most(kSettle, std::move(finished));
  delivery->ripe = true;
  delivery->reason = "waits for a connection";
  book.ripe.emplace_back(delivery, std::move(finished));
  ripen(delivery->box);
}

// Words one that is ripe once there is a place for it, and sends it in the next turn.
void Courier::ripen(const std::string& name) {
  const auto found = books_.find(name);
  if (found == books_.end()) return;
  if (found->second.ripening || found->second.ripe.empty()) return;
  found->second.ripening = true;
  enter(name, moving(name), [this, name](Place place) {
    // Its sandbox may have been forgotten meanwhile, and others have come.
    const auto still = books_.find(name);
    if (still != books_.end() && !still->second.ripe.empty())
      word_event(still->second.ripe.front().first);
    take_turn(name, [this, name, held = std::make_shared<Place>(std::move(place))] {
      send_ripe(name, std::move(*held));
    });
  });
}

void Courier::send_ripe(const std::string& name, Place place) {
  const auto found = books_.find(name);
  if (found == books_.end()) return;
  Book& book = found->second;
  book.ripening = false;
  if (book.ripe.empty()) return;
  auto [next, finished] = std::move(book.ripe.front());
  book.ripe.pop_front();
  next->ripe = false;
  if (!next->over()) next->reason.clear();
  compose(next, std::move(finished), std::move(place));
  ripen(name);
  tell_settled(name);
}

bool Courier::moving(const std::string& name) const {
  const Sandbox* const box = parts_.sandboxes.find(name);
  return box != nullptr && box->moving;
}

// Whoever moves the clock of the sandbox waits for it.
void Courier::take_turn(const std::string& name, std::function<void()> job) {
  turns_.run(std::move(job), moving(name));
}

// Has the job done with a place in the pool, in a turn of its own.
void Courier::enter(const std::string& name, bool at_once, std::function<void(Place)> job) {
  const auto let_in = [this, name, job = std::move(job)] {
    take_turn(name, [this, name, job] { job(Place(pool_, name)); });
  };
  pool_.enter(name, let_in, at_once);
}

void Courier::tell_settled(const std::string& name) {
  const auto found = books_.find(name);
  if (found == books_.end() || found->second.open > 0 || !found->second.ripe.empty()) return;
  for (const auto& waiter : std::exchange(found->second.settling, {})) waiter();
}

// Words the event as of when it was, once and for all. Ends what there is nothing to say of.
void Courier::word_event(const DeliveryPtr& delivery) {
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  Task* const task = box != nullptr ? task_of(*box, *delivery) : nullptr;
  if (task == nullptr) return end(delivery, State::kDropped, "its task is gone");
  const Instant at = *delivery->happened;
  std::optional<Message> message;
  try {
    message = delivery->voice->word(*box, *task, state_at(*task, at), at);
    if (message) delivery->rules = delivery->voice->rules(message->body.size());
  } catch (const std::exception& fault) {  // values of a user's contract that make no sense
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
void Courier::compose(const DeliveryPtr& delivery, std::function<void()> finished, Place place) {
  if (!delivery->over() && !delivery->worded) word_event(delivery);
  Sandbox* const box = parts_.sandboxes.find(delivery->box);
  Task* const task = box != nullptr ? task_of(*box, *delivery) : nullptr;
  if (task == nullptr && !delivery->over()) end(delivery, State::kDropped, "its task is gone");
  if (!delivery->over()) {
    delivery->trouble = delivery->voice->trouble(*box, *task, {delivery->event, *delivery->worded})
                            .value_or(scenario::WebhookTrouble{});
    if (!refused(delivery) && delivery->trouble.drop)
      end(delivery, State::kDropped, "by the scenario");
  }
  if (!delivery->over()) return begin(*box, delivery, std::move(finished), std::move(place));
  if (finished) finished();
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

// The first attempts: as many as are scripted, now, later, or after somebody else's.
void Courier::begin(Sandbox& box, const DeliveryPtr& delivery, std::function<void()> finished,
                    Place place) {
  delivery->begun = true;
  note(*delivery);
  Book& book = books_[delivery->box];
  const scenario::WebhookTrouble& trouble = delivery->trouble;
  std::vector<DeliveryPtr> all{delivery};
  for (int i = 1; i < trouble.times && waiting_ < options_.limits.waiting; ++i)
    all.push_back(copy(book, *delivery));
  Duration wait{0};
  if (trouble.delay) {
    Draw draw = box.draw("webhook delay", delivery->number);
    wait = trouble.delay->drawn(draw);
  }
  const bool held = trouble.reordered && (delivery->share < 1 || !delivery->several);
  if (held || wait > Duration::zero()) {
    for (const DeliveryPtr& each : all) {
      if (held) each->reason = "held until a later one has been sent (reordered)";
      if (held) book.held.push_back(each);
      put(box, each, *delivery->happened + (held ? kHeldAtMost : wait), &Courier::launch);
    }
    if (finished) finished();
    return;
  }
  if (all.size() == 1) return launch_from(delivery, std::move(finished), std::move(place));
  const auto joined = after_all(all.size(), std::move(finished));
  for (const DeliveryPtr& each : all) launch(each, joined);
}

void Courier::end(const DeliveryPtr& delivery, State state, std::string reason) {
  Book& book = books_[delivery->box];
  if (delivery->awaits) stop_awaiting(book, delivery);
  if (!delivery->over()) --waiting_;
  note(*delivery);
  delivery->state = state;
  delivery->reason = std::move(reason);
  std::erase(book.held, delivery);
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
  book.over.push_back(delivery);
  book.over_bytes += delivery->bytes();
  trim(book);
  if (box == nullptr) return;
  const std::string id = delivery->id();
  box->feed.tell({Happening::Kind::kWebhook, box->now(), nullptr, id, word(state)});
}

void Courier::trim(Book& book) const {
  while (!book.over.empty() && (book.over.size() > options_.limits.records ||
                                book.over_bytes > options_.limits.record_bytes))
    drop_oldest(book);
}

void Courier::drop_oldest(Book& book) {
  const DeliveryPtr oldest = std::move(book.over.front());
  book.over.pop_front();
  book.over_bytes -= std::min(book.over_bytes, oldest->bytes());
  book.all.erase(oldest->number);
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
    while (gone < bytes && !book.over.empty()) {
      gone += book.over.front()->held.bytes();
      drop_oldest(book);
    }
}

void Courier::forget(const std::string& name) {
  const auto found = books_.find(name);
  if (found == books_.end()) return;
  Book book = std::move(found->second);
  books_.erase(found);
  Sandbox* const box = parts_.sandboxes.find(name);
  if (box != nullptr && box->scribe != nullptr) box->scribe->webhooks_cleared(*box);
  for (auto& [number, delivery] : book.all) {
    if (box != nullptr) take_off(*box, *delivery);
    if (!delivery->over()) --waiting_;
    if (std::exchange(delivery->flight, nullptr)) pool_.left(name, std::nullopt);
    for (const auto& waiter : std::exchange(delivery->waiters, {})) waiter();
  }
  for (const auto& [delivery, finished] : book.ripe)
    if (finished) finished();
  for (const auto& waiter : book.settling) waiter();
}

std::string Courier::redeliver(Sandbox& box, std::uint64_t number) {
  const auto book = books_.find(box.name());
  if (book == books_.end()) return "there is no such webhook";
  const auto found = book->second.all.find(number);
  if (found == book->second.all.end()) return "there is no such webhook";
  const DeliveryPtr delivery = found->second;
  if (!delivery->over())
    return "it has not been given up: it is " + std::string(word(delivery->state));
  if (!delivery->worded) return "there is nothing to send: " + delivery->reason;
  if (waiting_ >= options_.limits.waiting) return "too many webhooks wait (--max-webhooks)";
  std::erase(book->second.over, delivery);
  book->second.over_bytes -= std::min(book->second.over_bytes, delivery->bytes());
  ++waiting_;
  delivery->state = State::kPending;
  delivery->reason.clear();
  delivery->trouble = {};
  delivery->by_hand = true;
  note(*delivery);
  if (!refused(delivery)) put(box, delivery, box.now(), &Courier::launch);
  return "";
}

std::vector<std::shared_ptr<const Record>> Courier::records(std::string_view box) const {
  std::vector<std::shared_ptr<const Record>> out;
  if (const auto book = books_.find(box); book != books_.end())
    for (const auto& [number, delivery] : book->second.all) out.push_back(delivery);
  return out;
}

std::shared_ptr<const Record> Courier::find(std::string_view box, std::uint64_t number) const {
  const auto book = books_.find(box);
  if (book == books_.end()) return nullptr;
  const auto found = book->second.all.find(number);
  return found == book->second.all.end() ? nullptr : found->second;
}

std::function<void()> Courier::at_most(Duration wait, std::function<void()> finished) const {
  struct Once {
    std::function<void()> call;
    std::shared_ptr<void> timer;
  };
  const auto once = std::make_shared<Once>();
  once->call = std::move(finished);
  std::function<void()> out = [once] {
    const auto timer = std::move(once->timer);
    if (const auto call = std::exchange(once->call, nullptr)) call();
  };
  once->timer = parts_.after(wait, out);
  return out;
}

void Courier::settle(const Sandbox& box, std::function<void()> finished) {
  const auto book = books_.find(box.name());
  if (book == books_.end() || (book->second.open == 0 && book->second.ripe.empty()))
    return finished();
  book->second.settling.push_back(at_most(kSettle, std::move(finished)));
}

std::vector<Agenda::Entry> Courier::under_way(const Sandbox& box) const {
  std::vector<Agenda::Entry> out;
  const auto book = books_.find(box.name());
  if (book == books_.end() || (book->second.open == 0 && book->second.ripe.empty())) return out;
  for (const auto& [number, delivery] : book->second.all) {
    if (delivery->ripe)
      out.push_back({*delivery->happened, "webhook", delivery->id()});
    else if (delivery->open)
      out.push_back(
          {delivery->queued ? box.now() : delivery->attempts.back().at, "webhook", delivery->id()});
  }
  return out;
}

std::vector<std::string> Courier::undelivered(std::size_t most) const {
  std::vector<std::string> out;
  for (const auto& [name, book] : books_)
    for (const auto& [number, delivery] : book.all) {
      if (delivery->over()) continue;
      if (out.size() >= most) return out;
      std::string line = delivery->id() + " of sandbox " + name + " for task " + delivery->task +
                         " to " + without_credentials(delivery->url) + ": ";
      if (delivery->open)
        line += delivery->queued ? "waits for a connection" : "an attempt is under way";
      else if (delivery->next)
        line += (delivery->awaits ? "the task ends at " : "the next attempt is due at ") +
                rfc3339(*delivery->next, 3);
      else
        line += delivery->reason;
      out.push_back(std::move(line));
    }
  return out;
}

}  // namespace emulator::webhook
