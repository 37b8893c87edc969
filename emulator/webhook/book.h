#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "emulator/webhook/completion.h"
#include "emulator/webhook/delivery.h"

namespace emulator::webhook {

// The deliveries of one sandbox, and by stage those that are looked for that way. A delivery
// changes its stage here and nowhere else. Loop thread.
class Book {
 public:
  // Takes over a delivery, at whatever stage it is but kOver.
  void add(const DeliveryPtr& delivery);
  // One of those in it comes to another stage, which must be one that may follow.
  void move(const DeliveryPtr& delivery, Stage to);

  // Null when there is none of that number.
  DeliveryPtr find(std::uint64_t number) const;
  // By number.
  const std::map<std::uint64_t, DeliveryPtr>& all() const { return all_; }
  // Whose event is to come, by number; of one task, or of all.
  std::vector<DeliveryPtr> awaiting(std::optional<std::uint64_t> serial) const;
  // In the order in which their events came.
  const std::deque<DeliveryPtr>& ripe() const { return ripe_; }
  // The deliveries held whose numbers are below that one, in the order they came to it.
  std::vector<DeliveryPtr> held_before(std::uint64_t number) const;
  // Attempts are under way, or will be as soon as there is room.
  bool busy() const { return open_ > 0 || !ripe_.empty(); }

  // Of the deliveries that are over, the oldest go until so many, and so many bytes of them, are
  // left.
  void trim(std::size_t records, std::size_t bytes);
  // Lets the oldest of them go; what it took, or nullopt when there is none.
  std::optional<std::size_t> drop_oldest();

  std::uint64_t last = 0;            // the highest number that was given
  std::vector<Completion> settling;  // told once it is no longer busy
  bool asking = false;               // a place was asked for, for the first that is ripe

 private:
  void come_to(const DeliveryPtr& delivery, Stage stage);
  void leave(const DeliveryPtr& delivery, Stage stage);

  std::map<std::uint64_t, DeliveryPtr> all_;
  std::unordered_multimap<std::uint64_t, DeliveryPtr> awaiting_;  // by serial of the task
  std::deque<DeliveryPtr> ripe_;
  std::vector<DeliveryPtr> held_;
  std::size_t open_ = 0;
  std::deque<DeliveryPtr> over_;  // in the order they came to it
  std::size_t over_bytes_ = 0;
};

}  // namespace emulator::webhook
