#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/base/result.h"

namespace emulator::http {

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int get() const { return number_; }
  bool open() const { return number_ >= 0; }
  int release();

 private:
  int number_;
};

struct Listening {
  std::vector<Descriptor> sockets;  // non-blocking
  std::uint16_t port = 0;
};

// Listens at `host`: an IPv4 or IPv6 address, or "localhost" (both loopback addresses, as far as
// this machine has them). A failure is one line with cause and remedy.
Result<Listening, std::string> listen_tcp(const std::string& host, std::uint16_t port);

// Listens at a path. A socket that a dead process left there is replaced.
Result<Descriptor, std::string> listen_unix(const std::string& path);

// Takes one connection from a listening socket, non-blocking and closed on exec; the number is
// negative and `errno` set when there is none. `peer` becomes "127.0.0.1:50123" or "unix".
Descriptor accept_from(int listening, std::string& peer);

// Whether a connection waits to be taken. Asked apart, since without descriptors taking one fails
// even where there is none.
bool somebody_waits(int listening);

// Allows as many descriptors as `connections` may need, as far as the system lets us.
void allow_descriptors(std::size_t connections);

}  // namespace emulator::http
