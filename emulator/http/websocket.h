#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "emulator/http/asio.h"
#include "emulator/http/context.h"
#include "emulator/http/message.h"
#include "emulator/http/wire_stream.h"

namespace emulator::http {

// The request is a valid opening handshake (RFC 6455, section 4.2.1).
bool websocket_asked(const Request& request);

// A connection after it has become a WebSocket.
class WebSocketSession final : public Peer, public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(Context& context, Wire wire);

  // Shakes hands with `request` (the reply's fields go along), then calls `reply.websocket`.
  void start(const Request& request, Reply reply);

  void check(SteadyClock::time_point now) override;
  void drain() override;
  void cut() override;

  // For the handler's end.
  void send(std::string data, bool binary);
  void close(std::uint16_t code, std::string reason);
  void on_message(std::function<void(std::string, bool)> message);
  void on_closed(std::function<void()> closed);

 private:
  struct Message {
    std::string data;
    bool binary;
  };

  void accepted(const std::function<void(std::shared_ptr<WebSocket>)>& opened);
  void read();
  void received();
  void count();
  void write();
  void close_now();
  void control(boost::beast::websocket::frame_type kind);
  void tell_closed();
  void gone();
  template <class Call>
  void guarded(const Call& call);

  Context& context_;
  boost::beast::websocket::stream<WireStream> stream_;
  boost::beast::flat_buffer incoming_;
  std::deque<Message> outgoing_;
  std::size_t backlog_ = 0;
  Charge charge_;
  std::function<void(std::string, bool)> on_message_;
  std::function<void()> on_closed_;
  boost::beast::websocket::close_reason reason_;
  SteadyClock::time_point mark_;  // the last sign of life of the client
  bool open_ = true;
  bool accepted_ = false;
  bool pinged_ = false;  // since then
  bool writing_ = false;
  bool closing_ = false;  // a close was asked for; sent once what is queued has gone
  bool close_sent_ = false;
  bool goodbye_ = false;  // the client has sent its close
};

}  // namespace emulator::http
