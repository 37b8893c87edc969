#pragma once

#include <optional>
#include <string_view>

#include "emulator/scenario/reader.h"

namespace emulator::scenario {

// Reads `3s`, `1s..3s`, `{p50: 2s, p99: 9s}`, and the name of a profile where `profile` says which
// side of it counts here.
std::optional<Span> read_span(Reader& reader, const yaml::Node& node, std::string_view key,
                              std::optional<Span> Profile::*profile = nullptr);

}  // namespace emulator::scenario
