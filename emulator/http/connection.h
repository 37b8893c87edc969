#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/http/asio.h"
#include "emulator/http/context.h"
#include "emulator/http/exchange.h"
#include "emulator/http/flow.h"
#include "emulator/http/outgoing.h"
#include "emulator/http/request_reader.h"
#include "emulator/http/wire.h"

namespace emulator::http {

// One HTTP connection: requests in, replies out, in the same order.
//
// Reading never stops for long, even while replies are held: only a read tells that a client has
// left. But no further request is taken from what was read while output waits for the client, so
// that one who never reads makes us keep no more than the replies of one batch. Sending is tried at
// once, without waiting to be told that the socket is ready; what it does not take waits in `out_`.
// User code runs only from `dispatch`, `start_stream` and the hooks, and may call back into any
// connection, this one included: `pumping_` turns such calls into marks that the loop in `pump`
// picks up.
class Connection final : public Peer, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Context& context, Socket socket, std::string peer);
  ~Connection() override;

  void start();
  void check(SteadyClock::time_point now) override;
  std::optional<SteadyClock::time_point> idle_since() const override;
  bool leave_if_idle(SteadyClock::time_point since) override;
  std::optional<SteadyClock::time_point> stalled_since() const override;
  void drain() override;
  void cut() override { close(); }

  // Does all that can be done now: replies out, further requests in.
  void pump();

  // Of an answer that has not begun to go out.
  void hold(std::size_t bytes) { held_ += bytes; }

  // For the body in progress.
  void flow_bytes(std::string&& bytes);
  void flow_ended(bool broken);
  std::size_t unsent() const { return out_.bytes() + wire_.pending(); }

 private:
  enum class State : std::uint8_t { kOpen, kLingering, kClosed };
  enum class Then : std::uint8_t { kGoOn, kClose, kReset };

  // connection_intake.cc
  void arm_read();
  void on_read(const ErrorCode& error, std::size_t size);
  void read_more();
  void hear_the_last();
  void on_end_of_input();
  void receive(std::string_view bytes);
  void receive_secure(std::string_view bytes);
  void begin_tls();
  void take(std::string_view fresh);
  bool take_leftover();
  std::size_t parse(std::string_view& data);
  bool may_parse() const;
  bool head_read(bool body_here);
  void dispatch();
  void refuse(unsigned status, std::string_view why);
  void refuse_with(Reply reply);
  bool refuse_busy(std::size_t more);
  std::optional<Reply> busy_reply(const std::shared_ptr<const Request>& request) const;
  std::shared_ptr<Exchange> enqueue();
  Reply protocol_reply(unsigned status, std::string_view why) const;
  bool departed_unread();

  // connection_proxy.cc
  bool passed_on();
  void open_passage(Passage& passage, Exchange& exchange);
  void open_here(Exchange& exchange);
  void begin_passage();
  void become_tunnel();

  // connection_replies.cc
  bool deliver();
  void begin_reply();
  void begin_body(const Framing& framing, bool streamed);
  void start_stream();
  void pop();
  void abandon(Exchange& exchange);
  void close_behind(Then then);
  void drop_exchanges();
  Outgoing& out();
  void send();
  void arm_write();
  bool all_sent() const { return out_.empty() && wire_.pending() == 0; }

  // connection.cc
  void settle();
  void count();
  void give_back();
  void finish();
  void linger();
  void become_websocket();
  void close(bool reset = false);
  bool idle() const;

  Context& context_;
  Wire wire_;
  RequestReader reader_;
  std::string in_;  // read, but not yet parsed
  Outgoing out_;
  std::shared_ptr<Exchange> first_;  // the oldest not yet wholly replied to
  Exchange* last_ = nullptr;
  std::shared_ptr<Flow> flow_;  // the body in progress of `first_`
  std::size_t pending_ = 0;     // exchanges from first_ to last_
  std::size_t discarded_ = 0;   // bytes read and thrown away
  std::size_t held_ = 0;        // bytes of answers that have not begun to go out
  Charge charge_;
  SteadyClock::time_point read_mark_;   // the last sign of life of the client
  SteadyClock::time_point head_mark_;   // when the request being read began
  SteadyClock::time_point write_mark_;  // the last time the socket took something
  State state_ = State::kOpen;
  Then then_ = Then::kGoOn;       // once out_ is empty
  bool taking_requests_ = true;   // false: what comes in is thrown away
  bool upgrade_pending_ = false;  // what comes next may be no HTTP: wait for the reply
  bool continue_owed_ = false;    // the client waits for "100 Continue"
  bool stream_due_ = false;       // the head is out, the handler's stream not yet called
  bool hanging_ = false;          // a fault: nothing is ever sent again
  bool switching_ = false;        // becomes a WebSocket or a tunnel
  bool end_of_input_ = false;
  bool opening_ = true;   // the next byte says whether TLS is spoken
  bool reading_ = false;  // an asynchronous read is under way
  bool write_waiting_ = false;
  bool failed_ = false;  // the socket took an error instead of bytes
  bool pumping_ = false;
  // Idle connections are many: this is their largest part. A usual request fits, and what does not
  // is read on with the context's scratch room.
  std::array<char, 1024> buffer_;
};

}  // namespace emulator::http
