#include "emulator/providers/fal/token.h"

#include <doctest/doctest.h>

#include <array>
#include <numeric>

#include "emulator/base/clock.h"
#include "emulator/base/crypto.h"

using namespace emulator;

namespace {

struct StillWall final : WallClock {
  Instant now() const override { return Instant{}; }
};

}  // namespace

TEST_CASE("a token names its sandbox to anybody, and its claims only to that sandbox") {
  const StillWall wall;
  Sandbox mine("me", wall, Instant{}, 0);
  Sandbox other("me", wall, Instant{}, 0);
  other.seed = 7;
  const std::string token = fal::make_token(mine, {{"path", "/files/b/1/2"}});
  CHECK(fal::sandbox_in_token(token) == "me");
  REQUIRE(fal::claims_in(mine, token));
  CHECK(fal::claims_in(mine, token)->at("path") == "/files/b/1/2");
  CHECK_FALSE(fal::claims_in(other, token));
  CHECK_FALSE(fal::claims_in(mine, token + "A"));
  for (const char* none : {"", ".", "..", "a.b.c", "a.e30.c", "no token at all"}) {
    CHECK_FALSE(fal::sandbox_in_token(none));
    CHECK_FALSE(fal::claims_in(mine, none));
  }
}

TEST_CASE("keys are padded as fal pads them, tokens are not") {
  CHECK(fal::url_base64("\xfb\xff", true) == "-_8=");
  CHECK(fal::url_base64("\xfb\xff", false) == "-_8");
  std::array<unsigned char, 32> seed{};
  std::iota(seed.begin(), seed.end(), static_cast<unsigned char>(0));
  CHECK(fal::url_base64(ed25519_public(seed), true) ==
        "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=");
}
