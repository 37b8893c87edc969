#include "emulator/http/outgoing.h"

#include <algorithm>
#include <array>

namespace emulator::http {
namespace {

// Below this, copying a body beats one more element in the gather list.
constexpr std::size_t kCopiedBody = 4096;
constexpr std::size_t kGathered = 32;
// What an emptied queue may keep for the next time.
constexpr std::size_t kKeptText = 256u << 10;
// Pieces, and bytes of text, that have gone before a queue is tidied.
constexpr std::size_t kCompacted = 64;
constexpr std::size_t kCompactedText = 64u << 10;

}  // namespace

void Outgoing::appended(std::size_t size_before) {
  const std::size_t size = text_.size() - size_before;
  if (size == 0) return;
  bytes_ += size;
  if (!pieces_.empty()) {
    Piece& last = pieces_.back();
    if (!last.own && last.from + last.size == size_before) {
      last.size += size;
      return;
    }
  }
  pieces_.push_back({size_before, size, {}, false});
}

void Outgoing::add(std::string_view bytes) {
  const std::size_t before = text_.size();
  text_.append(bytes);
  appended(before);
}

void Outgoing::add_body(std::string&& body) {
  if (body.size() < kCopiedBody) return add(body);
  bytes_ += body.size();
  const std::size_t size = body.size();
  own_bytes_ += size;
  pieces_.push_back({0, size, std::move(body), true});
}

void Outgoing::append(Outgoing& other) {
  for (std::size_t i = other.first_; i < other.pieces_.size(); ++i) {
    Piece& piece = other.pieces_[i];
    const std::size_t skipped = i == other.first_ ? other.offset_ : 0;
    if (!piece.own) {
      add(std::string_view(other.text_).substr(piece.from + skipped, piece.size - skipped));
    } else if (skipped == 0 || !pieces_.empty()) {
      if (skipped != 0) piece.body.erase(0, skipped);
      add_body(std::move(piece.body));
    } else {
      // A large body partly sent: it stays where it is, only the mark moves.
      offset_ = skipped;
      bytes_ += piece.size - skipped;
      own_bytes_ += piece.size;
      pieces_.push_back(std::move(piece));
    }
  }
  other.clear();
}

void Outgoing::clear() {
  pieces_.clear();
  first_ = offset_ = bytes_ = own_bytes_ = 0;
  text_.clear();
  if (text_.capacity() > kKeptText) text_.shrink_to_fit();
}

void Outgoing::release() {
  if (empty() && (pieces_.capacity() != 0 || text_.capacity() > std::string().capacity())) {
    *this = Outgoing();
  }
}

asio::const_buffer Outgoing::buffer_of(const Piece& piece) const {
  return piece.own ? asio::const_buffer(piece.body.data(), piece.size)
                   : asio::const_buffer(text_.data() + piece.from, piece.size);
}

std::string_view Outgoing::front() const {
  const asio::const_buffer first = buffer_of(pieces_[first_]) + offset_;
  return {static_cast<const char*>(first.data()), first.size()};
}

ErrorCode Outgoing::write_to(Socket& socket) {
  ErrorCode error;
  while (bytes_ != 0) {
    std::array<asio::const_buffer, kGathered> gathered;
    const std::size_t count = std::min(kGathered, pieces_.size() - first_);
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) {
      gathered[i] = buffer_of(pieces_[first_ + i]);
      if (i == 0) gathered[i] += offset_;
      size += gathered[i].size();
    }
    std::size_t taken = 0;
    if (count == 1) {
      taken = socket.write_some(gathered[0], error);
    } else {
      taken = socket.write_some(gathered, error);
    }
    if (error) return error == asio::error::would_block ? ErrorCode() : error;
    sent(taken);
    if (taken < size) return error;
  }
  clear();
  return error;
}

void Outgoing::sent(std::size_t bytes) {
  bytes_ -= bytes;
  offset_ += bytes;
  while (first_ < pieces_.size() && offset_ >= pieces_[first_].size) {
    offset_ -= pieces_[first_].size;
    if (pieces_[first_].own) own_bytes_ -= pieces_[first_].size;
    std::string().swap(pieces_[first_].body);  // a long queue gives back what has gone
    ++first_;
  }
  if (bytes_ != 0) compact();
}

// A queue that is never quite empty, such as that of a stream whose reader is always a little
// behind, gives back what has gone.
void Outgoing::compact() {
  if (first_ >= kCompacted && 2 * first_ >= pieces_.size()) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  Piece& piece = pieces_[first_];
  if (piece.own) return;
  const std::size_t gone = piece.from + offset_;
  if (gone < kCompactedText || 2 * gone < text_.size()) return;
  text_.erase(0, gone);
  for (std::size_t i = first_ + 1; i < pieces_.size(); ++i)
    if (!pieces_[i].own) pieces_[i].from -= gone;
  piece.from = 0;
  piece.size -= offset_;
  offset_ = 0;
}

}  // namespace emulator::http
