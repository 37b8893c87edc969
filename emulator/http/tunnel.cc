#include "emulator/http/tunnel.h"

#include <utility>

namespace emulator::http {
namespace {

// Reads in a row before others have their turn.
constexpr int kTunnelReads = 8;
constexpr std::size_t kTunnelOwn = 2u << 10;

}  // namespace

Tunnel::Tunnel(Context& context, Wire client, Socket far)
    : context_(context),
      client_(std::move(client)),
      far_(std::move(far)),
      charge_(context.memory, Held::kConnections),
      mark_(SteadyClock::now()) {
  ++context_.tunnels;
}

Tunnel::~Tunnel() { --context_.tunnels; }

void Tunnel::count() {
  charge_.set(kTunnelOwn + client_.held() + out_.queue.held() + back_.queue.held());
}

void Tunnel::start(std::string out, std::string back) {
  if (!out.empty()) out_.queue.add_body(std::move(out));
  if (!back.empty()) back_.queue.add_body(std::move(back));
  const auto self = shared_from_this();
  this->out();
  this->back();
}

void Tunnel::wait_to_read(Way& way, Socket& from, void (Tunnel::*then)()) {
  if (std::exchange(way.reading, true)) return;
  from.async_wait(Socket::wait_read,
                  [self = shared_from_this(), &way, then](const ErrorCode& error) {
                    way.reading = false;
                    if (!self->open_) return;
                    if (error) return self->close();
                    ((*self).*then)();
                  });
}

void Tunnel::wait_to_write(Way& way, Socket& to, void (Tunnel::*then)()) {
  if (std::exchange(way.writing, true)) return;
  to.async_wait(Socket::wait_write,
                [self = shared_from_this(), &way, then](const ErrorCode& error) {
                  way.writing = false;
                  if (!self->open_) return;
                  if (error) return self->close();
                  ((*self).*then)();
                });
}

// The other side of a way learns that nothing else will come; when neither side will send any more,
// the tunnel has done its work.
void Tunnel::tell_end(Way& way, bool to_client) {
  if (std::exchange(way.told, true)) return;
  ErrorCode ignored;
  if (to_client) client_.say_goodbye();
  (to_client ? client_.socket() : far_).shutdown(Socket::shutdown_send, ignored);
  if (out_.told && back_.told) close();
}

void Tunnel::out() {
  for (int i = 0; open_ && i < kTunnelReads; ++i) {
    const std::size_t before = out_.queue.bytes();
    if (before != 0) {
      if (out_.queue.write_to(far_)) return close();
      if (out_.queue.bytes() != before) mark_ = SteadyClock::now();
      if (!out_.queue.empty()) return wait_to_write(out_, far_, &Tunnel::out);
      out_.queue.release();
      count();
    }
    if (out_.ended) return tell_end(out_, false);
    if (!read_client()) break;
  }
  if (!open_) return;
  // The last read in a row may have brought the last there is, or the end.
  if (out_.ended || !out_.queue.empty()) return wait_to_write(out_, far_, &Tunnel::out);
  wait_to_read(out_, client_.socket(), &Tunnel::out);
}

void Tunnel::back() {
  for (int i = 0; open_ && i < kTunnelReads; ++i) {
    const std::size_t before = back_.queue.bytes() + client_.pending();
    if (before != 0) {
      if (client_.send(back_.queue)) return close();
      const std::size_t left = back_.queue.bytes() + client_.pending();
      if (left != before) mark_ = SteadyClock::now();
      if (left != 0) return wait_to_write(back_, client_.socket(), &Tunnel::back);
      back_.queue.release();
      client_.release();
      count();
    }
    if (back_.ended) return tell_end(back_, true);
    if (!read_far()) break;
  }
  if (!open_) return;
  if (back_.ended || !back_.queue.empty())
    return wait_to_write(back_, client_.socket(), &Tunnel::back);
  wait_to_read(back_, far_, &Tunnel::back);
}

// Reads once. False when there is nothing to read now.
bool Tunnel::read_client() {
  char* const room = context_.scratch();
  ErrorCode error;
  const std::size_t size = client_.socket().read_some(asio::buffer(room, Context::kScratch), error);
  if (error == asio::error::would_block) return false;
  if (error && error != asio::error::eof) {
    close();
    return false;
  }
  if (error) {
    out_.ended = true;
    return true;
  }
  mark_ = SteadyClock::now();
  if (client_.secure()) return take_opened({room, size});
  out_.queue.add({room, size});
  return true;
}

bool Tunnel::take_opened(std::string_view came) {
  char* const room = context_.opened_room();
  for (;;) {
    std::size_t got = 0;
    const Wire::Step step = client_.open(came, room, Context::kOpened, got);
    if (step == Wire::Step::kBytes) {
      out_.queue.add({room, got});
      continue;
    }
    if (step == Wire::Step::kEnd) out_.ended = true;
    if (step == Wire::Step::kFailed) close();
    return open_;
  }
}

bool Tunnel::read_far() {
  char* const room = context_.scratch();
  ErrorCode error;
  const std::size_t size = far_.read_some(asio::buffer(room, Context::kScratch), error);
  if (error == asio::error::would_block) return false;
  if (error && error != asio::error::eof) {
    close();
    return false;
  }
  if (error) {
    back_.ended = true;
    return true;
  }
  mark_ = SteadyClock::now();
  back_.queue.add({room, size});
  return true;
}

void Tunnel::check(SteadyClock::time_point now) {
  if (now - mark_ > context_.limits.tunnel_idle_time) close();
}

void Tunnel::close() {
  if (!std::exchange(open_, false)) return;
  const auto self = shared_from_this();
  ErrorCode ignored;
  client_.socket().close(ignored);
  far_.close(ignored);
  out_.queue.clear();
  back_.queue.clear();
  charge_.set(0);
  context_.remove(*this);
}

}  // namespace emulator::http
