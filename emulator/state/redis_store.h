#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/state/redis.h"

// Inside state/: what the parts of a store in Redis have in common.
namespace emulator::state {

// What all of them know. Not changed once it is open, but for the birth.
struct RedisShared {
  explicit RedisShared(RedisOptions wanted) : options(std::move(wanted)) {}

  RedisOptions options;      // the seed and the secret are those that are kept
  std::string names;         // what our names begin with
  std::string id;            // of this emulator, among those of the store
  std::uint64_t number = 0;  // the same

  // When what is kept there began. Whoever finds another has lost what it had there. Any thread.
  std::string birth() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return birth_;
  }
  void born(std::string birth) {
    const std::lock_guard<std::mutex> lock(mutex_);
    birth_ = std::move(birth);
  }

  std::string name(std::string_view rest) const { return names + std::string(rest); }
  std::string shown() const { return options.address.shown(); }

 private:
  mutable std::mutex mutex_;
  std::string birth_;
};
using RedisSharedPtr = std::shared_ptr<RedisShared>;

// An answer of a script to names that are not ours any more: whoever had the Redis emptied it.
inline constexpr std::string_view kEmptied = "EMPTIED";

// Makes the names ours, or finds that they are, and takes the birth over. What is kept there goes
// by seed and secret of `shared`, or `shared` by those that are kept where it has no id yet. "" or
// one line; throws StateFault.
std::string make_ours(RedisLink& link, RedisShared& shared);

// What is known of a sandbox without reading it, as it lies in Redis. Nothing where it is not as it
// was written.
std::string packed_head(const Write& row);
std::optional<StoredBox> unpacked_head(std::string_view bytes, std::string name);

std::string sealed(std::string value);

std::unique_ptr<Reading> redis_reading(RedisSharedPtr shared);
std::unique_ptr<Claims> redis_claims(RedisSharedPtr shared);

}  // namespace emulator::state
