// A receiver of webhooks that takes its time: receiver MILLISECONDS
//
// Listens on a free port of the loopback and prints it; answers each request 200 that long after it
// came. A line on standard input asks how many came, its end ends the program. One thread that
// sleeps until something is due, so that it takes as little as can be from what is measured.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string_view>
#include <utility>

#include "tests/bench/step_back.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kReply =
    "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

class Receiver {
 public:
  explicit Receiver(std::chrono::milliseconds wait) : wait_(wait), poll_(::epoll_create1(0)) {}

  int run() {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    // Woken once for a connection, when its request is there.
    const int seconds = 5;
    ::setsockopt(listener_, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 4'096) != 0 ||
        ::getsockname(listener_, any, &size) != 0) {
      std::perror("receiver");
      return 1;
    }
    watch(listener_);
    watch(STDIN_FILENO);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    while (!over_) step();
    return 0;
  }

 private:
  void watch(int descriptor) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
  }

  void step() {
    timespec left{};
    if (!due_.empty()) {
      const auto wait = std::max(due_.front().first - Clock::now(), Clock::duration::zero());
      left.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(wait).count();
      left.tv_nsec = std::chrono::nanoseconds(wait).count() % 1'000'000'000;
    }
    std::array<epoll_event, 256> events;
    const int count = ::epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()),
                                     due_.empty() ? nullptr : &left, nullptr);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listener_)
        accept_all();
      else
        asked();
    }
    for (; !due_.empty() && due_.front().first <= Clock::now(); due_.pop_front()) {
      ::send(due_.front().second, kReply.data(), kReply.size(), MSG_NOSIGNAL);
      ::close(due_.front().second);
    }
  }

  void asked() {
    std::array<char, 64> line;
    over_ = ::read(STDIN_FILENO, line.data(), line.size()) <= 0;
    std::printf("%zu\n", came_);
    std::fflush(stdout);
  }

  void accept_all() {
    for (int made; (made = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) take(made);
  }

  // A webhook comes in one piece here.
  void take(int descriptor) {
    std::array<char, 65'536> buffer;
    if (::recv(descriptor, buffer.data(), buffer.size(), 0) <= 0) {
      ::close(descriptor);
      return;
    }
    ++came_;
    due_.emplace_back(Clock::now() + wait_, descriptor);
  }

  const std::chrono::milliseconds wait_;
  const int poll_;
  int listener_ = -1;
  std::deque<std::pair<Clock::time_point, int>> due_;  // when which is answered
  std::size_t came_ = 0;
  bool over_ = false;
};

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fprintf(stderr, "usage: receiver MILLISECONDS\n");
    return 2;
  }
  step_back();
  return Receiver(std::chrono::milliseconds(std::strtol(words[1], nullptr, 10))).run();
}
