// Run while building: turns GNU Unifont, as Debian has it, into a source file.
//
//   pack_unifont unifont.hex plane00-combining.txt unifont_upper.otf OUT.cc
//
// The letters of plane 0 are a text of bitmaps, 16 rows each; beside it stands which of them are
// marks, and how far to the left of the pen they begin. Plane 1 comes as outlines only, whose every
// corner lies on the grid of the bitmaps. packed.h says what is made of them.
#include <zlib.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#define STB_TRUETYPE_IMPLEMENTATION
#define STBTT_STATIC
#include <stb_truetype.h>

namespace {

constexpr int kRows = 16;
constexpr unsigned kBlockSize = 256;
constexpr unsigned kBlocks = 512;

struct Letter {
  int places = 0;  // 1 or 2, of eight columns each; 0: there is none
  int mark = -1;   // columns that a mark begins to the left of the pen; -1 for no mark
  std::array<std::uint16_t, kRows> rows{};  // the leftmost column is the highest bit
};

using Font = std::vector<Letter>;

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Lines "0041:0000...": 32 digits for a letter of one place, 64 for one of two.
void take_bitmaps(const char* path, Font& font) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto code = std::stoul(line.substr(0, colon), nullptr, 16);
    const std::string digits = line.substr(colon + 1);
    if (code >= font.size() || (digits.size() != 32 && digits.size() != 64))
      throw std::runtime_error("not a line of unifont.hex: " + line);
    Letter& letter = font[code];
    letter.places = static_cast<int>(digits.size() / 32);
    const std::size_t width = digits.size() / kRows;
    for (std::size_t row = 0; row < kRows; ++row) {
      const auto bits = std::stoul(digits.substr(row * width, width), nullptr, 16);
      letter.rows[row] = static_cast<std::uint16_t>(bits << (16 - 4 * width));
    }
  }
}

// Lines "0301:-8".
void take_marks(const char* path, Font& font) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto code = std::stoul(line.substr(0, colon), nullptr, 16);
    if (code < font.size()) font[code].mark = -std::stoi(line.substr(colon + 1));
  }
}

void take_outlines(const char* path, Font& font) {
  const std::string bytes = read(path);
  stbtt_fontinfo info;
  if (stbtt_InitFont(&info, reinterpret_cast<const unsigned char*>(bytes.data()), 0) == 0)
    throw std::runtime_error(std::string("no outlines in ") + path);
  const float scale = stbtt_ScaleForMappingEmToPixels(&info, kRows);
  int ascent = 0, descent = 0, gap = 0;
  stbtt_GetFontVMetrics(&info, &ascent, &descent, &gap);
  const int base = static_cast<int>(std::lround(static_cast<float>(ascent) * scale));
  for (int code = 0x10000; code < static_cast<int>(font.size()); ++code) {
    const int index = stbtt_FindGlyphIndex(&info, code);
    if (index == 0) continue;
    int advance = 0, bearing = 0, x0 = 0, y0 = 0, x1 = 0, y1 = 0;
    stbtt_GetGlyphHMetrics(&info, index, &advance, &bearing);
    Letter& letter = font[static_cast<std::size_t>(code)];
    letter.places = static_cast<float>(advance) * scale > 8.5F ? 2 : 1;
    stbtt_GetGlyphBitmapBox(&info, index, scale, scale, &x0, &y0, &x1, &y1);
    if (x1 <= x0 || y1 <= y0) continue;
    const int width = x1 - x0;
    std::vector<unsigned char> pixels(static_cast<std::size_t>(width * (y1 - y0)));
    stbtt_MakeGlyphBitmap(&info, pixels.data(), width, y1 - y0, width, scale, scale, index);
    for (int y = y0; y < y1; ++y) {
      for (int x = x0; x < x1; ++x) {
        const int row = base + y;
        if (row < 0 || row >= kRows || x < 0 || x >= 16) continue;
        if (pixels[static_cast<std::size_t>((y - y0) * width + x - x0)] < 128) continue;
        letter.rows[static_cast<std::size_t>(row)] |= static_cast<std::uint16_t>(0x8000 >> x);
      }
    }
  }
}

// As packed.h has it, not yet compressed; "" for a block without letters.
std::string plain_block(const Font& font, unsigned block) {
  std::string kinds, bitmaps;
  bool any = false;
  for (unsigned i = 0; i < kBlockSize; ++i) {
    const Letter& letter = font[block * kBlockSize + i];
    int kind = letter.places;
    if (kind != 0 && letter.mark >= 0) kind |= 4 | letter.mark / 4 << 3;
    kinds += static_cast<char>(kind);
    any = any || kind != 0;
    for (int row = 0; kind != 0 && row < kRows; ++row) {
      const std::uint16_t bits = letter.rows[static_cast<std::size_t>(row)];
      bitmaps += static_cast<char>(bits >> 8);
      if (letter.places == 2) bitmaps += static_cast<char>(bits & 0xFF);
    }
  }
  return any ? kinds + bitmaps : "";
}

std::string compressed(const std::string& plain) {
  uLongf size = compressBound(plain.size());
  std::string out(size, '\0');
  const int result = compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                               reinterpret_cast<const Bytef*>(plain.data()), plain.size(), 9);
  if (result != Z_OK) throw std::runtime_error("cannot compress");
  out.resize(size);
  return out;
}

// A C++ string. Octal escapes of three digits, which no digit behind them can lengthen.
std::string quoted(const std::string& bytes) {
  std::string out = "\"";
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    if (value >= 0x20 && value < 0x7F && byte != '"' && byte != '\\' && byte != '?') {
      out += byte;
    } else {
      char escape[5];
      std::snprintf(escape, sizeof escape, "\\%03o", value);
      out += escape;
    }
  }
  return out + "\"";
}

std::string source_of(const Font& font) {
  std::string out =
      "// Made from GNU Unifont by pack.cc: (c) its authors, GPL 2 or later with the font "
      "exception,"
      " or SIL OFL 1.1.\n#include \"emulator/image/unifont/packed.h\"\n\n"
      "namespace emulator::image {\n\nconst std::array<std::string_view, 512> kPackedFont = {\n";
  for (unsigned block = 0; block < kBlocks; ++block) {
    const std::string plain = plain_block(font, block);
    if (plain.empty()) {
      out += "std::string_view{},\n";
      continue;
    }
    const std::string bytes = compressed(plain);
    out += "std::string_view(" + quoted(bytes) + ", " + std::to_string(bytes.size()) + "),\n";
  }
  return out + "};\n\n}  // namespace emulator::image\n";
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count != 5) throw std::runtime_error("wants three files of Unifont and one to write");
    Font font(std::size_t{kBlocks} * kBlockSize);
    take_bitmaps(arguments[1], font);
    take_marks(arguments[2], font);
    take_outlines(arguments[3], font);
    std::ofstream out(arguments[4], std::ios::binary);
    out << source_of(font);
    out.close();
    if (!out) throw std::runtime_error(std::string("cannot write ") + arguments[4]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pack_unifont: %s\n", error.what());
    return 1;
  }
  return 0;
}
