#include "emulator/http/dial.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <utility>

#include "emulator/http/proxy_words.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;

// For everything together.
constexpr std::chrono::milliseconds kDialTime = 10s;

Protocol::endpoint endpoint_at(const Address& address, std::uint16_t port) {
  if (!address.v6) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.bytes.data(), 4);
    return {&v4, sizeof v4};
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&v6.sin6_addr, address.bytes.data(), 16);
  return {&v6, sizeof v6};
}

std::string said_of(const ErrorCode& error) {
  if (error == asio::error::connection_refused) return "connection refused";
  return error.message();
}

}  // namespace

Dial::Dial(Context& context, const ProxyRoute& route, bool tunnelled,
           std::function<void(Outcome)> done)
    : context_(context),
      route_(route),
      tunnelled_(tunnelled),
      done_(std::move(done)),
      socket_(context.io.get_executor()),
      limit_(context.io.get_executor()) {
  ++context_.tunnels;
}

Dial::~Dial() { --context_.tunnels; }

void Dial::start() {
  limit_.expires_after(kDialTime);
  limit_.async_wait([self = shared_from_this()](const ErrorCode& error) {
    if (!error) self->fail(504, "no connection within 10 s");
  });
  const std::string& host = route_.via_host.empty() ? route_.host : route_.via_host;
  if (auto known = Resolver::known(host)) {
    asio::post(context_.io, [self = shared_from_this(), known = std::move(*known)] {
      self->found({known, ""});
    });
    return;
  }
  context_.resolver().find(
      host, [self = shared_from_this()](const Resolver::Found& found) { self->found(found); });
}

void Dial::abandon() {
  done_ = nullptr;
  ErrorCode ignored;
  limit_.cancel();
  socket_.close(ignored);
}

void Dial::found(const Resolver::Found& found) {
  if (!done_) return;
  if (found.addresses.empty())
    return fail(
        502, "no address for the host name: " + (found.error.empty() ? "none" : found.error), true);
  std::string why;
  for (const Address& address : found.addresses) {
    // The proxy before us is the user's choice; where it goes, it decides.
    auto barred = route_.barred && route_.via_host.empty() ? route_.barred(address) : std::nullopt;
    if (!barred)
      addresses_.push_back(address);
    else if (why.empty())
      why = std::move(*barred);
  }
  if (addresses_.empty()) return fail(403, std::move(why), true);
  connect(0);
}

void Dial::connect(std::size_t number) {
  ErrorCode ignored;
  socket_.close(ignored);
  const std::uint16_t port = route_.via_host.empty() ? route_.port : route_.via_port;
  socket_.async_connect(endpoint_at(addresses_[number], port), [self = shared_from_this(),
                                                                number](const ErrorCode& error) {
    if (!self->done_) return;
    if (error && number + 1 < self->addresses_.size()) return self->connect(number + 1);
    if (error)
      return self->fail(
          502, "cannot connect to " + self->addresses_[number].text() + ": " + said_of(error));
    const int on = 1;
    ::setsockopt(self->socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!self->route_.via_host.empty() && self->tunnelled_) return self->ask_proxy();
    self->finish({});
  });
}

void Dial::ask_proxy() {
  text_ = tunnel_request(route_.host, route_.port, route_.via_authorization);
  asio::async_write(socket_, asio::buffer(text_),
                    [self = shared_from_this()](const ErrorCode& error, std::size_t) {
                      if (!self->done_) return;
                      if (error) return self->fail(502, "the proxy before: " + said_of(error));
                      self->text_.clear();
                      self->read_answer();
                    });
}

void Dial::read_answer() {
  const std::size_t before = text_.size();
  text_.resize(before + 1024);
  socket_.async_read_some(
      asio::buffer(text_.data() + before, 1024),
      [self = shared_from_this(), before](const ErrorCode& error, std::size_t size) {
        if (!self->done_) return;
        self->text_.resize(before + size);
        if (error) return self->fail(502, "the proxy before ended the connection");
        auto answer = proxy_answer(self->text_);
        if (!answer) return self->read_answer();
        if (!answer->problem.empty()) return self->fail(502, std::move(answer->problem));
        Outcome outcome;
        outcome.came = std::move(answer->came);
        self->finish(std::move(outcome));
      });
}

void Dial::finish(Outcome outcome) {
  limit_.cancel();
  ErrorCode ignored;
  socket_.non_blocking(true, ignored);
  outcome.socket = std::make_unique<Socket>(std::move(socket_));
  if (const auto done = std::exchange(done_, nullptr)) done(std::move(outcome));
}

void Dial::fail(unsigned status, std::string why, bool barred) {
  if (!done_) return;
  const auto done = std::exchange(done_, nullptr);
  abandon();
  Outcome outcome;
  outcome.status = status;
  outcome.why = std::move(why);
  outcome.barred = barred;
  done(std::move(outcome));
}

}  // namespace emulator::http
