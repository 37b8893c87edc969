#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;

namespace emulator::tls {

class Identities;

// The server's side of one TLS connection, as a function of bytes: what came goes in, what was
// meant and what is to be sent come out. Knows no sockets, so that it does over anything that
// carries bytes, and keeps no bytes but those of a record that has not come whole. Belongs to one
// thread; made by Identities, which must outlive it.
class Session {
 public:
  enum class Step : std::uint8_t {
    kMore,    // all that came was used; more is needed
    kBytes,   // `got` bytes are in `room`; there may be more
    kEnd,     // the client has said that it sends no more
    kFailed,  // over: send what is in `out`, and close
  };

  // About what a session that has shaken hands takes of memory, in bytes.
  static constexpr std::size_t kHeld = 14u << 10;
  // One record's worth: the most that comes out of one step.
  static constexpr std::size_t kRecord = 16u << 10;

  Session(Identities& owner, ssl_st* handle, std::string local);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Uses bytes from the front of `in`, decrypts what it can into `room`, and appends to `out` what
  // has to be sent for that (handshakes, alerts).
  Step take(std::string_view& in, char* room, std::size_t size, std::size_t& got, std::string& out);

  // Appends `plain`, encrypted, to `out`. Only once hands are shaken. False when that cannot be.
  bool seal(std::string_view plain, std::string& out);

  // Appends to `out` that nothing else will be sent.
  void say_goodbye(std::string& out);

  bool established() const { return established_; }
  // The name the client asked for; "" for none.
  const std::string& name() const { return name_; }
  // The address it came to.
  const std::string& local() const { return local_; }
  // An earlier session was taken up again.
  bool resumed() const;

 private:
  friend class Identities;
  friend struct Callbacks;
  friend struct Wiring;
  Step failed(int error);

  Identities& owner_;
  ssl_st* handle_;
  std::string local_;
  std::string name_;
  // While a call is under way: what it reads from, and appends to.
  std::string_view* in_ = nullptr;
  std::string* out_ = nullptr;
  bool established_ = false;
  bool explained_ = false;  // why it came to nothing was told
};

}  // namespace emulator::tls
