#pragma once

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "emulator/http/asio.h"
#include "emulator/os/os.h"

namespace emulator::http {

// Hands work from one thread to the loop of another. asio::post would wake that loop while it holds
// the loop's own lock, on which the loop then waits until this thread, which may have less of a
// claim to the processor, goes on. Here the lock is held for as long as it takes to append to a
// list.
class Mailbox {
 public:
  // Made and ended on the loop's thread, or while no thread runs it; `loop` must outlive it, and
  // behind its end nobody may call `put`. Throws std::system_error when there is no descriptor
  // left.
  explicit Mailbox(asio::io_context& loop);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Any thread. Work is done in the order in which it came.
  void put(std::function<void()> work);

 private:
  void listen();
  void take();

  asio::io_context& loop_;
  os::Bell bell_;
  asio::posix::basic_stream_descriptor<Executor> heard_;
  std::uint64_t rings_ = 0;
  std::mutex mutex_;
  std::vector<std::function<void()>> waiting_;
};

}  // namespace emulator::http
