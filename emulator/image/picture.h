#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace emulator::image {

// The largest picture there can be: pixels of a side, and of the whole.
inline constexpr int kMostSide = 16'384;
inline constexpr int kMostPixels = 64 << 20;

enum class Format { kJpeg, kPng, kWebp };
enum class Style { kCells, kSmooth, kNoise };

// Everything a picture is a function of: equal values give equal bytes, on any thread.
struct Picture {
  int width = 1024;   // 1 to kMostSide
  int height = 1024;  // 1 to kMostSide; width * height at most kMostPixels
  Format format = Format::kJpeg;
  int quality = 90;  // 0 to 100; JPEG and lossy WebP, as far as the style shows it
  Style style = Style::kCells;
  std::string provider;  // only metadata; the scene and the caption do not follow from it
  std::string model;
  std::uint64_t seed = 0;
  std::string seed_text;  // the seed as it is shown, where `seed` is not it; "" where it is
  std::string prompt;     // UTF-8; shown shortened, kept whole as metadata
  int index = 0;          // which of the task's pictures
  bool caption = true;    // false: the scene alone
  bool black = false;     // blacked out; metadata stays
  int rotated = 1;        // EXIF orientation 1 to 8; other than 1 an EXIF block says so
};

// The file's bytes. Pure; reads no clock and keeps nothing. Sizes outside the limits are clamped.
std::string render(const Picture& picture);

// The metadata in every file, so that a test can tell whose picture it got: JPEG comment, PNG text
// "Description", WebP XMP dc:description. Six lines, in this order, UTF-8, no newline at the end:
//
//   prompt: a red apple
//   size: 1024x1024
//   model: flux-pro-1.1
//   seed: 42
//   index: 0
//   provider: bfl
//
// The value starts behind the first ": " and goes to the line's end. In prompt, model and provider
// a backslash is written \\, and a newline, carriage return and tab \n, \r and \t, other control
// characters \xNN; bytes that are not UTF-8 become U+FFFD. A JPEG comment holds 65533 bytes: longer
// texts go on in further comments. `size` is what `picture` says, so pass one within the limits.
std::string metadata_of(const Picture& picture);

// "image/jpeg", "image/png", "image/webp".
std::string_view content_type(Format format);

// The same picture made small: a JPEG file whose longer side has at most `most` pixels, 1 to 1024.
// Pure; takes a few milliseconds, and of large pictures no more than of small ones but for the
// making of the scene.
std::string thumbnail(const Picture& picture, int most);

// True when `render` is quick enough for the loop thread (a few milliseconds at most).
bool is_quick(const Picture& picture);

// A valid, small PNG file that claims `width` x `height` pixels (a decompression bomb for careless
// decoders). At most 65535 a side.
std::string bomb(std::uint32_t width, std::uint32_t height);

struct Size {
  int width = 0;
  int height = 0;
};
// Size of a picture file, read from its first bytes (JPEG, PNG, WebP, GIF); nullopt for others.
// Never reads past the end, whatever the bytes say.
std::optional<Size> size_of(std::string_view file);
// "image/jpeg" and so on from the magic bytes of a file, or "" when not known.
std::string_view sniffed_type(std::string_view file);

}  // namespace emulator::image
