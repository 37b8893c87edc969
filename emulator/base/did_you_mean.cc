#include "emulator/base/did_you_mean.h"

#include "emulator/base/text.h"

namespace emulator {

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const auto meant = nearest(word, known);
  return meant ? "; did you mean \"" + *meant + "\"?" : "";
}

}  // namespace emulator
