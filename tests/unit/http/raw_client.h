#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator::test {

// Whether raw clients speak TLS.
bool over_tls();

// A reply as it came, read without the help of the code under test.
struct RawReply {
  bool complete = false;  // false: the connection ended, or nothing came in time
  unsigned status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;                                          // after removal of chunked coding
  std::size_t announced = 0;                                 // by Content-Length
  bool chunked = false;

  std::optional<std::string> header(std::string_view lower_case_name) const;
};

// A client that sends exactly the bytes it is given and sees exactly what comes back. Blocking;
// every call ends after `patience` at the latest. With EMULATOR_TEST_TLS in the environment those
// bytes go through TLS, which begins with the first that is sent, so that every test of the server
// can be run with it as well.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port, const std::string& address = "127.0.0.1");
  static RawClient unix_socket(const std::string& path);
  RawClient(RawClient&& other) noexcept;
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient();

  bool connected() const { return socket_ >= 0; }
  int descriptor() const { return socket_; }
  void patience(std::chrono::milliseconds limit);

  // False when the connection did not take all of it.
  bool send(std::string_view bytes);
  // The next reply. `to_head`: it answers a HEAD request and has no body whatever it announces.
  RawReply read_reply(bool to_head = false);
  // Sends and reads.
  RawReply ask(std::string_view bytes);
  // Exactly `size` bytes, or fewer when the connection ended or nothing came in time.
  std::string read_bytes(std::size_t size);
  // All until the other side ends.
  std::string read_until_close();

  // What ended the last read.
  bool was_closed() const { return end_ == End::kClosed; }  // in order, by FIN
  bool was_reset() const { return end_ == End::kReset; }
  bool timed_out() const { return end_ == End::kTimeOut; }

  // True when the other side closes in order now, without sending anything more.
  bool closes_silently();
  // True when nothing at all happens for so long.
  bool stays_silent(std::chrono::milliseconds span);

  void end_sending();
  void close();
  // As `close`, but by a reset where the system still holds bytes that the server does not take: it
  // would otherwise never learn that nobody is there any more.
  void leave();
  // How much the other side may have under way to us; to be set before anything is sent.
  void small_receive_buffer();

 private:
  enum class End { kNone, kClosed, kReset, kTimeOut };

  RawClient() = default;
  bool fill();
  long receive(char* to, std::size_t size);
  bool begin_tls();
  bool read_line(std::string& line);
  void read_chunks(RawReply& reply);

  struct Tls;

  int socket_ = -1;
  std::shared_ptr<Tls> tls_;  // null: plain
  std::string buffer_;
  End end_ = End::kNone;
};

}  // namespace emulator::test
