#pragma once

#include <boost/asio/ssl/context.hpp>
#include <optional>
#include <string>
#include <utility>

#include "emulator/http/asio.h"

namespace emulator::http {

// The certificates that a client trusts, in a context that all its requests share. It is made for
// the first that needs it: reading the system's certificates takes a while. One thread.
class Trust {
 public:
  // `file`: certificates beside the system's, as PEM; "" for none.
  explicit Trust(std::string file) : file_(std::move(file)) {}

  asio::ssl::context& context();

 private:
  std::string file_;
  std::optional<asio::ssl::context> context_;
};

}  // namespace emulator::http
