#include "emulator/state/engine.h"

#include "emulator/base/random.h"
#include "emulator/state/bytes.h"

namespace emulator::state {
namespace {

constexpr std::size_t kSeal = 8;

}  // namespace

std::string packed_keys(const std::vector<std::uint64_t>& keys) {
  std::string out;
  out.reserve(8 * keys.size());
  Packer to(out);
  for (const std::uint64_t key : keys) to.fixed(key);
  return out;
}

void seal(std::string& value) {
  const std::uint64_t sum = hash_of(value);
  Packer(value).fixed(sum);
}

std::optional<std::string_view> opened(std::string_view sealed) {
  if (sealed.size() < kSeal) return std::nullopt;
  const std::string_view value = sealed.substr(0, sealed.size() - kSeal);
  Unpacker sum(sealed.substr(value.size()));
  if (sum.fixed() != hash_of(value)) return std::nullopt;
  return value;
}

}  // namespace emulator::state
