#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"

namespace emulator {

// One part of a multipart/form-data body. Views into the body.
struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  // set for files; may be ""
  std::string content_type;              // "" when not given
  std::string_view data;
};

// Takes a multipart/form-data body apart. `content_type` is the request's header with its boundary.
// The failure says what is wrong (no boundary, no end, a part without name), for a developer.
Result<std::vector<FormPart>, std::string> parse_multipart(std::string_view content_type,
                                                           std::string_view body,
                                                           std::size_t max_parts = 100);

}  // namespace emulator
