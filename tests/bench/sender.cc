// What any sender of webhooks costs a machine: sender PORT MICROSECONDS
//
// Opens a connection to that port of the loopback each so many microseconds, sends a request of a
// webhook's size, and closes behind the answer, with as few system calls as that takes. Until
// standard input ends.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/bench/step_back.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBody = 700;  // about what fal's take

class Sender {
 public:
  Sender(unsigned short port, std::chrono::microseconds every)
      : port_(port), every_(every), poll_(::epoll_create1(0)) {}

  void run() {
    watch(STDIN_FILENO);
    for (auto next = Clock::now(); !over_; next += every_) {
      begin();
      for (auto left = every_left(next); left.count() > 0 && !over_; left = every_left(next))
        wait(left);
    }
  }

 private:
  std::chrono::nanoseconds every_left(Clock::time_point begun) const {
    return std::max<std::chrono::nanoseconds>(begun + every_ - Clock::now(), {});
  }

  void watch(int descriptor) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = descriptor;
    ::epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
  }

  // Over the loopback the connection is there when `connect` comes back.
  void begin() const {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    watch(descriptor);
    ::send(descriptor, request_.data(), request_.size(), MSG_NOSIGNAL);
  }

  void wait(std::chrono::nanoseconds left) {
    const timespec limit{left.count() / 1'000'000'000, left.count() % 1'000'000'000};
    std::array<epoll_event, 64> events;
    const int count =
        ::epoll_pwait2(poll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      std::array<char, 4'096> buffer;
      const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
      if (descriptor == STDIN_FILENO)
        over_ = got <= 0;
      else
        ::close(descriptor);
    }
  }

  const unsigned short port_;
  const std::chrono::microseconds every_;
  const int poll_;
  const std::string request_ =
      "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: " + std::to_string(kBody) +
      "\r\nconnection: close\r\n\r\n" + std::string(kBody, 'x');
  bool over_ = false;
};

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "usage: sender PORT MICROSECONDS\n");
    return 2;
  }
  step_back();
  Sender(static_cast<unsigned short>(std::strtol(words[1], nullptr, 10)),
         std::chrono::microseconds(std::strtol(words[2], nullptr, 10)))
      .run();
  return 0;
}
