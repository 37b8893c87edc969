#include "emulator/http/body_decoder.h"

#include <algorithm>

namespace emulator::http {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

}  // namespace

BodyDecoder BodyDecoder::of_length(std::uint64_t length) {
  BodyDecoder decoder;
  decoder.left_ = length;
  return decoder;
}

BodyDecoder BodyDecoder::chunked(std::size_t limit, std::size_t overhead) {
  BodyDecoder decoder;
  decoder.chunked_ = true;
  decoder.at_ = At::kSize;
  decoder.limit_ = limit;
  decoder.overhead_ = overhead;
  return decoder;
}

BodyDecoder::State BodyDecoder::feed(std::string_view& data, std::string& body) {
  while (!data.empty()) {
    State state = State::kMore;
    if (at_ == At::kData) {
      state = take_data(data, body);
    } else {
      state = take_framing(data.front());
      data.remove_prefix(1);
    }
    if (state != State::kMore) return state;
  }
  return State::kMore;
}

BodyDecoder::State BodyDecoder::take_data(std::string_view& data, std::string& body) {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size()));
  body.append(data.substr(0, size));
  data.remove_prefix(size);
  left_ -= size;
  if (left_ != 0) return State::kMore;
  if (!chunked_) return State::kDone;
  at_ = At::kDataCr;
  return State::kMore;
}

BodyDecoder::State BodyDecoder::take_framing(char c) {
  switch (at_) {
    case At::kSize:
      return take_size(c);
    case At::kExtension:
      if (c == '\r') {
        at_ = At::kSizeEnd;
        return State::kMore;
      }
      if (control(c) || overhead_ == 0) return State::kMalformed;
      --overhead_;
      return State::kMore;
    case At::kSizeEnd:
      return c == '\n' ? size_ended() : State::kMalformed;
    case At::kDataCr:
      at_ = At::kDataLf;
      return c == '\r' ? State::kMore : State::kMalformed;
    case At::kDataLf:
      at_ = At::kSize;
      return c == '\n' ? State::kMore : State::kMalformed;
    case At::kTrailer:
    case At::kTrailerEnd:
      return take_trailer(c);
    case At::kData:
      break;
  }
  return State::kMalformed;
}

BodyDecoder::State BodyDecoder::take_size(char c) {
  const int value = hex_value(c);
  if (value >= 0) {
    if (++digits_ > 15) return State::kMalformed;  // 60 bits: cannot overflow
    left_ = left_ * 16 + static_cast<unsigned>(value);
    return State::kMore;
  }
  if (digits_ == 0) return State::kMalformed;
  digits_ = 0;
  if (c == '\r') {
    at_ = At::kSizeEnd;
  } else if (c == ';') {
    at_ = At::kExtension;
  } else {
    return State::kMalformed;
  }
  return State::kMore;
}

BodyDecoder::State BodyDecoder::size_ended() {
  if (left_ == 0) {
    at_ = At::kTrailer;
    line_ = 0;
    return State::kMore;
  }
  if (left_ > limit_) return State::kTooLarge;
  limit_ -= static_cast<std::size_t>(left_);
  at_ = At::kData;
  return State::kMore;
}

// Trailers are read over: nothing here needs them, and merging them into the headers would let a
// sender set fields after they were judged.
BodyDecoder::State BodyDecoder::take_trailer(char c) {
  if (at_ == At::kTrailerEnd) {
    if (c != '\n') return State::kMalformed;
    if (line_ == 0) return State::kDone;
    line_ = 0;
    at_ = At::kTrailer;
    return State::kMore;
  }
  if (c == '\r') {
    at_ = At::kTrailerEnd;
    return State::kMore;
  }
  if (control(c) || overhead_ == 0) return State::kMalformed;
  --overhead_;
  ++line_;
  return State::kMore;
}

}  // namespace emulator::http
