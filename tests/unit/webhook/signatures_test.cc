#include "emulator/webhook/signatures.h"

#include <doctest.h>

using namespace std::chrono_literals;

namespace emulator::webhook {

TEST_CASE("a signature is that of the example of Standard Webhooks") {
  CHECK(standard_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
                           "1614265330", R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("a secret that is no base64 is the key as it is written") {
  CHECK(standard_signature("not base64!", "a", "1", "b") ==
        standard_signature("whsec_not base64!", "a", "1", "b"));
  CHECK(signed_text("id", "17", "{}") == "id.17.{}");
}

TEST_CASE("a timestamp has an age, also a negative one, and a text that is none has none") {
  const Instant now{Duration(1'700'000'000'500ms)};
  CHECK(unix_seconds(now) == 1'700'000'000);
  CHECK(age_of("1699999990", now) == 10s);
  CHECK(age_of("1700000005", now) == -5s);
  for (const char* text : {"", "x", "1.5", "17x", "99999999999999999999"})
    CHECK_FALSE(age_of(text, now).has_value());
}

}  // namespace emulator::webhook
