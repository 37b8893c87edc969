// What emulators tell each other of a request that is passed on.
#include "emulator/fleet/hop.h"

#include <doctest.h>

#include <string>

namespace emulator::test::TEST_FILE {
namespace {

using namespace emulator::fleet;

std::shared_ptr<http::Request> request() {
  auto out = std::make_shared<http::Request>();
  out->method = "POST";
  out->headers.add("x-key", "me");
  out->body = "{}";
  out->secure = true;
  out->nth = 3;
  out->peer = "[::1]:50123";
  return out;
}

// As it comes over the wire: nothing but its fields.
std::shared_ptr<http::Request> sent(const http::Request& from, const std::string& secret) {
  auto out = std::make_shared<http::Request>(from);
  for (const auto& [name, value] : hop_fields(from, secret)) out->headers.add(name, value);
  out->secure = false;
  out->nth = 40;
  out->peer = "10.0.0.7:4000";
  return out;
}

}  // namespace

TEST_CASE("a request that is passed on is what its client sent") {
  const auto came = received(sent(*request(), "secret"), "secret");
  CHECK(came->passed_on);
  CHECK(came->secure);
  CHECK(came->nth == 3);
  CHECK(came->peer == "[::1]:50123");
  CHECK(came->body == "{}");
  CHECK(came->headers.size() == 1);
}

TEST_CASE("whoever does not know the secret is not believed, and what it says is left out") {
  for (const char* const guess : {"", "Secret", "secretsecret", "s"}) {
    CAPTURE(guess);
    const auto came = received(sent(*request(), guess), "secret");
    CHECK_FALSE(came->passed_on);
    CHECK_FALSE(came->secure);
    CHECK(came->peer == "10.0.0.7:4000");
    CHECK(came->headers.size() == 1);
  }
  // Without a secret nobody is believed.
  CHECK_FALSE(received(sent(*request(), ""), "")->passed_on);
  const auto plain = request();
  CHECK(received(plain, "secret") == plain);
}

TEST_CASE("an answer of the wrong emulator is told from all others") {
  CHECK(says_not_here(not_here()));
  CHECK_FALSE(says_not_here(http::Reply()));
}

}  // namespace emulator::test::TEST_FILE
