// The life of a connection: how it begins, what it waits for, how it ends.
#include "emulator/http/connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "emulator/http/websocket.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;

// How long a client may take to read a last reply and close its side.
constexpr std::chrono::milliseconds kLingerTime = 2s;
// A client that ended its sending may still wait for a reply that is nearly ready; one that has
// left looks the same until we write to it.
constexpr std::chrono::milliseconds kHalfClosedTime = 1s;

}  // namespace

Connection::Connection(Context& context, Socket socket, std::string peer)
    : context_(context),
      wire_(std::move(socket)),
      reader_(context.limits, std::move(peer), context.memory),
      charge_(context.memory, Held::kConnections),
      read_mark_(SteadyClock::now()),
      head_mark_(read_mark_),
      write_mark_(read_mark_) {
  if (context_.hooks.proxy) reader_.take_tunnels();
}

Connection::~Connection() {
  drop_exchanges();
  if (flow_) flow_->detach();
}

void Connection::start() {
  count();
  arm_read();
}

void Connection::count() {
  // The allocator and the loop's own book-keeping take about as much again as the object itself.
  charge_.set(2 * sizeof(Connection) + out_.held() + in_.capacity() + held_ + wire_.held() +
              (flow_ ? flow_->held() : 0));
}

void Connection::pump() {
  if (pumping_ || state_ == State::kClosed) return;
  const auto self = shared_from_this();
  pumping_ = true;
  while (state_ == State::kOpen) {
    const bool delivered = deliver();
    const bool taken = take_leftover();
    if (!delivered && !taken) break;
  }
  pumping_ = false;
  settle();
}

// After all that could be done at once: what the connection waits for now.
void Connection::settle() {
  if (state_ == State::kClosed) return;
  if (all_sent() && state_ == State::kOpen) {
    if (then_ != Then::kGoOn) return finish();
    if (switching_) return first_->passage ? become_tunnel() : become_websocket();
    if (end_of_input_ && pending_ == 0) return close();
    if (context_.draining && (idle() || wire_.shaking())) return close();
    if (pending_ == 0) give_back();
  }
  count();
  arm_write();
  arm_read();
}

// An idle connection keeps no room that a large request or reply once needed.
void Connection::give_back() {
  out_.release();
  wire_.release();
  if (in_.empty() && in_.capacity() > std::string().capacity()) std::string().swap(in_);
}

void Connection::finish() {
  if (then_ == Then::kReset) return close(true);
  linger();
}

// Closing a socket that still has unread input resets the connection, and the client may lose the
// reply it was about to read. So: end our side, read on for a while, and close then.
void Connection::linger() {
  ErrorCode ignored;
  state_ = State::kLingering;
  wire_.say_goodbye();
  wire_.socket().shutdown(Socket::shutdown_send, ignored);
  if (end_of_input_ || (context_.draining && wire_.socket().available(ignored) == 0))
    return close();
  read_mark_ = SteadyClock::now();
  discarded_ = 0;
  arm_read();
}

void Connection::become_websocket() {
  if (reading_) {
    // Comes back here through `on_read`.
    ErrorCode ignored;
    wire_.socket().cancel(ignored);
    return;
  }
  // Frames sent before the server agreed to take any: not a client to talk to.
  if (!in_.empty() || end_of_input_) return close();
  const std::shared_ptr<Exchange> exchange = first_;
  const auto session = std::make_shared<WebSocketSession>(context_, std::move(wire_));
  state_ = State::kClosed;
  Reply reply = std::move(exchange->reply);
  const auto request = exchange->upgrade;
  drop_exchanges();
  context_.replace(*this, session);
  session->start(*request, std::move(reply));
}

std::optional<SteadyClock::time_point> Connection::stalled_since() const {
  if (state_ != State::kOpen) return std::nullopt;
  if (wire_.shaking()) return head_mark_;
  if (!all_sent()) return write_mark_;
  if (reader_.in_body() && pending_ == 0) return read_mark_;
  return std::nullopt;
}

void Connection::check(SteadyClock::time_point now) {
  const ServerLimits& limits = context_.limits;
  const auto silent = now - read_mark_;
  if (state_ == State::kLingering) {
    if (silent > std::min(kLingerTime, limits.body_time)) close();
    return;
  }
  if (wire_.shaking()) {
    if (now - head_mark_ <= limits.head_time) return;
    context_.tell_slow_handshake();
    close();
    return;
  }
  if (!all_sent()) {
    if (now - write_mark_ > limits.body_time) close(true);
    return;
  }
  if (end_of_input_) {
    if (!flow_ && silent > std::min(kHalfClosedTime, limits.idle_time)) close();
    return;
  }
  if (reader_.in_body()) {
    if (silent <= limits.body_time) return;
    refuse(408, "the body did not arrive in time");
    pump();
  } else if (reader_.begun()) {
    if (now - head_mark_ <= limits.head_time) return;
    refuse(408, "the headers did not arrive in time");
    pump();
  } else if (pending_ == 0 ? silent > limits.idle_time : departed_unread()) {
    close();
  }
}

// What a client has sent by now is read and answered; what it sends later was never read.
void Connection::drain() {
  if (state_ == State::kLingering || hanging_) return close();
  if (!reading_) return hear_the_last();
  // A read that is under way may have its bytes already: either way `on_read` is told of it.
  ErrorCode ignored;
  wire_.socket().cancel(ignored);
}

void Connection::hear_the_last() {
  if (!switching_ && !end_of_input_) read_more();
  if (state_ == State::kClosed) return;
  // Who has not shaken hands has asked for nothing yet.
  if (idle() || wire_.shaking()) return close();
  pump();
}

bool Connection::idle() const {
  return pending_ == 0 && all_sent() && in_.empty() && !reader_.begun() && !wire_.shaking();
}

std::optional<SteadyClock::time_point> Connection::idle_since() const {
  if (state_ != State::kOpen || end_of_input_ || !idle()) return std::nullopt;
  return read_mark_;
}

bool Connection::leave_if_idle(SteadyClock::time_point since) {
  ErrorCode ignored;
  if (idle_since() != since || wire_.socket().available(ignored) != 0) return false;
  close();
  return true;
}

void Connection::close(bool reset) {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  state_ = State::kClosed;
  ErrorCode ignored;
  if (reset)
    wire_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
  else if (all_sent())
    wire_.say_goodbye();
  wire_.socket().close(ignored);
  out_.clear();
  in_.clear();
  reader_.abandon();
  if (flow_) {
    // Later, because whoever is told may be in the middle of writing to this very stream.
    if (auto closed = flow_->detach()) asio::post(context_.io, std::move(closed));
    flow_.reset();
  }
  drop_exchanges();
  charge_.set(0);
  context_.remove(*this);
}

}  // namespace emulator::http
