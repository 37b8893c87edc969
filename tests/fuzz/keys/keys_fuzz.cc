// Key files that users write: a book in which every key that is spelled out is found, or problems.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/pipeline/keys.h"

namespace {

void promise(bool kept) {
  if (!kept) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::string> providers = {"bfl", "fal", "wavespeed"};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto book = emulator::KeyBook::load(text, providers);
  if (!book) {
    promise(!book.error().empty());
    for (const emulator::yaml::Problem& problem : book.error()) promise(!problem.text.empty());
    return 0;
  }
  for (const emulator::KeyEntry& entry : (*book)->entries()) {
    promise(!entry.key.empty());
    for (const std::string& provider : providers) {
      if (!entry.of_provider(provider)) continue;
      const emulator::KeyEntry* found = (*book)->find(provider, entry.key);
      promise(found != nullptr && found->of_provider(provider));
      promise(entry.is_glob() || found->key == entry.key);
    }
  }
  return 0;
}
