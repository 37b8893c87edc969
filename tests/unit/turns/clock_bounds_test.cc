// The range of a sandbox's clock, and that one sandbox's clock never touches another's timers.
#include <cmath>
#include <string>

#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "tests/unit/control/api.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

const std::string kClock = "/sandboxes/me/clock";

Instant shown(const Json& clock) {
  const auto now = parse_instant(clock["now"].get<std::string>());
  REQUIRE(now);
  return *now;
}

// A duration of any size, as text: every power of ten is as likely.
std::string some_time(Draw& draw) {
  const double digits = static_cast<double>(draw.next() % 1000) / 100;  // of milliseconds, to 10^10
  return std::to_string(static_cast<std::int64_t>(std::pow(10.0, digits))) + "ms";
}

std::string some_move(Draw& draw) {
  static const char* const kSpeeds[] = {"0", "1", "1e-300", "1e-9", "0.001", "0.5", "3", "1e6"};
  const std::string year = std::to_string(1678 + draw.next() % 584);
  switch (draw.next() % 8) {
    case 0:
      return R"({"advance":"18250d"})";
    case 1:
    case 2:
      return R"({"advance":")" + some_time(draw) + "\"}";
    case 3:
      return R"({"set":")" + year + "-07-01T00:00:00.123456789Z\"}";
    case 4:
      return R"({"to":"next"})";
    case 5:
      return draw.next() % 2 == 0 ? R"({"freeze":true})" : R"({"freeze":false})";
    default:
      return std::string(R"({"speed":)") + kSpeeds[draw.next() % 8] + "}";
  }
}

// One that waits for its reply, which comes after a second of its clock.
std::shared_ptr<World::Later> delayed(Api& api, const std::string& key) {
  return api.world.send_later(request(
      "POST", "/bfl/v1/flux-dev",
      {{"x-key", key}, {"content-type", "application/json"}, {"x-emulator-then", "delay: 1s"}},
      R"({"prompt":"a"})"));
}

void some_request(Api& api, Draw& draw) {
  static const char* const kThens[] = {"run: 3650d, queue: 3650d, links_live: 3650d",
                                       "end: stuck",
                                       "polls: 3, end: failed",
                                       "run: {p50: 1s, p99: 3000d}",
                                       "delay: 3650d",
                                       "run: 1s"};
  const std::string prompt = std::string("a [[") + kThens[draw.next() % 6] + "]]";
  const bool waits = draw.next() % 4 == 0;
  api.world.send_later(request(
      "POST", waits ? "/fal.run/fal-ai/flux/dev" : "/apiframe/v2/images/generate",
      {{"authorization", "Key me"}, {"x-api-key", "me"}, {"content-type", "application/json"}},
      compact_json({{"prompt", prompt}, {"model", "flux-dev"}})));
}

}  // namespace

TEST_CASE(
    "a call that leads a clock beyond its range is refused, with the range, and moves nothing") {
  Api api;
  for (const char* const body :
       {R"({"set":"2261-01-01T00:00:00Z"})", R"({"set":"1969-12-31T23:59:59Z"})",
        R"({"set":"2099-12-31T23:59:59Z"})", R"({"advance":"1s"})", R"({"advance":"2s"})",
        R"({"advance":"18250d"})"}) {
    CAPTURE(body);
    const Instant before = shown(api.call("GET", kClock));
    const http::Reply reply = api.reply("POST", kClock, body);
    const bool fits = std::string(body).find("2099") != std::string::npos ||
                      std::string(body).find("1s") != std::string::npos;
    CHECK(reply.status == (fits ? 200 : 400));
    if (fits) continue;
    CHECK(shown(api.call("GET", kClock)) == before);
    CHECK(reply.body.find("a clock goes from 1970-01-01T00:00:00Z to 2100-01-01T00:00:00Z") !=
          std::string::npos);
  }
  CHECK(api.call("GET", kClock)["at_limit"] == true);
}

TEST_CASE("what is refused leaves speed and freezing alone as well") {
  Api api;
  CHECK(api.reply("POST", kClock, R"({"speed":5,"set":"1700-01-01T00:00:00Z"})").status == 400);
  CHECK(api.call("GET", kClock)["speed"] == 0.0);
}

TEST_CASE("a clock that runs into its limit stands there and says so") {
  WorldOptions options;
  options.manual = false;
  Api api(options);
  delayed(api, "me");
  api.call("POST", kClock, R"({"set":"2099-12-31T23:59:59.5Z"})");
  const auto waits = delayed(api, "me");
  api.call("POST", kClock, R"({"speed":1000000})");
  api.world.advance_wall(1h);
  CHECK(api.call("GET", kClock)["now"] == "2100-01-01T00:00:00.000Z");
  CHECK(api.call("GET", kClock)["at_limit"] == true);
  CHECK_FALSE(waits->reply);
  CHECK(api.reply("POST", kClock, R"({"to":"next"})").status == 400);
  api.call("POST", kClock, R"({"set":"2030-01-01T00:00:00Z","speed":1})");
  CHECK_FALSE(api.call("GET", kClock).contains("at_limit"));
}

TEST_CASE("a clock almost standing holds up nobody else's timers") {
  WorldOptions options;
  options.manual = false;
  Api api(options);
  for (const char* const speed : {"1e-9", "1e-12", "1e-300"}) {
    CAPTURE(speed);
    const auto slow = delayed(api, "me");
    api.call("POST", kClock, std::string(R"({"speed":)") + speed + "}");
    const auto other = delayed(api, "you");
    api.world.advance_wall(999ms);
    CHECK_FALSE(other->reply);
    api.world.advance_wall(1ms);
    CHECK(other->reply);
    CHECK_FALSE(slow->reply);
    api.call("POST", kClock, R"({"speed":1,"advance":"1s"})");
    CHECK(slow->reply);
  }
}

TEST_CASE("whatever is done to one clock, it stays in range, and another's replies come in time") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    WorldOptions options;
    options.manual = false;
    Api api(options);
    Draw draw(seed);
    for (int i = 0; i < 60; ++i) {
      if (draw.next() % 3 == 0) some_request(api, draw);
      const std::string body = some_move(draw);
      CAPTURE(body);
      const auto before = api.call("GET", kClock);
      const auto waiting = api.begin("POST", kClock, body);
      REQUIRE(waiting->reply);
      const http::Reply& reply = *waiting->reply;
      CHECK((reply.status == 200 || reply.status == 400));
      const Json after = api.call("GET", kClock);
      if (reply.status == 400) {
        CHECK(after["now"] == before["now"]);
        CHECK(after["speed"] == before["speed"]);
      } else {
        const Json moved = Api::json(reply);
        CHECK(moved["now"] == after["now"]);
        Instant last = VirtualClock::kEarliest;
        for (const Json& fired : moved["fired"]) {
          const auto at = parse_instant(fired["at"].get<std::string>());
          REQUIRE(at);
          CHECK(*at >= last);
          last = *at;
        }
      }
      CHECK(shown(after) >= VirtualClock::kEarliest);
      CHECK(shown(after) <= VirtualClock::kLatest);
      api.reply("GET", "/sandboxes/me/tasks");
      const auto other = delayed(api, "you");
      api.world.advance_wall(1s);
      CHECK(other->reply);
      if (draw.next() % 4 == 0) api.world.advance_wall(Duration(draw.next() % 3'600'000'000'000));
    }
  }
}

}  // namespace emulator::test
