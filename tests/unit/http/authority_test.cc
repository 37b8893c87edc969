#include "emulator/http/authority.h"

#include <doctest.h>

namespace emulator::http {

TEST_CASE("where a server is reached is a host and a port") {
  CHECK(host_and_port("a:1")->text() == "a:1");
  CHECK(host_and_port("a", 7)->text() == "a:7");
  CHECK(host_and_port("API.example.:65535")->text() == "api.example:65535");
  CHECK(host_and_port("[::1]:80")->host == "::1");
  CHECK(host_and_port("[::1]", 7)->text() == "[::1]:7");
  for (const char* const wrong : {"", "a", ":1", "a:", "a:x", "a:0", "a:70000", "a:-1", "[::1",
                                  "[::1]x:1", "[a]:1", "::1", "a b:1", "http://a:1", "a:1/x"}) {
    CAPTURE(wrong);
    CHECK_FALSE(host_and_port(wrong));
  }
  CHECK_FALSE(host_and_port("a:", 7));  // a port was begun
}

}  // namespace emulator::http
