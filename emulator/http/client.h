#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/http/address.h"
#include "emulator/http/message.h"
#include "emulator/http/proxy_words.h"

namespace emulator::http {

// A header whose value takes long to make, as a signature does. `value` is called on the client's
// thread and maybe on others: what it needs, it has a copy of. The same at
// every call, and without control characters.
struct LateHeader {
  std::string name;
  std::function<std::string()> value;
};

// One request to somebody else's server. A plain value.
struct Post {
  std::string method = "POST";
  bool secure = false;  // over TLS, the certificate verified
  std::string host;     // a name or an address; IPv6 in brackets
  std::uint16_t port = 80;
  std::string target = "/";                 // path and query, as they shall be sent
  std::optional<Via> via = {};              // the proxy that is asked to join `host`
  Headers headers;                          // host, content-length and connection are added
  std::optional<LateHeader> late;           // sent behind the headers
  std::shared_ptr<const std::string> body;  // null: none
  std::chrono::nanoseconds time_limit = std::chrono::seconds(10);  // of the wall, for everything
  std::uint64_t pace = 0;  // bytes of the body a second; 0: as fast as they go
  // Told of every piece of the answer's body as it comes, on the client's own thread; the receipt
  // then has no body. Empty: nobody listens.
  std::function<void(std::string_view)> hear = {};
  // What `ClientOptions::barred` says, for this request alone; may be empty. Asked first, also on
  // the client's own thread.
  std::function<std::optional<std::string>(const Address&)> barred = {};
};

// What became of it.
struct Receipt {
  unsigned status = 0;  // 0: no answer
  Headers headers;
  std::string body;                  // the first bytes of it
  bool cut = false;                  // there was more
  std::string error;                 // why there is no (whole) answer, in words; else ""
  bool refused = false;              // not sent: `ClientOptions::barred` gave `error` as the reason
  std::string address;               // what was connected to; "" when nothing was
  std::string late;                  // the value of `Post::late`; "" when it came to nothing
  std::chrono::nanoseconds took{0};  // of the wall
};

struct ClientOptions {
  // Why an address must not be connected to; nullopt when it may. Asked for every address a name
  // has, at each request, and only the very address that was asked about is connected to: a name
  // that changes its mind between check and use gains nothing. Called on the client's own thread.
  std::function<std::optional<std::string>(const Address&)> barred;
  std::string ca_file;                 // certificates trusted beside the system's; "": none
  std::string remedy;                  // against a certificate that is not trusted, in words
  std::size_t head_bytes = 16u << 10;  // of an answer; more is an error
  std::size_t body_bytes = 64u << 10;  // of an answer's body read; the rest is left
  std::size_t kept_bytes = 4u << 10;   // of an answer's body kept in the receipt
};

// Sends requests on a thread of its own, so that the loop never waits and does not shake hands: a
// connection for each, closed behind the answer. Redirects are answers like any other. To be used,
// and its answers come, on the loop thread only.
class Client {
 public:
  virtual ~Client() = default;
  // Sends; `done` is called once, never before this returns. Letting go of the handle breaks the
  // request off, and `done` is then never called. All handles must be gone before the client.
  [[nodiscard]] virtual std::shared_ptr<void> send(Post post,
                                                   std::function<void(Receipt)> done) = 0;
};

// "" or why the file cannot be used as `ClientOptions::ca_file`, with the remedy.
std::string ca_file_problem(const std::string& file);

}  // namespace emulator::http
