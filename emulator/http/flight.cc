// One flight a request: look the name up, ask whether its addresses may be used, connect to the
// first that answers, shake hands, send and read at the same time. Whatever ends it first, the
// answer, a fault or the time limit, calls `finish`; the handlers still under way find it over.
#include "emulator/http/flight.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <utility>
#include <vector>

#include "emulator/http/answer_parser.h"
#include "emulator/http/proxy_words.h"
#include "emulator/http/request_head.h"
#include "emulator/http/resolve.h"
#include "emulator/http/trust.h"

namespace emulator::http {
namespace {

namespace ssl = asio::ssl;
using Tcp = asio::ip::tcp;
using TcpSocket = asio::basic_stream_socket<Tcp, Executor>;

// How often a paced body is given its next piece.
constexpr std::chrono::milliseconds kPaceTick{50};

Tcp::endpoint endpoint_of(const Address& address, std::uint16_t port) {
  if (address.v6) {
    asio::ip::address_v6::bytes_type bytes;
    std::copy(address.bytes.begin(), address.bytes.end(), bytes.begin());
    return {asio::ip::address_v6(bytes), port};
  }
  asio::ip::address_v4::bytes_type bytes;
  std::copy_n(address.bytes.begin(), 4, bytes.begin());
  return {asio::ip::address_v4(bytes), port};
}

std::string in_words(const ErrorCode& error) {
  if (error == asio::error::connection_refused) return "connection refused";
  if (error == asio::error::connection_reset || error == asio::error::broken_pipe)
    return "connection reset";
  if (error == asio::error::eof || error == ssl::error::stream_truncated)
    return "connection closed before a whole answer";
  return error.message();
}

}  // namespace

struct Flights::Base {
  Base(asio::io_context& loop, ClientOptions client_options)
      : io(loop), options(std::move(client_options)), resolver(loop), trust(options.ca_file) {}
  asio::io_context& io;
  const ClientOptions options;
  Resolver resolver;
  Trust trust;
};

namespace {

class OneFlight final : public Flight, public std::enable_shared_from_this<OneFlight> {
 public:
  OneFlight(Flights::Base& base, Post post, std::function<void(Receipt)> done)
      : base_(base),
        post_(std::move(post)),
        done_(std::move(done)),
        socket_(base.io.get_executor()),
        limit_(base.io.get_executor()),
        pace_(base.io.get_executor()) {}

  void start() {
    began_ = SteadyClock::now();
    limit_.expires_after(post_.time_limit);
    limit_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (!error) self->fail("no answer in time");
    });
    const std::string& host = post_.via ? post_.via->host : post_.host;
    if (auto known = Resolver::known(host)) return resolved({std::move(*known), ""});
    base_.resolver.find(
        host, [self = shared_from_this()](const Resolver::Found& found) { self->resolved(found); });
  }

  void abandon() override {
    done_ = nullptr;
    close();
  }

 private:
  using Bytes = std::size_t;

  bool over() const { return over_; }

  void close() {
    over_ = true;
    limit_.cancel();
    pace_.cancel();
    ErrorCode ignored;
    socket_.close(ignored);
  }

  void finish() {
    if (over_) return;
    receipt_.took = SteadyClock::now() - began_;
    close();
    if (const auto done = std::exchange(done_, nullptr)) done(std::move(receipt_));
  }

  void fail(std::string why) {
    if (over_) return;
    receipt_.error = std::move(why);
    finish();
  }

  void resolved(const Resolver::Found& found) {
    if (over_) return;
    if (found.addresses.empty())
      return fail("no address for the host name: " + (found.error.empty() ? "none" : found.error));
    for (const Address& address : found.addresses) {
      auto barred = post_.barred ? post_.barred(address) : std::nullopt;
      if (!barred && base_.options.barred) barred = base_.options.barred(address);
      if (!barred) {
        addresses_.push_back(address);
      } else if (receipt_.error.empty()) {
        receipt_.error = std::move(*barred);
      }
    }
    if (addresses_.empty()) {
      receipt_.refused = true;
      return finish();
    }
    receipt_.error.clear();
    connect(0);
  }

  void connect(std::size_t number) {
    const Address& address = addresses_[number];
    receipt_.address = address.text();
    ErrorCode ignored;
    socket_.close(ignored);
    socket_.async_connect(endpoint_of(address, post_.via ? post_.via->port : post_.port),
                          [self = shared_from_this(), number](const ErrorCode& e) {
                            if (self->over_) return;
                            if (!e) return self->connected();
                            if (number + 1 < self->addresses_.size())
                              return self->connect(number + 1);
                            self->fail(in_words(e));
                          });
  }

  void connected() {
    // Whole, a request is one write, which nothing delays.
    ErrorCode ignored;
    if (post_.secure || post_.pace > 0) socket_.set_option(Tcp::no_delay(true), ignored);
    if (!post_.secure) return exchange();
    if (post_.via) return ask_proxy();
    shake_hands();
  }

  void ask_proxy() {
    head_ = tunnel_request(post_.host, post_.port, post_.via->authorization);
    asio::async_write(socket_, asio::buffer(head_),
                      [self = shared_from_this()](const ErrorCode& e, Bytes) {
                        if (self->over_) return;
                        if (e) return self->fail("the proxy before: " + in_words(e));
                        self->head_.clear();
                        self->hear_proxy();
                      });
  }

  void hear_proxy() {
    socket_.async_read_some(asio::buffer(in_),
                            [self = shared_from_this()](const ErrorCode& e, Bytes bytes) {
                              if (self->over_) return;
                              if (e) return self->fail("the proxy before ended the connection");
                              self->head_.append(self->in_.data(), bytes);
                              const auto answer = proxy_answer(self->head_);
                              if (!answer) return self->hear_proxy();
                              if (!answer->problem.empty()) return self->fail(answer->problem);
                              // Nobody speaks before the client does in TLS.
                              if (!answer->came.empty())
                                return self->fail("the proxy before sent more than an answer");
                              self->shake_hands();
                            });
  }

  void shake_hands() {
    tls_.emplace(socket_, base_.trust.context());
    SSL* const handle = tls_->native_handle();
    X509_VERIFY_PARAM* const check = SSL_get0_param(handle);
    if (const auto address = parse_address(post_.host)) {
      X509_VERIFY_PARAM_set1_ip_asc(check, address->text().c_str());
    } else {
      // What the macro SSL_set_tlsext_host_name does, without its cast.
      SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(post_.host.c_str()));
      X509_VERIFY_PARAM_set1_host(check, post_.host.c_str(), 0);
    }
    tls_->async_handshake(ssl::stream_base::client, [self =
                                                         shared_from_this()](const ErrorCode& e) {
      if (self->over_) return;
      if (!e) return self->exchange();
      const long verdict = SSL_get_verify_result(self->tls_->native_handle());
      if (verdict == X509_V_OK) return self->fail("TLS: " + in_words(e));
      const std::string& remedy = self->base_.options.remedy;
      self->fail(std::string("the certificate is not trusted: ") +
                 X509_verify_cert_error_string(verdict) + (remedy.empty() ? "" : "; " + remedy));
    });
  }

  void exchange() {
    if (post_.late) receipt_.late = post_.late->value();
    head_ = request_head(post_, receipt_.late);
    begin_answer();
    write_piece();
    read_piece();
  }

  void begin_answer() {
    parser_.emplace(receipt_, post_.hear, base_.options.head_bytes, base_.options.body_bytes,
                    base_.options.kept_bytes);
    // A length may be said of a body that never comes.
    if (post_.method == "HEAD") parser_->skip(true);
  }

  // The head with the whole body, or, where there is a pace, the head and then the body in pieces.
  void write_piece() {
    const std::size_t size = post_.body ? post_.body->size() : 0;
    std::size_t piece = size - sent_;
    if (post_.pace > 0 && piece > 0) {
      const auto most = post_.pace * static_cast<std::uint64_t>(kPaceTick.count()) / 1'000;
      piece = std::min<std::size_t>(piece, std::max<std::uint64_t>(most, 1));
    }
    std::array<asio::const_buffer, 2> buffers{asio::buffer(head_), asio::const_buffer()};
    if (piece > 0) buffers[1] = asio::buffer(post_.body->data() + sent_, piece);
    sent_ += piece;
    const auto written = [self = shared_from_this()](const ErrorCode& error, Bytes) {
      if (self->over_) return;
      // The answer, or the end of the connection, may still be there to read.
      if (error) return;
      self->head_.clear();
      self->wait_for_pace();
    };
    if (tls_)
      asio::async_write(*tls_, buffers, written);
    else
      asio::async_write(socket_, buffers, written);
  }

  void wait_for_pace() {
    if (!post_.body || sent_ >= post_.body->size()) return;
    pace_.expires_after(kPaceTick);
    pace_.async_wait([self = shared_from_this()](const ErrorCode& error) {
      if (!error && !self->over_) self->write_piece();
    });
  }

  void read_piece() {
    const auto read = [self = shared_from_this()](const ErrorCode& error, Bytes bytes) {
      if (!self->over_) self->take(error, bytes);
    };
    const auto room = asio::buffer(in_.data() + held_, in_.size() - held_);
    if (tls_)
      tls_->async_read_some(room, read);
    else
      socket_.async_read_some(room, read);
  }

  void take(const ErrorCode& error, std::size_t bytes) {
    held_ += bytes;
    ErrorCode parsed;
    while (held_ > 0 && !parser_->is_done() && !parser_->enough()) {
      const std::size_t used = parser_->put(asio::buffer(in_.data(), held_), parsed);
      std::copy(in_.begin() + static_cast<std::ptrdiff_t>(used),
                in_.begin() + static_cast<std::ptrdiff_t>(held_), in_.begin());
      held_ -= used;
      if (parser_->provisional()) {
        receipt_.headers = {};
        receipt_.status = 0;
        begin_answer();
        parsed = {};
        continue;
      }
      if (parsed || used == 0) break;
    }
    if (parser_->is_done() || parser_->enough()) return finish();
    if (parsed && parsed != boost::beast::http::error::need_more)
      return malformed(parsed.message());
    if (error) {
      // A body without a length ends with the connection.
      if (parser_->got_some() &&
          (error == asio::error::eof || error == ssl::error::stream_truncated)) {
        parser_->put_eof(parsed);
        if (!parsed && parser_->is_done()) return finish();
      }
      return fail(in_words(error));
    }
    if (held_ == in_.size()) return malformed("a line is too long");
    read_piece();
  }

  void malformed(const std::string& why) {
    receipt_.status = 0;
    fail("the answer is no HTTP: " + why);
  }

  Flights::Base& base_;
  const Post post_;
  std::function<void(Receipt)> done_;
  std::vector<Address> addresses_;
  TcpSocket socket_;
  std::optional<ssl::stream<TcpSocket&>> tls_;
  Timer limit_;
  Timer pace_;
  SteadyClock::time_point began_;
  std::string head_;
  std::size_t sent_ = 0;  // of the body
  std::array<char, 8u << 10> in_;
  std::size_t held_ = 0;  // bytes in `in_` not parsed yet
  Receipt receipt_;
  std::optional<AnswerParser> parser_;
  bool over_ = false;
};

}  // namespace

Flights::Flights(asio::io_context& io, ClientOptions options)
    : base_(std::make_unique<Base>(io, std::move(options))) {}
Flights::~Flights() = default;

std::shared_ptr<Flight> Flights::begin(Post post, std::function<void(Receipt)> done) {
  auto flight = std::make_shared<OneFlight>(*base_, std::move(post), std::move(done));
  flight->start();
  return flight;
}

}  // namespace emulator::http
