#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/http/client.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/webhook/book.h"
#include "emulator/webhook/completion.h"
#include "emulator/webhook/delivery.h"
#include "emulator/webhook/dispatcher.h"
#include "emulator/webhook/message.h"
#include "emulator/webhook/next.h"
#include "emulator/webhook/policy.h"
#include "emulator/webhook/record.h"

namespace emulator::webhook {

struct Limits {
  std::size_t waiting = 100'000;         // to be delivered at some time, of all sandboxes together
  std::size_t records = 1'000;           // kept of those that are over, of one sandbox
  std::size_t record_bytes = 16u << 20;  // of those
  Dispatcher::Limits pool;               // attempts under way; a group is a sandbox
};

// Delivers webhooks: knows when each is due on its sandbox's clock, tries it by its provider's
// rules, goes wrong where the scenario says so, and keeps a record of each. Loop thread only.
class Courier {
 public:
  using Send = std::function<std::shared_ptr<void>(http::Post, std::function<void(http::Receipt)>)>;
  struct Options {
    Policy policy = Policy::kLocal;
    Limits limits;
  };
  struct Parts {
    Sandboxes& sandboxes;
    Send send;
    Loop& loop;
  };
  // The longest wall time that moving a clock waits for one receiver, and that a reply is held for
  // an early webhook.
  static constexpr Duration kSettle = std::chrono::seconds(5);

  Courier(Options options, Parts parts);
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  // Sees to what `task` (which has a webhook) is to be told of. With `early`, and if it has ended
  // already, the first attempt begins now, and `early` is called when it is over, or after
  // `kSettle`; it is called in any case.
  void expect(Sandbox& box, Task& task, std::shared_ptr<const Voice> voice,
              std::function<void()> early = nullptr);
  // The task ends at another time than before; with `others`, other tasks of its sandbox may, too.
  void end_changed(Sandbox& box, const Task& task, bool others);
  // The sandbox of that name is gone, or back at the start.
  void forget(const std::string& box);

  // What is planned or under way, for whoever writes it down; null when it is over or unknown.
  const Delivery* unfinished(std::string_view box, std::uint64_t number) const;
  std::vector<std::uint64_t> unfinished(std::string_view box) const;
  bool has_unfinished(std::string_view box) const;
  // The highest number given in a sandbox, and the same of an earlier process.
  std::uint64_t last(std::string_view box) const;
  void go_on_from(const Sandbox& box, std::uint64_t last);
  // Takes over what an earlier process had not delivered, at the stage it had come to: kAwaiting,
  // kHappened, kHeld or kScheduled. What was planned is planned anew, what was due or under way is
  // due at once.
  void put_back(Sandbox& box, const DeliveryPtr& delivery);

  // Sends what is over once more, now, signed anew and with nothing wrong. "" or why not.
  std::string redeliver(Sandbox& box, std::uint64_t number);

  std::vector<std::shared_ptr<const Record>> records(std::string_view box) const;
  std::shared_ptr<const Record> find(std::string_view box, std::uint64_t number) const;

  // Calls `finished` when no attempt of the sandbox is under way, or after `kSettle`.
  void settle(const Sandbox& box, std::function<void()> finished);
  // The attempts of the sandbox that are under way.
  std::vector<Agenda::Entry> under_way(const Sandbox& box) const;

  // When there is no memory left: the oldest records of webhooks that are over go, of about so many
  // bytes.
  void let_records_go(std::uint64_t bytes);

  std::size_t waiting() const { return waiting_; }
  std::size_t running() const { return dispatcher_.running(); }
  // A line for each webhook that is not delivered yet, at most `most`. Credentials left out.
  std::vector<std::string> undelivered(std::size_t most) const;

 private:
  using Place = Dispatcher::Place;

  // courier.cc: what is due when
  DeliveryPtr add(Sandbox& box, const Task& task, std::shared_ptr<const Voice> voice, double share);
  void plan(Sandbox& box, const DeliveryPtr& delivery);
  void put(Sandbox& box, const DeliveryPtr& delivery, Instant due);
  void take_off(Sandbox& box, Delivery& delivery) const;
  void come_due(const DeliveryPtr& delivery, Completion told);
  void end(const DeliveryPtr& delivery, State state, std::string reason);
  void count(Delivery& delivery) const;
  void note(const Delivery& delivery) const;
  Completion completion(std::function<void()> told);
  void tell_settled(const std::string& box);

  // opening.cc: from an event to the first attempts
  void happen(const DeliveryPtr& delivery, Completion told);
  void ripen(const std::string& box);
  void ripen_first(const std::string& box, Place place);
  void send_ripe(const std::string& box, const DeliveryPtr& first, Place place);
  void word_event(const DeliveryPtr& delivery);
  void compose(const DeliveryPtr& delivery, Completion told, Place place);
  bool refused(const DeliveryPtr& delivery);
  void begin(Sandbox& box, const DeliveryPtr& delivery, Completion told, Place place);
  DeliveryPtr copy(const Delivery& of);

  // flight.cc: attempts
  void launch(const DeliveryPtr& delivery, Completion told, Place place = {});
  void fly(const DeliveryPtr& delivery, Place place);
  void send(const DeliveryPtr& delivery);
  void landed(const DeliveryPtr& delivery, http::Receipt receipt);
  void follow(Sandbox& box, const DeliveryPtr& delivery, const Step& step);
  void let_held_go(Sandbox& box, const Delivery& after);

  // listing.cc: what there is, for whoever asks
  const Book* book_of(std::string_view box) const;
  Book* book_of(std::string_view box);
  bool has(const Delivery& delivery) const;
  Task* task_of(Sandbox& box, const Delivery& delivery) const;
  bool moving(const std::string& box) const;

  const Options options_;
  const Parts parts_;
  Dispatcher dispatcher_;
  std::map<std::string, Book, std::less<>> books_;
  std::size_t waiting_ = 0;
  std::shared_ptr<void> fault_;  // what somebody who was told threw, until it is thrown again
};

// What `changed_body` makes of a body: the last digit is another one.
std::string changed(std::string body);

}  // namespace emulator::webhook
