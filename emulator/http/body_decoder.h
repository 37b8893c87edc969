#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace emulator::http {

// Takes the body of one request off the wire: by length, or chunked (RFC 9112, section 7.1).
//
// Chunked bodies are read to the letter: CR LF ends every line, and nothing but a size may stand
// where a size is due. What two readers could understand differently is how requests are smuggled.
class BodyDecoder {
 public:
  enum class State { kMore, kDone, kTooLarge, kMalformed };

  static BodyDecoder of_length(std::uint64_t length);
  // `limit` is of the decoded bytes; `overhead` of extensions and trailers together.
  static BodyDecoder chunked(std::size_t limit, std::size_t overhead);

  // Takes from the front of `data` what belongs to the body and appends the decoded bytes to
  // `body`. Once it returned anything but kMore, do not call it again.
  State feed(std::string_view& data, std::string& body);

 private:
  enum class At { kSize, kExtension, kSizeEnd, kData, kDataCr, kDataLf, kTrailer, kTrailerEnd };

  State take_data(std::string_view& data, std::string& body);
  State take_framing(char c);
  State take_size(char c);
  State size_ended();
  State take_trailer(char c);

  bool chunked_ = false;
  At at_ = At::kData;
  std::uint64_t left_ = 0;    // of the body by length, or of the chunk
  std::size_t limit_ = 0;     // decoded bytes still allowed
  std::size_t overhead_ = 0;  // bytes of extensions and trailers still allowed
  unsigned digits_ = 0;       // of the chunk size so far
  std::size_t line_ = 0;      // length of the trailer line so far
};

}  // namespace emulator::http
