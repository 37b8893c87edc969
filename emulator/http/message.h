#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator::http {

// Header fields in the order they came or shall go. Names compare without regard to case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  // The first value under `name`, or nullopt. The view lives as long as the headers.
  std::optional<std::string_view> get(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).has_value(); }
  void add(std::string name, std::string value);
  // Replaces every field of that name by one, at the place of the first.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);
  void reserve(std::size_t count) { fields_.reserve(count); }

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

// Compares header names and host names: ASCII, case ignored.
bool same_name(std::string_view a, std::string_view b);

// Whoever waits for the answer to one request. Loop thread only.
class Caller {
 public:
  virtual ~Caller() = default;
  // Calls `left` once, soon after the connection has ended before the request was answered. Of a
  // caller that has gone already it tells as well, of one that is answered never, unless the answer
  // is one that hangs: that one never comes.
  virtual void on_left(std::function<void()> left) = 0;
  // Whether the connection is still there, as far as is known.
  virtual bool is_there() const = 0;
};

// A request as it came over the wire, whole. A plain value.
struct Request {
  std::string method;  // as sent: GET, POST, ...
  std::string target;  // as sent: path and query, undecoded
  std::string path;    // of the target, undecoded, without query; begins with '/'
  std::string query;   // of the target, undecoded, without '?'
  Headers headers;
  std::string body;              // after removal of chunked coding
  bool secure = false;           // came over TLS
  std::string peer;              // "127.0.0.1:50123", "unix"
  std::uint64_t nth = 0;         // which request of its connection, from 1; 0: came over none
  std::weak_ptr<Caller> caller;  // empty: nobody waits on a connection, or none any more
  // Came from an emulator beside this one, which has looked whether its client may ask this.
  bool passed_on = false;

  // The Host header as sent, or "" when there was none.
  std::string_view host() const { return headers.get("host").value_or(""); }
  // The first decoded value of a query parameter ('+' is a blank), or nullopt.
  std::optional<std::string> parameter(std::string_view name) const;
};

// All of it but the body.
std::shared_ptr<Request> without_body(const Request& request);

// Percent-decodes. Malformed escapes stay as they are. '+' becomes a blank only when asked.
std::string percent_decoded(std::string_view text, bool plus_is_blank = false);
// Escapes everything outside A-Za-z0-9-._~ and `also_allowed`.
std::string percent_encoded(std::string_view text, std::string_view also_allowed = "");

// What shall go wrong with a reply on the wire. Only the server acts on it.
struct Fault {
  enum class Kind {
    kNone,
    kClose,    // the connection is closed in order, not a byte of the reply is sent
    kReset,    // the connection is reset (RST), not a byte is sent
    kHang,     // nothing is sent; the connection stays open until the client leaves or we stop
    kCut,      // the head announces the whole body, `bytes` of the body go out, then it is closed
    kSlow,     // the body goes out at `bytes` per second
    kUnended,  // a stream: one more chunk is announced behind it and never comes, then it is closed
    kRaw,      // `Reply::body` goes out as it is instead of an HTTP reply, then it is closed
  };
  Kind kind = Kind::kNone;
  std::uint64_t bytes = 0;
  double share = -1;  // kCut of a stream: 0 to 1 of its first piece instead of `bytes`; else -1
};

// Takes a body that is produced over time: server-sent events, a large picture. Every call on the
// loop thread. After `end`, `abort`, or once `closed` was reported, further calls do nothing.
// Letting go of the sink before `end` is an `abort`: nobody is left who could finish the body.
class BodySink {
 public:
  virtual ~BodySink() = default;
  // Queues a piece for sending. Bytes not yet taken by the network are in `backlog`.
  virtual void write(std::string piece) = 0;
  virtual std::size_t backlog() const = 0;
  virtual void end() = 0;
  // Breaks the connection in the middle of the body.
  virtual void abort() = 0;
  // Called once if the client leaves before `end`. Set before the first write.
  virtual void on_closed(std::function<void()> closed) = 0;
};

// One end of an accepted WebSocket. Every call on the loop thread.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  virtual void send_text(std::string text) = 0;
  virtual void send_binary(std::string bytes) = 0;
  virtual void close(std::uint16_t code, std::string reason) = 0;
  virtual void on_message(std::function<void(std::string data, bool binary)> message) = 0;
  virtual void on_closed(std::function<void()> closed) = 0;
};

struct Passage;

// What goes back. A plain value; the server adds `Content-Length` or `Transfer-Encoding` and
// `Connection` as needed, and nothing else. A `Content-Length` stated in `headers` is sent as
// stated; when it is wrong, the connection closes behind the body.
struct Reply {
  unsigned status = 200;
  std::string reason;  // empty: the standard phrase of `status`
  Headers headers;
  std::string body;
  Fault fault;
  // When set, called once the head was sent; the body then comes through the sink, chunked.
  std::function<void(std::shared_ptr<BodySink>)> stream;
  // The stream is as long as its `Content-Length` says, which is sent; one that ends before is
  // broken off. Otherwise streams have no length.
  bool sized = false;
  // When set and the request asked for it, the connection becomes a WebSocket (status 101).
  std::function<void(std::shared_ptr<WebSocket>)> websocket;
  // When set and the request asked for a WebSocket, the connection is passed on byte for byte, and
  // nothing else of the reply is sent. Made by a Forwarder.
  std::shared_ptr<Passage> passage;
  // A 405 or the like to a HEAD request, or a body-less status: the server leaves the body out,
  // yet announces its length.
};

std::string_view standard_reason(unsigned status);

// Hands one reply back to the connection that asked. May be called at once, later, or never (the
// request then hangs until its client leaves); only on the loop thread, only the first call counts.
using Respond = std::function<void(Reply)>;

}  // namespace emulator::http
