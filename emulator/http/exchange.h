#pragma once

#include <memory>

#include "emulator/http/message.h"
#include "emulator/http/reply_head.h"

namespace emulator::http {

class Connection;

// One request of a connection, from its arrival until its reply has gone out. The handler's
// Respond holds it as well, and may outlive the connection.
struct Exchange {
  void answer(Reply&& with);

  Connection* connection = nullptr;        // null: the reply has nowhere to go
  std::shared_ptr<Exchange> next;          // in the order of the requests
  std::shared_ptr<const Request> upgrade;  // set when it asks for a WebSocket
  Reply reply;
  Asked asked;
  bool answered = false;
};

}  // namespace emulator::http
