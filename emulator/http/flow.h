#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/http/asio.h"
#include "emulator/http/message.h"

namespace emulator::http {

class Connection;

// A body that goes out over time: a stream, or one that a fault slows down. Belongs to its
// connection; `detach` ends it.
class Flow : public std::enable_shared_from_this<Flow> {
 public:
  Flow(Connection& connection, const Executor& executor, bool chunked, bool close,
       const Fault& fault, bool whole);

  // Closes the connection behind the body.
  bool closes() const { return close_; }
  // The body is known from the start, and only its pace takes time.
  bool whole() const { return whole_; }

  void write(std::string piece);
  void end();
  void abort();
  std::size_t backlog() const;
  // What it holds back itself.
  std::size_t held() const { return waiting_.capacity(); }
  void on_closed(std::function<void()> closed);
  // The connection has gone or the body is complete. Returns whom to tell that the client left.
  std::function<void()> detach();

  // A handle on this flow for the handler's use.
  std::shared_ptr<BodySink> sink();

 private:
  void frame(std::string piece);
  void put(std::string piece);
  void advance();
  void pace();

  Connection* connection_;
  std::function<void()> on_closed_;
  std::optional<std::uint64_t> left_;  // body bytes until the cut, when a fault asks for one
  std::optional<double> share_;        // the cut comes after this much of the first piece
  bool unended_ = false;               // announces a last chunk and does not send it
  std::uint64_t rate_ = 0;             // bytes a second; 0: as fast as the network
  std::string waiting_;                // framed, held back by the rate
  std::size_t waiting_from_ = 0;
  std::optional<Timer> timer_;
  bool pacing_ = false;
  bool chunked_;
  bool close_;
  bool whole_;
  bool ended_ = false;
  bool broken_ = false;  // ended before the body was complete
};

}  // namespace emulator::http
