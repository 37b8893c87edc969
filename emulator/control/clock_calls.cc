// The clock of a sandbox: read, frozen, set, moved, sped up.
#include <algorithm>
#include <utility>

#include "emulator/base/json_writer.h"
#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"

namespace emulator::control {
namespace {

constexpr Duration kFarthest = std::chrono::hours(24 * 365 * 50);
constexpr double kFastest = 1e6;

// Written as text, since there may be tens of thousands.
template <class Items>
void put(JsonWriter& out, const Items& items) {
  out.open_array();
  for (const auto& item : items)
    out.open_object()
        .member("at", rfc3339(item.at, 3))
        .member("kind", item.kind)
        .member("id", item.id)
        .close_object();
  out.close_array();
}

http::Reply shown(const Sandboxes::Moved& moved, double speed, bool skips,
                  const std::vector<ClockMove>* moves = nullptr) {
  JsonWriter out;
  out.open_object().member("now", rfc3339(moved.now, 3)).member("speed", speed);
  out.member("skip", skips);
  if (moved.now == VirtualClock::kLatest) out.member("at_limit", true);
  put(out.key("fired"), moved.fired);
  put(out.key("pending"), moved.pending);
  if (moves != nullptr) {
    out.key("moves").open_array();
    for (const ClockMove& move : *moves)
      out.open_object()
          .member("from", rfc3339(move.from, 3))
          .member("to", rfc3339(move.to, 3))
          .close_object();
    out.close_array();
  }
  if (moved.more) out.member("fired_cut", true);
  if (moved.more_pending) out.member("pending_cut", true);
  return json_text_reply(200, out.close_object().take());
}

http::Reply standing(const Sandboxes& sandboxes, const Sandbox& box) {
  return shown(sandboxes.standing(box), box.clock.speed(), box.skips);
}

// What a body asks of a clock.
struct Wanted {
  std::optional<Duration> advance;
  std::optional<Instant> set;
  bool to_next = false;
  std::optional<bool> freeze;
  std::optional<double> speed;
  std::optional<bool> skip;
};

Wanted wanted(Members& body) {
  Wanted out;
  out.advance = body.duration("advance", kFarthest);
  out.set = body.instant("set");
  if (const auto to = body.text("to")) {
    out.to_next = *to == "next";
    if (!out.to_next) body.fail("to", "expects \"next\"", {"next"});
  }
  out.freeze = body.truth("freeze");
  out.speed = body.number("speed", 0, kFastest);
  out.skip = body.truth("skip");
  if (body.has("advance") + body.has("set") + body.has("to") > 1)
    body.fail("", "give one of \"advance\", \"set\" and \"to\"", {"advance", "set", "to"});
  if (body.has("freeze") && body.has("speed"))
    body.fail("", "give one of \"freeze\" and \"speed\"", {"freeze", "speed"});
  return out;
}

http::Reply beyond(const Wanted& want, Instant target) {
  const char* const at = want.set ? "$.set" : want.advance ? "$.advance" : "$.to";
  return bad_input(at, "leads to " + rfc3339(target, 0) + ", and a clock goes from " +
                           rfc3339(VirtualClock::kEarliest, 0) + " to " +
                           rfc3339(VirtualClock::kLatest, 0));
}

}  // namespace

http::Reply show_clock(const Call& call) {
  const Sandbox& box = call.box();
  return shown(call.parts.sandboxes.standing(box), box.clock.speed(), box.skips, &box.moves);
}

void move_clock(const Call& call, http::Respond respond) {
  const auto json = json_body(*call.request, call.limits.json);
  if (!json) return respond(json.error());
  Members body(*json, "$", {"advance", "to", "freeze", "set", "speed", "skip"});
  const Wanted want = wanted(body);
  if (body.failed()) return respond(body.answer());
  Sandbox& box = call.box();
  Sandboxes& sandboxes = call.parts.sandboxes;
  if (box.moving)
    return respond(
        our_error(409, "clock_moving", "another call is moving this clock; wait for its answer"));

  const Instant before = box.now();
  std::optional<Instant> target = want.set;
  if (want.advance) target = box.now() + *want.advance;
  if (want.to_next) target = sandboxes.next_event(box).value_or(box.now());
  if (target && (*target < VirtualClock::kEarliest || *target > VirtualClock::kLatest))
    return respond(beyond(want, *target));
  if (want.freeze && *want.freeze != box.clock.frozen()) box.clock.run_at(*want.freeze ? 0 : 1);
  if (want.speed) box.clock.run_at(*want.speed);
  if (want.skip) sandboxes.set_skips(box, *want.skip);
  sandboxes.clock_changed(box);
  const auto told = [&sandboxes, name = box.name(), before, changed = call.parts.clock_changed] {
    Sandbox* still = sandboxes.find(name);
    if (still == nullptr) return;
    still->feed.tell({Happening::Kind::kClock, still->now(), nullptr, "", "moved"});
    if (changed) changed(*still, before);
  };
  if (!target) {
    told();
    return respond(standing(sandboxes, box));
  }
  sandboxes.move(box, *target,
                 [respond = std::move(respond), told, speed = box.clock.speed(),
                  skips = box.skips](const Sandboxes::Moved& moved) {
                   told();
                   respond(shown(moved, speed, skips));
                 });
}

}  // namespace emulator::control
