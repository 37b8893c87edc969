#pragma once

#include <string>
#include <string_view>

#include "emulator/image/picture.h"

namespace emulator::image {

// `metadata_of` and the orientation as each format carries them.

// JPEG: an EXIF segment when turned, then one or more comments (a comment holds 65533 bytes).
std::string jpeg_segments(const Picture& picture);

// PNG: an eXIf chunk when turned, then a text chunk named Description: tEXt, or iTXt when the text
// needs more than Latin-1.
std::string png_chunks(const Picture& picture);

// WebP: the whole file around a VP8 or VP8L chunk, with EXIF when turned and the text as XMP.
std::string webp_file(const Picture& picture, const std::string& image_chunk);

// A chunk of a PNG file with its checksum; `type` has four letters.
void put_png_chunk(std::string& out, std::string_view type, std::string_view data);

}  // namespace emulator::image
