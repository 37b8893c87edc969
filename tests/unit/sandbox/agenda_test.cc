#include "emulator/sandbox/agenda.h"

#include <doctest.h>

using namespace std::chrono_literals;

namespace emulator {
namespace {

constexpr Instant kNoon{std::chrono::hours(12)};

Agenda::Item named(std::string id) {
  return {"reply", std::move(id), [](const std::function<void()>& finished) { finished(); }};
}

}  // namespace

TEST_CASE("things come off an agenda in order of time, and of entry where times are equal") {
  Agenda agenda;
  agenda.put(kNoon + 2s, named("late"));
  agenda.put(kNoon + 1s, named("first"));
  agenda.put(kNoon + 1s, named("second"));
  CHECK(agenda.next() == kNoon + 1s);
  CHECK_FALSE(agenda.pop(kNoon).has_value());
  CHECK(agenda.pop(kNoon + 9s)->second.id == "first");
  CHECK(agenda.pop(kNoon + 9s)->second.id == "second");
  const auto late = agenda.pop(kNoon + 9s);
  CHECK(late->first == kNoon + 2s);
  CHECK(late->second.id == "late");
  CHECK_FALSE(agenda.pop(Instant::max()).has_value());
}

TEST_CASE("what was cancelled does not come, and cancelling again says so") {
  Agenda agenda;
  const auto ticket = agenda.put(kNoon, named("a"));
  CHECK(agenda.cancel(ticket));
  CHECK_FALSE(agenda.cancel(ticket));
  CHECK(agenda.empty());
  CHECK_FALSE(agenda.next().has_value());
}

TEST_CASE("only what has a kind is reported") {
  Agenda agenda;
  agenda.put(kNoon, named("seen"));
  agenda.put(kNoon, {"", "unseen", {}});
  REQUIRE(agenda.entries().size() == 1);
  CHECK(agenda.entries()[0].id == "seen");
}

}  // namespace emulator
