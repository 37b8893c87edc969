// What happens in a sandbox, live.
#include <string>

#include "tests/unit/control/event_text.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

// A reader that takes nothing in.
class Stuck final : public http::BodySink {
 public:
  void write(std::string piece) override { text += piece; }
  std::size_t backlog() const override { return text.size(); }
  void end() override { ended = true; }
  void abort() override { ended = true; }
  void on_closed(std::function<void()>) override {}
  std::string text;
  bool ended = false;
};

// A stream of the sandbox `me`.
class Reader : public EventReader {
 public:
  explicit Reader(Api& api, const std::string& query = "",
                  std::vector<std::pair<std::string, std::string>> headers = {})
      : EventReader(api, "/sandboxes/me/events" + query, std::move(headers)) {}
};

}  // namespace

TEST_CASE("requests, tasks and what is done to the sandbox are told as they happen") {
  Api api;
  api.submit("me");  // before anybody listens
  Reader reader(api);
  CHECK(reader.take().empty());
  const std::string id = api.submit("me");
  auto events = reader.take();
  CHECK(kinds_of(events) == Kinds{"task", "request"});
  CHECK(events[0].data["id"] == id);
  CHECK(events[0].data["state"] == "accepted");
  CHECK(events[1].id == "2");
  CHECK(events[1].data["id"] == "me-2");
  CHECK(events[1].data["status"] == 200);
  api.submit("you");
  CHECK(reader.take().empty());

  api.call("POST", "/sandboxes/me/clock", R"({"advance":"1m"})");
  events = reader.take();
  CHECK(kinds_of(events) == Kinds{"task", "task", "clock"});
  CHECK(events[1].data == Json({{"at", "2026-01-01T00:00:01.000Z"},
                                {"id", id},
                                {"state", "ended"},
                                {"end", "succeed"}}));
  CHECK(events[2].data["at"] == "2026-01-01T00:01:00.000Z");
  api.scenario("me", "name: other");
  api.call("POST", "/sandboxes/me/reset", R"({"what":["credits"]})");
  events = reader.take();
  CHECK(kinds_of(events) == Kinds{"scenario", "reset"});
  CHECK(events[0].data["what"] == "other");
  CHECK(events[1].data["what"] == "credits");
  api.call("DELETE", "/sandboxes/me");
  CHECK(kinds_of(reader.take()) == Kinds{"gone"});
  CHECK(reader.sink->ended);
}

TEST_CASE("a request that is held is told twice: when it came, and when it was answered") {
  Api api;
  Reader reader(api, "?kind=held,request");
  const auto held = api.world.send_later(request(
      "POST", "/fal.run/fal-ai/flux/dev", {{"authorization", "Key me"}}, R"({"prompt":"a cat"})"));
  auto events = reader.take();
  REQUIRE(kinds_of(events) == Kinds{"held"});
  CHECK(events[0].data["status"] == 0);
  api.world.advance("me", 1h);
  events = reader.take();
  REQUIRE(kinds_of(events) == Kinds{"request"});
  CHECK(events[0].data["status"] == 200);
}

TEST_CASE("a reader that comes back is told what it missed, as far as the journal goes") {
  WorldOptions options;
  options.limits.journal_entries = 3;
  Api api(options);
  for (int i = 0; i < 5; ++i) api.submit("me");
  Reader reader(api, "", {{"last-event-id", "3"}});
  auto events = reader.take();
  REQUIRE(kinds_of(events) == Kinds{"request", "request"});
  CHECK(events[0].id == "4");
  Reader first(api, "", {{"last-event-id", "0"}});
  CHECK(first.take().size() == 3);
}

TEST_CASE("a quiet stream is kept alive, by the wall") {
  Api api;
  Reader reader(api);
  reader.sink->text.clear();
  api.world.advance_wall(14s);
  CHECK(reader.sink->text.empty());
  api.world.advance_wall(1s);
  CHECK(reader.sink->text == ":\n\n");
}

TEST_CASE("a reader that is too slow is dropped, and told so") {
  control::Limits limits;
  limits.stream_backlog = 2'000;
  Api api({}, limits);
  const auto head = api.begin("GET", "/sandboxes/me/events");
  REQUIRE(head->reply);
  const auto sink = std::make_shared<Stuck>();
  head->reply->stream(sink);
  for (int i = 0; i < 100 && !sink->ended; ++i) api.submit("me");
  CHECK(sink->ended);
  const auto events = events_in(sink->text);
  CHECK(events.back().kind == "dropped");
  CHECK(events.back().data["reason"].get<std::string>().find("--max-event-backlog") !=
        std::string::npos);
  // One event more than the limit, and the last word.
  CHECK(sink->text.size() < 3'500);
  const std::size_t size = sink->text.size();
  api.submit("me");
  CHECK(sink->text.size() == size);
  CHECK(api.reply("GET", "/metrics").body.find("emulator_event_streams_dropped_total 1\n") !=
        std::string::npos);
}

TEST_CASE("readers are bounded, and one that leaves makes room") {
  control::Limits limits;
  limits.streams = 1;
  Api api({}, limits);
  {
    Reader reader(api);
    const http::Reply refused = api.reply("GET", "/sandboxes/me/events");
    CHECK(refused.status == 429);
    CHECK(refused.headers.get("x-emulator-error") == "too_many_streams");
  }
  Reader again(api);
  api.control->stop();
  CHECK(again.sink->ended);
}

TEST_CASE("listening changes nothing of what others see") {
  const auto run = [](bool listening) {
    Api api;
    std::optional<Reader> reader;
    if (listening) reader.emplace(api);
    const std::string id = api.submit("me");
    std::string out = compact_json(api.call("GET", "/sandboxes/me")) + id;
    out += compact_json(api.call("POST", "/sandboxes/me/clock", R"({"advance":"10s"})"));
    return out;
  };
  CHECK(run(true) == run(false));
}

}  // namespace emulator::test
