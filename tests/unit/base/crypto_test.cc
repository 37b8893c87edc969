#include "emulator/base/crypto.h"

#include <doctest.h>

#include <string>

namespace emulator {

// RFC 1321, FIPS 180-2 and RFC 4231, with texts that fill a block of the digest and more.
TEST_CASE("digests are those of the standards") {
  const std::string million(1'000'000, 'a');
  CHECK(to_hex(md5("")) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(to_hex(md5("message digest")) == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(million)) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(to_hex(hmac_sha256(std::string(131, '\xaa'),
                           "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  CHECK(to_hex(hmac_sha256("", "")) ==
        "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("a secret is equal to itself alone, and an empty one to nothing") {
  CHECK(same_secret("secret", "secret"));
  for (const char* const other : {"", "secre", "secrets", "Secret"})
    CHECK_FALSE(same_secret(other, "secret"));
  CHECK_FALSE(same_secret("", ""));
}

}  // namespace emulator
