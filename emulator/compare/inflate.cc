#include "emulator/compare/inflate.h"

#include <zlib.h>

#include <algorithm>

namespace emulator::compare {
namespace {

// `window` as zlib wants it: 47 finds out between gzip and zlib, -15 is bare deflate.
Result<std::string, std::string> inflated_as(std::string_view bytes, std::size_t limit,
                                             int window) {
  z_stream stream{};
  if (inflateInit2(&stream, window) != Z_OK) return Failure{std::string("no memory for it")};
  struct Ender {
    z_stream& stream;
    ~Ender() { inflateEnd(&stream); }
  } ender{stream};
  std::string in(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  std::string out;
  char piece[16'384];
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(piece);
    stream.avail_out = sizeof piece;
    const int state = inflate(&stream, Z_NO_FLUSH);
    const std::size_t made = sizeof piece - stream.avail_out;
    if (made > limit - out.size())
      return Failure{"more than " + std::to_string(limit) + " bytes once it is decompressed"};
    out.append(piece, made);
    if (state == Z_STREAM_END) return out;
    if (state == Z_BUF_ERROR || (state == Z_OK && stream.avail_in == 0 && made == 0))
      return Failure{std::string("compressed data that is cut off")};
    if (state != Z_OK) return Failure{std::string("broken compressed data")};
  }
}

}  // namespace

Result<std::string, std::string> inflated(std::string_view bytes, std::size_t limit) {
  if (bytes.size() > 0xFFFFFFFFu) return Failure{std::string("too large")};
  auto wrapped = inflated_as(bytes, limit, 47);
  if (wrapped || bytes.substr(0, 2) == "\x1f\x8b") return wrapped;
  auto bare = inflated_as(bytes, limit, -15);
  return bare ? std::move(bare) : std::move(wrapped);
}

}  // namespace emulator::compare
