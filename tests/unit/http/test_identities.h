#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "emulator/tls/identities.h"

namespace emulator::test {

// Who a test server is over TLS: `localhost` and loopback addresses, by a CA of its own that is
// made when it is first asked for.
class TestIdentities {
 public:
  TestIdentities();

  tls::Identities& get() { return identities_; }
  // The CA's certificate; the same for every server of a test program.
  static const std::string& ca_pem();
  std::vector<std::string> told();

 private:
  std::mutex mutex_;
  std::vector<std::string> told_;  // written on the server's loop
  tls::Identities identities_;
};

}  // namespace emulator::test
