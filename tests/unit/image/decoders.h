#pragma once

#include <string>
#include <string_view>

#include "emulator/image/cells.h"
#include "emulator/image/picture.h"

namespace emulator::image {

// A picture file as the reference decoder of its format reads it. Throws std::runtime_error when
// the decoder refuses the file or so much as warns of it.
struct Decoded {
  int width = 0;
  int height = 0;
  std::string rgb;        // three bytes a pixel
  std::string text;       // JPEG comments, PNG "Description", WebP XMP
  std::string text_kind;  // PNG: tEXt or iTXt
  std::string exif;       // from its TIFF header on

  Rgb at(int x, int y) const;
};

Decoded decode(std::string_view file);

struct Claim {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
};
// What the header of a PNG says; reads no pixels.
Claim png_claim(std::string_view file);

// A picture to vary in tests.
Picture lighthouse(int width, int height, Format format);

}  // namespace emulator::image
