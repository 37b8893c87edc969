#pragma once

#include <functional>
#include <memory>

#include "emulator/http/asio.h"
#include "emulator/http/client.h"

// Private to this folder, since it names Asio.
namespace emulator::http {

// One request on its way.
class Flight {
 public:
  virtual ~Flight() = default;
  // Ends it; nobody is told.
  virtual void abandon() = 0;
};

// Sends requests on a loop, each over a connection of its own; what they share (names looked up,
// certificates trusted) is kept here. Outlives its flights. The loop's thread only.
class Flights {
 public:
  Flights(asio::io_context& io, ClientOptions options);
  ~Flights();

  // `done` is called once, unless the flight is abandoned. A flight that is let go of goes on.
  std::shared_ptr<Flight> begin(Post post, std::function<void(Receipt)> done);

  struct Base;

 private:
  std::unique_ptr<Base> base_;
};

}  // namespace emulator::http
