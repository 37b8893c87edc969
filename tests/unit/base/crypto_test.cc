#include "emulator/base/crypto.h"

#include <doctest.h>

namespace emulator {

TEST_CASE("a secret is equal to itself alone, and an empty one to nothing") {
  CHECK(same_secret("secret", "secret"));
  for (const char* const other : {"", "secre", "secrets", "Secret"})
    CHECK_FALSE(same_secret(other, "secret"));
  CHECK_FALSE(same_secret("", ""));
}

}  // namespace emulator
