#pragma once

#include <memory>
#include <string>

#include "emulator/http/context.h"
#include "emulator/http/wire.h"

namespace emulator::http {

// A connection that is passed on byte for byte to another. Of each direction no more is kept than
// one read brought: as long as one side does not take it, the other is not read.
class Tunnel final : public Peer, public std::enable_shared_from_this<Tunnel> {
 public:
  Tunnel(Context& context, Wire client, Socket far);
  ~Tunnel() override;

  // `out` goes to the far side first, `back` to the client.
  void start(std::string out, std::string back);

  void check(SteadyClock::time_point now) override;
  // What is in a tunnel has no end that could be waited for.
  void drain() override { close(); }
  void cut() override { close(); }

 private:
  // Between two sides, one way.
  struct Way {
    Outgoing queue;        // read from one side, not taken by the other yet
    bool reading = false;  // waits until there is something to read
    bool writing = false;  // waits until there is room to write
    bool ended = false;    // the one side sends no more
    bool told = false;     // the other side was told so
  };

  void out();   // client to far side
  void back();  // far side to client
  bool read_client();
  bool read_far();
  bool take_opened(std::string_view came);
  void tell_end(Way& way, bool to_client);
  void wait_to_read(Way& way, Socket& from, void (Tunnel::*then)());
  void wait_to_write(Way& way, Socket& to, void (Tunnel::*then)());
  void count();
  void close();

  Context& context_;
  Wire client_;
  Socket far_;
  Way out_, back_;
  Charge charge_;
  SteadyClock::time_point mark_;  // the last byte either way
  bool open_ = true;
};

}  // namespace emulator::http
