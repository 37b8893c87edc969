#include "emulator/task/seed.h"

#include "emulator/base/json_text.h"
#include "emulator/base/random.h"

namespace emulator {

Json Seed::json() const {
  if (!text) return number;
  auto value = decode_json(*text);
  return value ? std::move(*value) : Json(*text);
}

bool is_seed(const Json& value) { return value.is_number() || is_big_integer(value); }

Seed seed_of(const Json& number) {
  if (number.is_number_unsigned()) return number.get<std::uint64_t>();
  Seed out;
  if (number.is_number_integer()) {
    const auto value = number.get<std::int64_t>();
    out.number = static_cast<std::uint64_t>(value);
    if (value >= 0) return out;
  }
  out.text = std::make_shared<const std::string>(compact_json(number));
  if (!number.is_number_integer()) out.number = hash_of(*out.text);
  return out;
}

}  // namespace emulator
