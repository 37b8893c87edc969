#pragma once

#include <limits>
#include <optional>
#include <string>

#include "emulator/pipeline/dialect.h"

namespace emulator::wavespeed {

// The part of the account's tasks that a request asks about.
struct Window {
  std::int64_t page = 1;
  std::int64_t page_size = std::numeric_limits<std::int64_t>::max();
  std::string model;
  Instant from = Instant::min();
  Instant to = Instant::max();

  bool holds(const Task& task) const {
    return (model.empty() || task.endpoint == model) && task.accepted >= from &&
           task.accepted <= to;
  }
};

// What is checked and filled in by `window_of`: which members of the body it looks at.
struct WindowNames {
  const char* model;
  const char* from;
  const char* to;
  bool paged;
};

// Reads a window from a body. Pages, when asked for, are required.
Result<Window, Refusal> window_of(const Json& body, const WindowNames& names);

// A time as ISO 8601, or a day; nullopt for other texts.
std::optional<Instant> time_in(std::string_view text);

}  // namespace emulator::wavespeed
