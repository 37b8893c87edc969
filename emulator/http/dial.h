#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emulator/http/asio.h"
#include "emulator/http/context.h"
#include "emulator/http/server.h"

namespace emulator::http {

// One attempt to reach the other end of a tunnel: look the host up, ask which of its addresses may
// be used, connect to the first that answers, and ask the proxy that lies before it where there is
// one. Loop thread only.
class Dial : public std::enable_shared_from_this<Dial> {
 public:
  struct Outcome {
    std::unique_ptr<Socket> socket;  // null: it came to nothing
    std::string came;                // bytes that have come over it already
    unsigned status = 502;           // of the answer, where it came to nothing
    std::string why;                 // in words
    bool barred = false;             // no address may be used: `why` is the reason
  };

  // `tunnelled`: the proxy before it is asked for a tunnel, not sent the request itself.
  Dial(Context& context, const ProxyRoute& route, bool tunnelled,
       std::function<void(Outcome)> done);
  ~Dial();
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;

  // Calls `done` once, never before this returns, unless `abandon` comes first.
  void start();
  void abandon();

 private:
  void found(const Resolver::Found& found);
  void connect(std::size_t number);
  void ask_proxy();
  void read_answer();
  void finish(Outcome outcome);
  void fail(unsigned status, std::string why, bool barred = false);

  Context& context_;
  const ProxyRoute route_;
  const bool tunnelled_;
  std::function<void(Outcome)> done_;
  std::vector<Address> addresses_;
  Socket socket_;
  Timer limit_;
  std::string text_;  // to the proxy, then from it
};

}  // namespace emulator::http
