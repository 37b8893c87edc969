#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "emulator/http/asio.h"
#include "emulator/http/message.h"
#include "emulator/http/reply_head.h"

namespace emulator::http {

class Connection;
struct Passage;

// One request of a connection, from its arrival until its reply has gone out. The handler's
// Respond holds it as well, and may outlive the connection.
struct Exchange final : Caller, std::enable_shared_from_this<Exchange> {
  void answer(Reply&& with);
  void on_left(std::function<void()> left) override;
  bool is_there() const override { return connection != nullptr; }

  Connection* connection = nullptr;        // null: the reply has nowhere to go
  std::shared_ptr<Exchange> next;          // in the order of the requests
  std::shared_ptr<const Request> upgrade;  // set when it asks for a WebSocket
  std::shared_ptr<Passage> passage;        // set when it asks for a tunnel, or to be passed on
  Reply reply;
  Asked asked;
  std::size_t held = 0;  // bytes of an answered body, as `connection` counts them
  std::vector<std::function<void()>> told;  // when the client leaves before it is answered
  bool answered = false;
  bool abandoned = false;  // the client left before it was answered
  asio::io_context* loop = nullptr;
};

}  // namespace emulator::http
