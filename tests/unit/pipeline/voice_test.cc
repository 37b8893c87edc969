#include "emulator/pipeline/voice.h"

#include <doctest.h>

#include <string>

#include "emulator/pipeline/registry.h"

namespace emulator::test {

TEST_CASE("a voice is made again from its bytes, and from no others") {
  Registry registry(built_in_providers());
  Voices voices(registry, {});
  Call call;
  call.provider = *registry.find("bfl");
  call.door = "api";
  call.path = "/v1/flux-dev";
  call.origin.authority = "127.0.0.1:4242";
  call.origin.prefix = "/bfl";
  call.origin.doors = &registry.doors(call.provider);

  const std::string bytes = voices.of(call)->made_from();
  const auto again = voices.again(call.provider, bytes);
  REQUIRE(again);
  CHECK(again->made_from() == bytes);

  CHECK(voices.again(99, bytes) == nullptr);
  CHECK(voices.again(call.provider, "") == nullptr);
  CHECK(voices.again(call.provider, bytes.substr(1)) == nullptr);
  CHECK(voices.again(call.provider, bytes + "x") == nullptr);
}

}  // namespace emulator::test
