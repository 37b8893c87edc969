#include "emulator/http/wire.h"

#include <utility>

namespace emulator::http {
namespace {

// What is encrypted at once: four records. More would only wait here instead of in the queue.
constexpr std::size_t kSealedAtOnce = 64u << 10;
// What an idle one may keep for the next reply.
constexpr std::size_t kKeptSealed = 1u << 10;

}  // namespace

void Wire::begin(std::unique_ptr<tls::Session> session) {
  tls_ = std::make_unique<Secure>();
  tls_->session = std::move(session);
}

ErrorCode Wire::flush() {
  ErrorCode error;
  if (!tls_) return error;
  while (pending() != 0) {
    const asio::const_buffer rest(tls_->sealed.data() + tls_->sent, pending());
    tls_->sent += socket_.write_some(rest, error);
    if (error) return error == asio::error::would_block ? ErrorCode() : error;
  }
  tls_->sealed.clear();
  tls_->sent = 0;
  return error;
}

ErrorCode Wire::send_sealed(Outgoing& queue) {
  ErrorCode error = flush();
  while (!error && pending() == 0 && !queue.empty()) {
    // A head and its body go out together where both are small.
    for (std::size_t sealed = 0; sealed < kSealedAtOnce && !queue.empty();) {
      const std::string_view next = queue.front().substr(0, kSealedAtOnce - sealed);
      if (!tls_->session->seal(next, tls_->sealed)) return asio::error::broken_pipe;
      sealed += next.size();
      queue.sent(next.size());
    }
    error = flush();
  }
  if (queue.empty()) queue.clear();
  return error;
}

void Wire::say_goodbye() {
  if (!tls_ || shaking()) return;
  tls_->session->say_goodbye(tls_->sealed);
  flush();
}

void Wire::release() {
  if (tls_ && pending() == 0 && tls_->sealed.capacity() > kKeptSealed)
    std::string().swap(tls_->sealed);
}

}  // namespace emulator::http
