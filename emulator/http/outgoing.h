#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/http/asio.h"

namespace emulator::http {

// Bytes on their way to a socket, in order. Small ones are copied together into one text, large
// ones are moved in and sent from where they are, so that one gather write takes a whole batch of
// replies. Empty, it holds no memory worth counting.
class Outgoing {
 public:
  // The text to append small pieces to. Call `appended` with its size before, after appending.
  std::string& text() { return text_; }
  void appended(std::size_t size_before);

  void add(std::string_view bytes);
  void add_body(std::string&& body);
  // Moves everything of `other` behind what is here. Leaves `other` empty.
  void append(Outgoing& other);

  bool empty() const { return bytes_ == 0; }
  std::size_t bytes() const { return bytes_; }
  // What it takes of memory, sent parts among it.
  std::size_t held() const { return text_.capacity() + own_bytes_; }
  void clear();
  // Gives back the room an empty queue has kept.
  void release();

  // The first bytes in a row; not of an empty queue.
  std::string_view front() const;
  // So many from the front have gone; `clear` an empty queue then.
  void sent(std::size_t bytes);

  // Sends as much as the socket takes now. An error other than "would block" ends the connection.
  ErrorCode write_to(Socket& socket);

 private:
  // Either a range of `text_`, or a body of its own.
  struct Piece {
    std::size_t from = 0;
    std::size_t size = 0;
    std::string body;
    bool own = false;
  };

  asio::const_buffer buffer_of(const Piece& piece) const;
  void compact();

  std::string text_;
  std::vector<Piece> pieces_;
  std::size_t first_ = 0;      // of pieces_, not yet wholly sent
  std::size_t offset_ = 0;     // in that piece
  std::size_t bytes_ = 0;      // unsent
  std::size_t own_bytes_ = 0;  // of the bodies in pieces_, sent parts among them
};

}  // namespace emulator::http
