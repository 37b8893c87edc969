#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emulator {

// `; did you mean "queue"?`, to be put behind what is wrong with `word`, by the known word nearest
// to it; "" where none is near enough.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace emulator
