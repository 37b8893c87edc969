// One flight a request: look the name up, ask whether its addresses may be used, connect to the
// first that answers, shake hands, send and read at the same time. Whatever ends it first, the
// answer, a fault or the time limit, calls `finish`; the handlers still under way find it over.
#include "emulator/http/client.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/http/answer_parser.h"
#include "emulator/http/client_impl.h"
#include "emulator/http/mailbox.h"
#include "emulator/http/resolve.h"

namespace emulator::http {
namespace {

namespace ssl = asio::ssl;
using Tcp = asio::ip::tcp;
using TcpSocket = asio::basic_stream_socket<Tcp, Executor>;

constexpr int kNiceness = 10;
// The time slice the thread asks for, as long as can be: whoever has a shorter one, the loop and
// whoever polls, need not wait for its end. Linux 6.12 and later; earlier ones pass over it.
constexpr std::chrono::nanoseconds kTimeSlice = std::chrono::milliseconds(100);

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

std::string head_of(const Post& post, const std::string& late) {
  std::string out = post.method + " " + post.target + " HTTP/1.1\r\nhost: " + post.host;
  if (post.port != (post.secure ? 443 : 80)) out += ":" + std::to_string(post.port);
  out += "\r\n";
  for (const auto& [name, value] : post.headers)
    out.append(name).append(": ").append(value) += "\r\n";
  if (post.late) out.append(post.late->name).append(": ").append(late) += "\r\n";
  out += "content-length: " + std::to_string(post.body ? post.body->size() : 0);
  return out + "\r\nconnection: close\r\n\r\n";
}

std::string in_words(const ErrorCode& error) {
  if (error == asio::error::connection_refused) return "connection refused";
  if (error == asio::error::connection_reset || error == asio::error::broken_pipe)
    return "connection reset";
  if (error == asio::error::eof || error == ssl::error::stream_truncated)
    return "connection closed before a whole answer";
  return error.message();
}

// The context all flights share, made for the first that needs it: reading the system's
// certificates takes a while.
class Trust {
 public:
  explicit Trust(std::string file) : file_(std::move(file)) {}

  ssl::context& context() {
    if (!context_) {
      context_.emplace(ssl::context::tls_client);
      ErrorCode ignored;
      context_->set_default_verify_paths(ignored);
      if (!file_.empty()) context_->load_verify_file(file_, ignored);
      context_->set_verify_mode(ssl::verify_peer, ignored);
      ERR_clear_error();
    }
    return *context_;
  }

 private:
  std::string file_;
  std::optional<ssl::context> context_;
};

// What all flights of one client share.
struct Base {
  Base(asio::io_context& loop, ClientOptions client_options)
      : io(loop), options(std::move(client_options)), resolver(loop), trust(options.ca_file) {}
  asio::io_context& io;
  const ClientOptions options;
  Resolver resolver;
  Trust trust;
};

class Flight : public std::enable_shared_from_this<Flight> {
 public:
  Flight(Base& base, Post post, std::function<void(Receipt)> done)
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
    if (auto known = Resolver::known(post_.host)) return resolved({std::move(*known), ""});
    base_.resolver.find(post_.host, [self = shared_from_this()](Resolver::Found found) {
      self->resolved(std::move(found));
    });
  }

  void abandon() {
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

  void resolved(Resolver::Found found) {
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
    socket_.async_connect(endpoint_of(address, post_.port),
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
    tls_->async_handshake(ssl::stream_base::client,
                          [self = shared_from_this()](const ErrorCode& e) {
                            if (self->over_) return;
                            if (!e) return self->exchange();
                            const long verdict = SSL_get_verify_result(self->tls_->native_handle());
                            if (verdict == X509_V_OK) return self->fail("TLS: " + in_words(e));
                            self->fail(std::string("the certificate is not trusted: ") +
                                       X509_verify_cert_error_string(verdict) +
                                       "; --webhook-ca FILE names further certificates to trust");
                          });
  }

  void exchange() {
    if (post_.late) receipt_.late = post_.late->value();
    head_ = head_of(post_, receipt_.late);
    parser_.emplace(receipt_, base_.options.head_bytes, base_.options.body_bytes,
                    base_.options.kept_bytes);
    write_piece();
    read_piece();
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
        parser_.emplace(receipt_, base_.options.head_bytes, base_.options.body_bytes,
                        base_.options.kept_bytes);
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

  Base& base_;
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

// Where cores are few, whoever polls goes before receivers of webhooks: this thread has less of a
// claim to the processor, and does not take it from the loop the moment the loop wakes it
// (SCHED_BATCH), as it otherwise does whenever the loop has had more than its share. Of the calling
// thread alone; where the system does not know how, things are as they are for every thread.
void step_back() {
  ::setpriority(PRIO_PROCESS, 0, kNiceness);
  // The kernel's `struct sched_attr`, whose header cannot be had beside the C library's.
  struct {
    std::uint32_t size = 48;
    std::uint32_t policy = SCHED_BATCH;
    std::uint64_t flags = 0;
    std::int32_t nice = kNiceness;
    std::uint32_t priority = 0;
    std::uint64_t runtime = static_cast<std::uint64_t>(kTimeSlice.count());
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
  } attributes;
  static_assert(sizeof attributes == 48);
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

// Connecting, handshakes and closing take more time than answering a poll, so they are done on a
// thread beside the loop; only the receipts come back to it.
class ThreadClient final : public Client {
 public:
  ThreadClient(asio::io_context& home, ClientOptions options)
      : home_(home), there_(io_), base_(io_, std::move(options)) {}

  ~ThreadClient() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  std::shared_ptr<void> send(Post post, std::function<void(Receipt)> done) override {
    if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
    const auto call = std::make_shared<Call>();
    call->done = std::move(done);
    there_.put([this, call, letter = std::make_shared<Post>(std::move(post))] {
      if (call->abandoned) return;
      const auto flight = std::make_shared<Flight>(
          base_, std::move(*letter), [&home = home_, call](Receipt receipt) {
            call->flight.reset();
            const auto held = std::make_shared<Receipt>(std::move(receipt));
            home.put([call, held] {
              if (const auto told = std::exchange(call->done, nullptr)) told(std::move(*held));
            });
          });
      call->flight = flight;
      flight->start();
    });
    return {call.get(), [this, call](void*) {
              // Here, not over there: what is told belongs to the loop.
              call->done = nullptr;
              there_.put([call] {
                call->abandoned = true;
                if (const auto flight = call->flight.lock()) flight->abandon();
              });
            }};
  }

 private:
  struct Call {
    std::function<void(Receipt)> done;  // the loop's
    // The other thread's. A flight is kept alive by what it waits for.
    std::weak_ptr<Flight> flight;
    bool abandoned = false;
  };

  void serve() {
    step_back();
    const auto guard = asio::make_work_guard(io_);
    for (;;) {
      std::string fault;
      try {
        io_.run();
        return;
      } catch (const std::exception& error) {
        fault = error.what();
      } catch (...) {
        fault = "an exception of unknown type";
      }
      // Thrown again where faults are reported.
      home_.put([fault] { throw std::runtime_error("outgoing request: " + fault); });
    }
  }

  Mailbox home_;
  asio::io_context io_{1};
  Mailbox there_;
  Base base_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Client> make_client(asio::io_context& home, ClientOptions options) {
  return std::make_unique<ThreadClient>(home, std::move(options));
}

std::string ca_file_problem(const std::string& file) {
  ssl::context context(ssl::context::tls_client);
  ErrorCode error;
  context.load_verify_file(file, error);
  ERR_clear_error();
  if (!error) return "";
  return file + ": cannot be read as certificates (" + error.message() +
         "); give a file of PEM certificates";
}

}  // namespace emulator::http
