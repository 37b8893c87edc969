#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/control/api.h"

// Streams of events, read.
namespace emulator::test {

struct Event {
  std::string kind, id;
  Json data;
};

inline std::vector<Event> events_in(const std::string& text) {
  std::vector<Event> out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = text.find("\n\n", at);
    REQUIRE(end != std::string::npos);
    Event event;
    bool any = false;
    std::size_t line = at;
    while (line < end) {
      const auto stop = std::min(text.find('\n', line), end);
      const std::string one = text.substr(line, stop - line);
      if (one.starts_with("event: ")) event.kind = one.substr(7);
      if (one.starts_with("id: ")) event.id = one.substr(4);
      if (one.starts_with("data: ")) {
        auto json = decode_json(one.substr(6));
        REQUIRE(json);
        event.data = *json;
      }
      if (!one.starts_with(":")) any = true;
      line = stop + 1;
    }
    if (any) out.push_back(std::move(event));
    at = end + 2;
  }
  return out;
}

// A stream of events below /_emulator.
class EventReader {
 public:
  EventReader(Api& api, const std::string& path,
              std::vector<std::pair<std::string, std::string>> headers = {})
      : sink(std::make_shared<Collected>()) {
    const auto head = api.begin("GET", path, "", std::move(headers));
    REQUIRE(head->reply);
    CHECK(head->reply->headers.get("content-type") == "text/event-stream");
    REQUIRE(head->reply->stream);
    head->reply->stream(sink);
  }
  ~EventReader() { sink->leave(); }
  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  std::vector<Event> take() {
    auto out = events_in(sink->text);
    sink->text.clear();
    return out;
  }
  std::shared_ptr<Collected> sink;
};

using Kinds = std::vector<std::string>;

inline Kinds kinds_of(const std::vector<Event>& events) {
  Kinds out;
  for (const Event& event : events) out.push_back(event.kind);
  return out;
}

}  // namespace emulator::test
