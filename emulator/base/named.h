#pragma once

#include <string>
#include <string_view>

namespace emulator {

// The text with each `{name}` replaced. `put(name, out)` appends to `out` what the name stands for
// and returns true; where it returns false the brace stays, and the text goes on behind it.
template <class Put>
std::string with_names(std::string_view text, Put&& put) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const auto close = text.find('}');
    const bool known = close != std::string_view::npos && put(text.substr(1, close - 1), out);
    if (!known) out += '{';
    text.remove_prefix(known ? close + 1 : 1);
  }
  return out;
}

}  // namespace emulator
