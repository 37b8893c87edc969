#pragma once

#include <memory>
#include <string>

#include "emulator/http/dial.h"
#include "emulator/http/server.h"

namespace emulator::http {

// What a request to a proxy waits for: a way to whom it means.
struct Passage {
  ProxyRoute route;
  bool tunnel = false;  // by CONNECT; else the request itself is passed on
  std::string first;  // what goes to the far side first: the request's head, where it is passed on
  std::shared_ptr<Dial> dial;
  std::unique_ptr<Socket> far;
  std::string came;  // from the far side already
  bool here = false;
};

}  // namespace emulator::http
