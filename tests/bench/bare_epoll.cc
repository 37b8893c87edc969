// The machine's limit: bare_epoll [REPLY_BYTES]
//
// Answers every request with one fixed reply and parses nothing: it looks only for the blank line
// that ends a head (so it takes GET alone). One thread, epoll, the same number of system calls a
// request as the emulator needs. Prints `listening on http://127.0.0.1:PORT`; SIGTERM ends it.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kRoom = 16'384;
constexpr int kEvents = 1'024;

int listening_socket(unsigned short& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(fd, 4'096) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    return -1;
  port = ntohs(address.sin_port);
  return fd;
}

void watch(int poll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
}

void take_all(int poll, int listener) {
  int fd = -1;
  while ((fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0) {
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    watch(poll, fd);
  }
}

// False when the client has left.
bool serve(int fd, const std::string& reply) {
  std::array<char, kRoom> buffer;
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
  for (std::size_t at = 0; (at = text.find("\r\n\r\n", at)) != text.npos; at += 4)
    if (::send(fd, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return false;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t body = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 400;
  const std::string reply =
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " +
      std::to_string(body) + "\r\n\r\n" + std::string(body, ' ');
  unsigned short port = 0;
  const int listener = listening_socket(port);
  if (listener < 0) {
    std::perror("bare_epoll");
    return 1;
  }
  const int poll = ::epoll_create1(0);
  watch(poll, listener);
  std::printf("listening on http://127.0.0.1:%u\n", port);
  std::fflush(stdout);
  std::array<epoll_event, kEvents> events;
  while (true) {
    const int count = ::epoll_wait(poll, events.data(), kEvents, -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        take_all(poll, listener);
      } else if (!serve(fd, reply)) {
        ::close(fd);
      }
    }
  }
}
