#pragma once

#include <httplib.h>

#include <cstdint>

namespace emulator::test {

// A client of an emulator on 127.0.0.1 that waits a minute for connections and replies: the
// library's five seconds are not enough where sanitizers and other work share the processor.
inline httplib::Client patient_client(std::uint16_t port) {
  httplib::Client client("127.0.0.1", port);
  client.set_connection_timeout(60, 0);
  client.set_read_timeout(60, 0);
  client.set_write_timeout(60, 0);
  return client;
}

}  // namespace emulator::test
