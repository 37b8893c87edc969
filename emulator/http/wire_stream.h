#pragma once

#include <boost/asio/compose.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_prefix.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/role.hpp>
#include <string>
#include <utility>
#include <vector>

#include "emulator/http/wire.h"

namespace emulator::http {

// A wire as Beast's WebSockets want it: an AsyncStream. Without TLS the socket does it all. One
// read and one write at a time.
class WireStream {
 public:
  using executor_type = Executor;

  explicit WireStream(Wire wire) : wire_(std::move(wire)) {}

  executor_type get_executor() { return wire_.socket().get_executor(); }
  bool is_open() const { return wire_.socket().is_open(); }
  void close(ErrorCode& error) { wire_.socket().close(error); }
  Wire& wire() { return wire_; }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    if (!wire_.secure()) {
      wire_.socket().async_read_some(buffers, std::forward<Handler>(handler));
      return;
    }
    asio::mutable_buffer room;
    for (const asio::mutable_buffer one : boost::beast::buffers_range_ref(buffers)) {
      room = one;
      if (room.size() != 0) break;
    }
    asio::async_compose<Handler, void(ErrorCode, std::size_t)>(Reading{*this, room}, handler,
                                                               wire_.socket());
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    if (!wire_.secure()) {
      wire_.socket().async_write_some(buffers, std::forward<Handler>(handler));
      return;
    }
    std::size_t taken = 0;
    for (const asio::const_buffer one : boost::beast::buffers_range_ref(buffers)) {
      if (one.size() == 0) continue;
      const std::size_t size = std::min(one.size(), kAtOnce - taken);
      plain_.add({static_cast<const char*>(one.data()), size});
      taken += size;
      if (taken == kAtOnce) break;
    }
    asio::async_compose<Handler, void(ErrorCode, std::size_t)>(Writing{*this, taken}, handler,
                                                               wire_.socket());
  }

 private:
  static constexpr std::size_t kAtOnce = 64u << 10;
  static constexpr std::size_t kCame = 4u << 10;

  struct Reading {
    WireStream& stream;
    asio::mutable_buffer room;
    bool begun = false;

    template <class Self>
    void operator()(Self& self, ErrorCode error = {}, std::size_t size = 0) {
      // Never before the call that began it has returned.
      if (!std::exchange(begun, true)) return asio::post(stream.get_executor(), std::move(self));
      if (error) return self.complete(error, 0);
      stream.end_ += size;
      std::string_view came(stream.came_.data() + stream.begin_, stream.end_ - stream.begin_);
      std::size_t got = 0;
      const Wire::Step step =
          stream.wire_.open(came, static_cast<char*>(room.data()), room.size(), got);
      stream.begin_ = stream.end_ - came.size();
      if (step == Wire::Step::kBytes) return self.complete({}, got);
      if (!stream.writing_) stream.wire_.flush();
      if (step == Wire::Step::kEnd) return self.complete(asio::error::eof, 0);
      if (step == Wire::Step::kFailed) return self.complete(asio::error::connection_aborted, 0);
      stream.came_.resize(kCame);
      stream.begin_ = stream.end_ = 0;
      stream.wire_.socket().async_read_some(asio::buffer(stream.came_), std::move(self));
    }
  };

  // Encrypts and sends what was put in line, as the socket takes it.
  struct Writing {
    WireStream& stream;
    std::size_t taken;
    bool begun = false;

    template <class Self>
    void operator()(Self& self, ErrorCode error = {}) {
      if (!std::exchange(begun, true)) {
        stream.writing_ = true;
        return asio::post(stream.get_executor(), std::move(self));
      }
      if (!error) error = stream.wire_.send(stream.plain_);
      if (!error && (!stream.plain_.empty() || stream.wire_.pending() != 0))
        return stream.wire_.socket().async_wait(Socket::wait_write, std::move(self));
      stream.writing_ = false;
      stream.plain_.clear();
      self.complete(error, error ? 0 : taken);
    }
  };

  Wire wire_;
  Outgoing plain_;          // to be encrypted and sent
  std::vector<char> came_;  // read and not yet decrypted: from `begin_` to `end_`
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool writing_ = false;
};

// How Beast ends a connection on which a WebSocket was closed.
template <class Handler>
void async_teardown(boost::beast::role_type, WireStream& stream, Handler&& handler) {
  ErrorCode ignored;
  stream.wire().say_goodbye();
  stream.wire().socket().shutdown(Socket::shutdown_both, ignored);
  asio::post(stream.get_executor(),
             [done = std::forward<Handler>(handler)]() mutable { done(ErrorCode()); });
}

inline void beast_close_socket(WireStream& stream) {
  ErrorCode ignored;
  stream.close(ignored);
}

}  // namespace emulator::http
