#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "emulator/base/json.h"

namespace emulator {

// The seed of a task's pictures: drawn, or the caller's. Callers send whole numbers of any sign and
// size, and get back what they sent. A plain value.
struct Seed {
  Seed() = default;
  Seed(std::uint64_t drawn) : number(drawn) {}  // NOLINT: a number is a seed

  std::uint64_t number = 0;  // what pictures are drawn from
  // The caller's seed as JSON, where `number` is not it; null where it is.
  std::shared_ptr<const std::string> text;

  // As it is shown, in JSON.
  std::string shown() const { return text ? *text : std::to_string(number); }
  Json json() const;
};

// The seed a caller wrote; `number` is a JSON number of any kind (is_big_integer included).
Seed seed_of(const Json& number);

// True when `value` is a number of any kind, and so can be a seed.
bool is_seed(const Json& value);

}  // namespace emulator
