#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "emulator/base/yaml.h"

// Trees of YAML texts as bytes: what is built in is parsed while building, and a start only reads
// the bytes, which takes a twentieth of the time.
namespace emulator::yaml {

// The documents of one text, with the places of all they hold.
std::string packed(std::span<const Node> documents);

// Document number `index` (from 0) of what `packed` made; none when there are not so many. Bytes
// from elsewhere are not understood: nothing is checked.
std::optional<Node> unpacked(std::string_view bytes, std::size_t index);

}  // namespace emulator::yaml
