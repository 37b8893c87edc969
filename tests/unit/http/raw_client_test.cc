// The tests' own client, where a mistake of it would look like one of the server.
#include "tests/unit/http/raw_client.h"

#include <doctest.h>
#include <sys/time.h>

#include <csignal>

#include "tests/unit/http/served.h"

namespace emulator::test {
namespace {

// Interrupts whatever this process waits in, as libFuzzer's clock does, for as long as it lives.
class Interruptions {
 public:
  Interruptions() {
    struct sigaction nothing {};
    nothing.sa_handler = [](int) {};
    sigaction(SIGALRM, &nothing, &before_);
    const itimerval often{{0, 50}, {0, 50}};
    setitimer(ITIMER_REAL, &often, nullptr);
  }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;
  ~Interruptions() {
    const itimerval never{};
    setitimer(ITIMER_REAL, &never, nullptr);
    sigaction(SIGALRM, &before_, nullptr);
  }

 private:
  struct sigaction before_ {};
};

TEST_CASE("a raw client is answered whatever signals come meanwhile") {
  if (over_tls()) return;  // OpenSSL's own reads are interrupted as well; no fuzzer uses them
  Served served(echo_path());
  const Interruptions interruptions;
  for (int i = 0; i < 100; ++i) {
    RawClient client(served.port());
    REQUIRE(client.connected());
    CHECK(client.ask(get("/here")).body == "/here");
  }
}

}  // namespace
}  // namespace emulator::test
