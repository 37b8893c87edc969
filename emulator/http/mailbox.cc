#include "emulator/http/mailbox.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace emulator::http {

Mailbox::Mailbox(asio::io_context& loop)
    : loop_(loop), heard_(loop.get_executor(), bell_.heard_by()) {
  listen();
}

void Mailbox::put(std::function<void()> work) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = waiting_.empty();
    waiting_.push_back(std::move(work));
  }
  if (first) bell_.ring();  // once for each time the list was emptied
}

void Mailbox::listen() {
  heard_.async_read_some(asio::buffer(&rings_, sizeof rings_),
                         [this](const ErrorCode& error, std::size_t) {
                           if (error) return;  // closed; nothing of it may be touched any more
                           listen();
                           take();
                         });
}

// One now, and each of the others in a turn of its own, so that one that throws keeps none of the
// others from being done.
void Mailbox::take() {
  std::vector<std::function<void()>> mine;
  {
    const std::lock_guard lock(mutex_);
    mine.swap(waiting_);
  }
  for (std::size_t i = 1; i < mine.size(); ++i) asio::post(loop_, std::move(mine[i]));
  if (!mine.empty()) mine.front()();
}

}  // namespace emulator::http
