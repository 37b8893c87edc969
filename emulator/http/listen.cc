#include "emulator/http/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "emulator/os/os.h"

namespace emulator::http {
namespace {

// An address of any family, as the socket calls want it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  template <class T>
  T& as() {
    size = sizeof(T);
    return *reinterpret_cast<T*>(&storage);
  }
};

std::string cause_of(int error) { return std::generic_category().message(error); }

std::string place_of(const std::string& host, std::uint16_t port) {
  return "port " + std::to_string(port) + " on " + host;
}

bool read_address(const std::string& host, std::uint16_t port, SocketAddress& address) {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    auto& to = address.as<sockaddr_in>();
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr = v4;
    return true;
  }
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  in6_addr v6{};
  if (inet_pton(AF_INET6, (bracketed ? host.substr(1, host.size() - 2) : host).c_str(), &v6) != 1) {
    return false;
  }
  auto& to = address.as<sockaddr_in6>();
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(port);
  to.sin6_addr = v6;
  return true;
}

std::uint16_t port_of(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(storage).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(storage).sin_port);
}

bool set_modes(int number) {
  return fcntl(number, F_SETFL, O_NONBLOCK) == 0 && fcntl(number, F_SETFD, FD_CLOEXEC) == 0;
}

void set_flag(int number, int level, int option) {
  const int on = 1;
  setsockopt(number, level, option, &on, sizeof(on));
}

// Binds and listens; 0, or the error number.
int open_tcp(SocketAddress& address, Descriptor& opened, std::uint16_t& port) {
  Descriptor made(socket(address.family(), SOCK_STREAM, 0));
  if (!made.open() || !set_modes(made.get())) return errno;
  set_flag(made.get(), SOL_SOCKET, SO_REUSEADDR);
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
  const bool any_v6 = address.family() == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr);
  if (address.family() == AF_INET6) {
    const int only = any_v6 ? 0 : 1;  // "::" means every address of the machine, IPv4 included
    setsockopt(made.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
  }
  if (bind(made.get(), address.get(), address.size) != 0) return errno;
  if (listen(made.get(), SOMAXCONN) != 0) return errno;
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(made.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return errno;
  port = port_of(bound);
  opened = std::move(made);
  return 0;
}

std::string tcp_failure(int error, const std::string& host, std::uint16_t port) {
  switch (error) {
    case EADDRINUSE:
      return place_of(host, port) +
             " is already in use: stop the other program or choose another with --port";
    case EACCES:
    case EPERM:
      return place_of(host, port) +
             " is not allowed to this user: choose one above 1023 with --port";
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return host + " is not an address of this machine: choose another with --host";
    default:
      return "cannot listen on " + place_of(host, port) + ": " + cause_of(error);
  }
}

// Both loopback addresses: what "localhost" resolves to first differs from client to client.
Result<Listening, std::string> listen_localhost(std::uint16_t port) {
  constexpr int kTries = 8;  // with a port chosen by the system, the other family's may be taken
  for (int i = 1;; ++i) {
    Listening listening;
    Descriptor v4;
    SocketAddress address;
    read_address("127.0.0.1", port, address);
    int error = open_tcp(address, v4, listening.port);
    if (error != 0) return Failure{tcp_failure(error, "localhost", port)};
    listening.sockets.push_back(std::move(v4));

    Descriptor v6;
    std::uint16_t same = 0;
    SocketAddress other;
    read_address("::1", listening.port, other);
    error = open_tcp(other, v6, same);
    if (error == EADDRINUSE) {
      if (port == 0 && i < kTries) continue;
      return Failure{tcp_failure(error, "localhost (::1)", listening.port)};
    }
    if (error == 0) listening.sockets.push_back(std::move(v6));
    return listening;  // a machine without IPv6 is served over IPv4 alone
  }
}

bool somebody_answers(const sockaddr_un& address) {
  const Descriptor probe(socket(AF_UNIX, SOCK_STREAM, 0));
  if (!probe.open()) return true;
  const auto* to = reinterpret_cast<const sockaddr*>(&address);
  return connect(probe.get(), to, sizeof(address)) == 0 || errno != ECONNREFUSED;
}

// Makes room for a socket at `path`; the reason when that cannot be.
std::string clear_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) {
    return path + " exists and is no socket: choose another path with --unix-socket";
  }
  if (somebody_answers(address)) {
    return path + " is already in use: stop the other program or choose another with --unix-socket";
  }
  unlink(path.c_str());
  return {};
}

std::string peer_name(const sockaddr_storage& storage) {
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return std::string(text) + ':' + std::to_string(port_of(storage));
  }
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
    return '[' + std::string(text) + "]:" + std::to_string(port_of(storage));
  }
  return "unix";
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

int Descriptor::release() { return std::exchange(number_, -1); }

Result<Listening, std::string> listen_tcp(const std::string& host, std::uint16_t port) {
  if (host == "localhost") return listen_localhost(port);
  SocketAddress address;
  if (!read_address(host, port, address)) {
    return Failure{"\"" + host + "\" is no address to listen on: give an IP address or " +
                   "localhost with --host"};
  }
  Listening listening;
  Descriptor opened;
  const int error = open_tcp(address, opened, listening.port);
  if (error != 0) return Failure{tcp_failure(error, host, port)};
  listening.sockets.push_back(std::move(opened));
  return listening;
}

Result<Descriptor, std::string> listen_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return Failure{path + " is too long for a socket (" +
                   std::to_string(sizeof(address.sun_path) - 1) +
                   " bytes at most): choose a shorter one with --unix-socket"};
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  if (std::string refusal = clear_stale(path, address); !refusal.empty()) {
    return Failure{std::move(refusal)};
  }
  Descriptor made(socket(AF_UNIX, SOCK_STREAM, 0));
  const auto* to = reinterpret_cast<const sockaddr*>(&address);
  if (!made.open() || !set_modes(made.get()) || bind(made.get(), to, sizeof(address)) != 0 ||
      listen(made.get(), SOMAXCONN) != 0) {
    return Failure{"cannot listen on " + path + ": " + cause_of(errno) +
                   "; choose another path with --unix-socket"};
  }
  return made;
}

Descriptor accept_from(int listening, std::string& peer) {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);
  Descriptor taken(os::accept(listening, reinterpret_cast<sockaddr*>(&storage), &size));
  if (!taken.open()) return taken;
  if (storage.ss_family != AF_UNIX) set_flag(taken.get(), IPPROTO_TCP, TCP_NODELAY);
  peer = peer_name(storage);
  return taken;
}

bool somebody_waits(int listening) {
  pollfd asked{listening, POLLIN, 0};
  return poll(&asked, 1, 0) > 0 && (asked.revents & POLLIN) != 0;
}

void allow_descriptors(std::size_t connections) {
  constexpr rlim_t kBeside = 256;  // files, listening sockets, webhooks on their way
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted =
      std::min<rlim_t>({connections + kBeside, limit.rlim_max, os::most_descriptors()});
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace emulator::http
