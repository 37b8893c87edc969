#pragma once

#include <cstdint>
#include <string>

#include "emulator/http/message.h"

namespace emulator::http {

// What was asked for, as far as it decides how a reply is framed.
struct Asked {
  bool head_only = false;  // HEAD: the head as for GET, and nothing behind it
  bool http11 = true;
  bool keep_alive = true;
};

// How a reply goes out behind its head.
struct Framing {
  bool body = true;  // false: the head is all
  bool chunked = false;
  bool close = false;  // the connection cannot be used afterwards
};

// Decides the framing of `reply`. `streamed`: the body comes through a BodySink.
Framing framing_of(const Reply& reply, const Asked& asked, bool streamed);

// Appends the status line, the reply's own fields and those that `framing` needs. A length the
// reply states itself stays, even a wrong one (then the connection closes behind it).
void append_head(std::string& out, const Reply& reply, const Asked& asked, const Framing& framing,
                 bool streamed);

}  // namespace emulator::http
