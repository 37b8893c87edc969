#pragma once

#include <array>
#include <string_view>

namespace emulator::image {

// GNU Unifont: planes 0 and 1 in blocks of 256 code points, each compressed by itself (zlib), so
// that a caption unpacks what it needs. A block without letters is empty. Unpacked, it is 256
// bytes, one for each code point, and then the bitmaps of those that are not 0:
//
//   bits 0 and 1  places of eight columns that the letter takes: 1 or 2
//   bit 2         it is a mark on the letter before it
//   bits 3 to 7   a mark: how far to the left of the pen it begins, in four columns; 0: where that
//                 letter begins
//
// A bitmap is 16 rows from the top, each of as many bytes as places, the leftmost column highest.
//
// Made while building, by pack.cc.
extern const std::array<std::string_view, 512> kPackedFont;

}  // namespace emulator::image
