#pragma once

#include <optional>
#include <string_view>

#include "emulator/image/picture.h"

namespace emulator::image {

// How a file looks that somebody hands in as a picture, by its structure alone: no pixel is
// decoded.
struct Inspection {
  enum class State {
    kWhole,      // everything from the first byte of the format to its last is there
    kEmpty,      // no byte at all
    kNoPicture,  // no picture format that is known, or one whose structure makes no sense
    kCutOff,     // a picture file whose end is missing
  };
  State state = State::kEmpty;
  std::string_view type;     // "image/png" and so on; "" when the first bytes say nothing
  std::optional<Size> size;  // where it can be read
};

// JPEG, PNG, WebP and GIF are followed to their end; BMP, TIFF, AVIF and HEIC as far as their
// outermost structure goes. Bytes behind a picture's end do not matter. Linear in the bytes, keeps
// nothing, never reads past the end, whatever the bytes say. Pure.
Inspection inspect(std::string_view file);

}  // namespace emulator::image
