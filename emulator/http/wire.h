#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/http/asio.h"
#include "emulator/http/outgoing.h"
#include "emulator/tls/session.h"

namespace emulator::http {

// What the bytes of a connection go over: a socket, or TLS over one. Knows when it has TLS, and
// costs a plain connection one look at a pointer.
class Wire {
 public:
  using Step = tls::Session::Step;

  explicit Wire(Socket socket) : socket_(std::move(socket)) {}

  Socket& socket() { return socket_; }
  const Socket& socket() const { return socket_; }

  // What comes from now on is TLS, what goes as well.
  void begin(std::unique_ptr<tls::Session> session);
  bool secure() const { return tls_ != nullptr; }
  // Hands are not shaken yet: nothing can be sent.
  bool shaking() const { return tls_ && !tls_->session->established(); }

  // Decrypts from the front of `came` into `room`; only where there is TLS. What has to be sent for
  // that is `pending`.
  Step open(std::string_view& came, char* room, std::size_t size, std::size_t& got) {
    return tls_->session->take(came, room, size, got, tls_->sealed);
  }

  // Sends as much of `queue` as the socket takes now. Of what TLS has encrypted the rest stays here
  // and is `pending`. An error other than "would block" ends the connection.
  ErrorCode send(Outgoing& queue) { return tls_ ? send_sealed(queue) : queue.write_to(socket_); }
  // Sends what is pending as far as the socket takes it.
  ErrorCode flush();
  // Bytes encrypted and not sent yet.
  std::size_t pending() const { return tls_ ? tls_->sealed.size() - tls_->sent : 0; }

  // Tells the other side, where it can be told, that nothing else will be sent.
  void say_goodbye();

  // Bytes of memory beside the object.
  std::size_t held() const {
    return tls_ ? sizeof(Secure) + tls::Session::kHeld + tls_->sealed.capacity() : 0;
  }
  // An idle one gives back what it does not need.
  void release();

 private:
  struct Secure {
    std::unique_ptr<tls::Session> session;
    std::string sealed;
    std::size_t sent = 0;  // of it
  };
  ErrorCode send_sealed(Outgoing& queue);

  Socket socket_;
  std::unique_ptr<Secure> tls_;
};

}  // namespace emulator::http
