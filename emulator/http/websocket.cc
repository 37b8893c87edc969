#include "emulator/http/websocket.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <exception>
#include <utility>

namespace emulator::http {
namespace {

namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;

using namespace std::chrono_literals;

// How long the other side may take to answer a close and to leave.
constexpr std::chrono::milliseconds kGoodbyeTime = 2s;

// A session with its buffers, about.
constexpr std::size_t kOwn = 8u << 10;

using Upgrade = beast::http::request<beast::http::empty_body>;

Upgrade as_upgrade(const Request& request) {
  Upgrade upgrade;
  upgrade.version(11);
  upgrade.method_string(request.method);
  upgrade.target(request.target);
  for (const auto& [name, value] : request.headers) upgrade.insert(name, value);
  return upgrade;
}

// The handler's end. It does not keep the session alive: the client's end does.
class Handle final : public WebSocket {
 public:
  explicit Handle(const std::shared_ptr<WebSocketSession>& session) : session_(session) {}

  void send_text(std::string text) override { send(std::move(text), false); }
  void send_binary(std::string bytes) override { send(std::move(bytes), true); }
  void close(std::uint16_t code, std::string reason) override {
    if (const auto session = session_.lock()) session->close(code, std::move(reason));
  }
  void on_message(std::function<void(std::string, bool)> message) override {
    if (const auto session = session_.lock()) session->on_message(std::move(message));
  }
  void on_closed(std::function<void()> closed) override {
    if (const auto session = session_.lock()) session->on_closed(std::move(closed));
  }

 private:
  void send(std::string data, bool binary) {
    if (const auto session = session_.lock()) session->send(std::move(data), binary);
  }

  std::weak_ptr<WebSocketSession> session_;
};

}  // namespace

bool websocket_asked(const Request& request) {
  return websocket::is_upgrade(as_upgrade(request)) &&
         request.headers.get("sec-websocket-version") == "13" &&
         request.headers.get("sec-websocket-key").value_or("").size() == 24;
}

WebSocketSession::WebSocketSession(Context& context, Wire wire)
    : context_(context),
      stream_(WireStream(std::move(wire))),
      charge_(context.memory, Held::kWebSockets),
      mark_(SteadyClock::now()) {}

void WebSocketSession::start(const Request& request, Reply reply) {
  stream_.read_message_max(context_.limits.body_bytes);
  stream_.auto_fragment(false);
  // The stream's own time limits are off: in Boost 1.74 they trip over a close under way. `check`
  // does their work.
  const auto never = websocket::stream_base::none();
  stream_.set_option(websocket::stream_base::timeout{never, never, false});
  stream_.control_callback(
      [this](websocket::frame_type kind, beast::string_view) { control(kind); });
  stream_.set_option(websocket::stream_base::decorator(
      [fields = std::move(reply.headers)](websocket::response_type& response) {
        for (const auto& [name, value] : fields) response.set(name, value);
      }));
  stream_.async_accept(as_upgrade(request),
                       [self = shared_from_this(),
                        opened = std::move(reply.websocket)](const beast::error_code& error) {
                         if (error) return self->gone();
                         self->accepted(opened);
                       });
}

void WebSocketSession::accepted(const std::function<void(std::shared_ptr<WebSocket>)>& opened) {
  accepted_ = true;
  guarded([&] { opened(std::make_shared<Handle>(shared_from_this())); });
  if (context_.draining) drain();
  read();
}

void WebSocketSession::count() {
  charge_.set(kOwn + stream_.next_layer().wire().held() + incoming_.capacity() + backlog_);
}

// Piece by piece, so that a message that is long in coming is counted as it comes.
void WebSocketSession::read() {
  if (!open_) return;
  stream_.async_read_some(incoming_, Context::kScratch,
                          [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                            if (error) return self->gone();
                            self->count();
                            if (self->stream_.is_message_done()) return self->received();
                            if (!self->closing_ && !self->context_.room_for(0))
                              self->close(websocket::close_code::try_again_later,
                                          "there is no memory left");
                            // What follows is read, so that the goodbye is heard, and let go at
                            // once.
                            if (self->closing_) self->incoming_.consume(self->incoming_.size());
                            self->read();
                          });
}

void WebSocketSession::received() {
  mark_ = SteadyClock::now();
  pinged_ = false;
  std::string data = beast::buffers_to_string(incoming_.data());
  incoming_.consume(incoming_.size());
  if (incoming_.capacity() > Context::kScratch) incoming_.shrink_to_fit();
  count();
  if (!context_.room_for(data.size()))
    close(websocket::close_code::try_again_later, "there is no memory left");
  if (closing_) return read();
  const bool binary = stream_.got_binary();
  // A copy, because the callback may replace itself.
  if (const auto message = on_message_) guarded([&] { message(std::move(data), binary); });
  read();
}

void WebSocketSession::send(std::string data, bool binary) {
  if (!open_ || closing_ || goodbye_) return;
  backlog_ += data.size();
  // A client that does not read must not make us keep without bound what it was sent.
  if (backlog_ > 2 * context_.limits.body_bytes) return cut();
  outgoing_.push_back({std::move(data), binary});
  count();
  if (!writing_) write();
}

void WebSocketSession::write() {
  if (outgoing_.empty()) {
    if (closing_) close_now();
    return;
  }
  writing_ = true;
  stream_.binary(outgoing_.front().binary);
  stream_.async_write(asio::buffer(outgoing_.front().data),
                      [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                        self->writing_ = false;
                        if (!self->open_ || error) return self->gone();
                        self->backlog_ -= self->outgoing_.front().data.size();
                        self->outgoing_.pop_front();
                        self->count();
                        self->write();
                      });
}

void WebSocketSession::close(std::uint16_t code, std::string reason) {
  if (!open_ || closing_ || goodbye_) return;
  closing_ = true;
  // A control frame holds 125 bytes, two of them the code.
  reason.resize(std::min<std::size_t>(reason.size(), 123));
  reason_ = websocket::close_reason(static_cast<websocket::close_code>(code), reason);
  if (!writing_) write();
}

void WebSocketSession::close_now() {
  if (close_sent_) return;
  close_sent_ = true;
  mark_ = SteadyClock::now();
  stream_.async_close(reason_,
                      [self = shared_from_this()](const beast::error_code&) { self->gone(); });
}

void WebSocketSession::on_message(std::function<void(std::string, bool)> message) {
  on_message_ = std::move(message);
}

void WebSocketSession::on_closed(std::function<void()> closed) { on_closed_ = std::move(closed); }

void WebSocketSession::drain() { close(websocket::close_code::going_away, "the server stops"); }

void WebSocketSession::cut() { gone(); }

void WebSocketSession::control(websocket::frame_type kind) {
  mark_ = SteadyClock::now();
  pinged_ = false;
  if (kind != websocket::frame_type::close) return;
  goodbye_ = true;
  tell_closed();
}

void WebSocketSession::check(SteadyClock::time_point now) {
  const auto silent = now - mark_;
  const auto idle_time = context_.limits.idle_time;
  const bool ending = goodbye_ || close_sent_;
  if (silent > (ending ? std::min(kGoodbyeTime, idle_time) : idle_time)) return gone();
  if (!accepted_ || ending || pinged_ || silent < idle_time / 2) return;
  // Finds out about clients that vanished without a word: the living answer.
  pinged_ = true;
  stream_.async_ping({}, [self = shared_from_this()](const beast::error_code&) {});
}

// Later, because whoever is told may be in the middle of a call to this very session.
void WebSocketSession::tell_closed() {
  if (on_closed_) asio::post(context_.io, std::exchange(on_closed_, nullptr));
}

void WebSocketSession::gone() {
  if (!open_) return;
  const auto self = shared_from_this();
  open_ = false;
  ErrorCode ignored;
  stream_.next_layer().close(ignored);
  on_message_ = nullptr;
  outgoing_.clear();
  backlog_ = 0;
  charge_.set(0);
  tell_closed();
  context_.remove(*this);
}

template <class Call>
void WebSocketSession::guarded(const Call& call) {
  try {
    call();
  } catch (const std::exception& error) {
    context_.report(error.what());
    close(websocket::close_code::internal_error, "");
  } catch (...) {
    context_.report(kUnknownFault);
    close(websocket::close_code::internal_error, "");
  }
}

}  // namespace emulator::http
