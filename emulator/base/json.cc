#include "emulator/base/json.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace emulator {
namespace {

// No message of another form has a subtype above 255.
constexpr std::uint64_t kBigInteger = 0xB16;

}  // namespace

Json big_integer(std::string_view digits) {
  return Json::binary(std::vector<std::uint8_t>(digits.begin(), digits.end()), kBigInteger);
}

bool is_big_integer(const Json& value) {
  if (!value.is_binary()) return false;
  const auto& bytes = value.get_binary();
  return bytes.has_subtype() && bytes.subtype() == kBigInteger;
}

std::string digits_of(const Json& value) {
  const auto& bytes = value.get_binary();
  return {bytes.begin(), bytes.end()};
}

double amount_of(const Json& value) {
  if (is_big_integer(value)) return std::strtod(digits_of(value).c_str(), nullptr);
  return value.get<double>();
}

Json object_with_room(std::size_t members) {
  Json out = Json::object();
  out.get_ref<Json::object_t&>().reserve(members);
  return out;
}

}  // namespace emulator

template class nlohmann::basic_json<emulator::JsonMembers>;
