#include "tests/unit/http/raw_client.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace emulator::test {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kPatience = 10s;

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Connects over TCP, however many signals come meanwhile, as libFuzzer's clock sends them: the
// system goes on connecting after the first and must not be asked again.
bool connected_to(int socket, const sockaddr* address, socklen_t size) {
  if (::connect(socket, address, size) == 0) return true;
  if (errno != EINTR) return false;
  pollfd wait{socket, POLLOUT, 0};
  int ready = -1;
  do ready = ::poll(&wait, 1, static_cast<int>(kPatience.count()));
  while (ready < 0 && errno == EINTR);
  int error = 0;
  socklen_t length = sizeof error;
  return ready == 1 && getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0;
}

bool connect_to(int socket, const std::string& address, std::uint16_t port) {
  sockaddr_in v4{};
  if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return connected_to(socket, reinterpret_cast<sockaddr*>(&v4), sizeof(v4));
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr) != 1) return false;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  return connected_to(socket, reinterpret_cast<sockaddr*>(&v6), sizeof(v6));
}

}  // namespace

bool over_tls() { return std::getenv("EMULATOR_TEST_TLS") != nullptr; }

struct RawClient::Tls {
  Tls() = default;
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;
  ~Tls() { SSL_free(handle); }

  // Whom it talks to is looked at elsewhere.
  static SSL_CTX* context() {
    static SSL_CTX* const made = SSL_CTX_new(TLS_client_method());
    return made;
  }
  SSL* handle = SSL_new(context());
};

std::optional<std::string> RawReply::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return std::nullopt;
}

RawClient::RawClient(std::uint16_t port, const std::string& address) {
  const bool v6 = address.find(':') != std::string::npos;
  socket_ = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (!connect_to(socket_, address, port)) {
    close();
    return;
  }
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  patience(kPatience);
}

RawClient RawClient::unix_socket(const std::string& path) {
  RawClient client;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy_n(path.begin(), std::min(path.size(), sizeof(address.sun_path) - 1), address.sun_path);
  client.socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(client.socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    client.close();
    return client;
  }
  client.patience(kPatience);
  return client;
}

RawClient::RawClient(RawClient&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      tls_(std::move(other.tls_)),
      buffer_(std::move(other.buffer_)),
      end_(other.end_) {}

RawClient::~RawClient() { close(); }

void RawClient::patience(std::chrono::milliseconds limit) {
  timeval time{};
  time.tv_sec = limit.count() / 1000;
  time.tv_usec = (limit.count() % 1000) * 1000;
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

bool RawClient::begin_tls() {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes as it does to a file
  tls_ = std::make_shared<Tls>();
  SSL_set_fd(tls_->handle, socket_);
  SSL_ctrl(tls_->handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>("localhost"));
  ERR_clear_error();
  return SSL_connect(tls_->handle) == 1;
}

bool RawClient::send(std::string_view bytes) {
  if (over_tls()) {
    if (!tls_ && !begin_tls()) return false;
    std::size_t sent = 0;
    ERR_clear_error();
    return bytes.empty() || (SSL_write_ex(tls_->handle, bytes.data(), bytes.size(), &sent) == 1 &&
                             sent == bytes.size());
  }
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;  // libFuzzer's clock
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

RawReply RawClient::ask(std::string_view bytes) {
  send(bytes);
  return read_reply();
}

// As `recv`: how many bytes came; 0 for an end, -1 with `errno` for what went wrong.
long RawClient::receive(char* to, std::size_t size) {
  if (!tls_) {
    long got = -1;
    do got = ::recv(socket_, to, size, 0);
    while (got < 0 && errno == EINTR);
    return got;
  }
  std::size_t got = 0;
  ERR_clear_error();
  errno = 0;
  const int done = SSL_read_ex(tls_->handle, to, size, &got);
  if (done == 1) return static_cast<long>(got);
  const int why = SSL_get_error(tls_->handle, done);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) errno = EAGAIN;
  // An end is one, whether it was said within TLS or not.
  const bool ended = why == SSL_ERROR_ZERO_RETURN ||
                     ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ||
                     (why == SSL_ERROR_SYSCALL && errno == 0);
  return ended ? 0 : -1;
}

bool RawClient::fill() {
  char bytes[16384];
  const long size = receive(bytes, sizeof(bytes));
  if (size > 0) {
    buffer_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }
  if (size == 0) {
    end_ = End::kClosed;
  } else {
    end_ = errno == EAGAIN || errno == EWOULDBLOCK ? End::kTimeOut : End::kReset;
  }
  return false;
}

bool RawClient::read_line(std::string& line) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!fill()) return false;
  }
  line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return true;
}

std::string RawClient::read_bytes(std::size_t size) {
  while (buffer_.size() < size && fill()) {
  }
  std::string bytes = buffer_.substr(0, size);
  buffer_.erase(0, bytes.size());
  return bytes;
}

std::string RawClient::read_until_close() {
  while (fill()) {
  }
  return std::exchange(buffer_, std::string());
}

RawReply RawClient::read_reply(bool to_head) {
  RawReply reply;
  std::string line;
  if (!read_line(line) || line.size() < 12 || line.compare(0, 9, "HTTP/1.1 ") != 0) return reply;
  reply.status = static_cast<unsigned>(std::strtoul(line.c_str() + 9, nullptr, 10));
  reply.reason = line.size() > 13 ? line.substr(13) : std::string();
  while (read_line(line) && !line.empty()) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) return reply;
    reply.headers.emplace_back(lower_case(line.substr(0, colon)), line.substr(colon + 2));
  }
  if (end_ != End::kNone && !line.empty()) return reply;

  const auto length = reply.header("content-length");
  reply.announced = length ? std::strtoul(length->c_str(), nullptr, 10) : 0;
  reply.chunked = reply.header("transfer-encoding") == "chunked";
  const bool bodyless = to_head || reply.status < 200 || reply.status == 204 || reply.status == 304;
  if (bodyless) {
    reply.complete = true;
  } else if (reply.chunked) {
    read_chunks(reply);
  } else if (length) {
    reply.body = read_bytes(reply.announced);
    reply.complete = reply.body.size() == reply.announced;
  } else {
    reply.body = read_until_close();
    reply.complete = was_closed();
  }
  return reply;
}

void RawClient::read_chunks(RawReply& reply) {
  std::string line;
  while (read_line(line)) {
    const std::size_t size = std::strtoul(line.c_str(), nullptr, 16);
    const std::string piece = read_bytes(size);
    reply.body += piece;
    if (piece.size() < size || !read_line(line)) return;
    if (size == 0) {
      reply.complete = true;
      return;
    }
  }
}

bool RawClient::closes_silently() { return read_until_close().empty() && was_closed(); }

bool RawClient::stays_silent(std::chrono::milliseconds span) {
  if (!buffer_.empty()) return false;
  if (tls_) {
    // What comes may be no more than a ticket of TLS.
    patience(span);
    char byte = 0;
    ERR_clear_error();
    const int done = SSL_peek(tls_->handle, &byte, 1);
    const bool silent = done <= 0 && SSL_get_error(tls_->handle, done) == SSL_ERROR_WANT_READ;
    patience(kPatience);
    return silent;
  }
  pollfd wait{socket_, POLLIN, 0};
  return ::poll(&wait, 1, static_cast<int>(span.count())) == 0;
}

void RawClient::end_sending() {
  if (tls_) SSL_shutdown(tls_->handle);
  ::shutdown(socket_, SHUT_WR);
}

void RawClient::leave() {
  int untaken = 0;
  if (socket_ >= 0 && ::ioctl(socket_, SIOCOUTQ, &untaken) == 0 && untaken > 0) {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  close();
}

void RawClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void RawClient::small_receive_buffer() {
  const int size = 4096;
  setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

}  // namespace emulator::test
