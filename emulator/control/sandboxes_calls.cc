// Sandboxes: what they are at, let go, put back to the start.
#include <algorithm>
#include <utility>
#include <vector>

#include "emulator/base/did_you_mean.h"
#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/listing.h"
#include "emulator/control/routes.h"
#include "emulator/fleet/fleet.h"

namespace emulator::control {
namespace {

Json summary(const Parts& parts, Sandbox& box) {
  Json credits = Json::object();
  for (const auto& [provider, account] : box.accounts)
    credits[parts.registry.name(provider)] = parts.pipeline.credits(box, provider);
  return {{"name", box.name()},
          {"now", rfc3339(box.now(), 3)},
          {"speed", box.clock.speed()},
          {"seed", box.seed},
          {"scenario", box.scenario->name},
          {"tasks", box.tasks.size()},
          {"requests", box.journal.seen()},
          {"pending", box.agenda.entries().size()},
          {"credits", std::move(credits)}};
}

http::Reply clock_moving() {
  return our_error(409, "clock_moving",
                   "the sandbox's clock is being moved; try again when that call has answered");
}

struct Part {
  const char* name;
  bool Sandboxes::Reset::*member;
};
constexpr Part kParts[] = {
    {"tasks", &Sandboxes::Reset::tasks},       {"journal", &Sandboxes::Reset::journal},
    {"counters", &Sandboxes::Reset::counters}, {"clock", &Sandboxes::Reset::clock},
    {"scenario", &Sandboxes::Reset::scenario}, {"credits", &Sandboxes::Reset::credits}};

std::vector<std::string> part_names() {
  std::vector<std::string> out;
  for (const Part& part : kParts) out.emplace_back(part.name);
  return out;
}

// What a body asks to be reset; everything when it does not say.
Sandboxes::Reset wanted(Members& body) {
  Sandboxes::Reset what;
  const Json* list = body.list("what");
  if (list == nullptr) return what;
  for (const Part& part : kParts) what.*part.member = false;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto known = std::find_if(std::begin(kParts), std::end(kParts),
                                    [&](const Part& part) { return (*list)[i] == part.name; });
    if (known == std::end(kParts)) {
      const std::string hint =
          (*list)[i].is_string() ? did_you_mean((*list)[i].get<std::string>(), part_names()) : "";
      body.fail("what[" + std::to_string(i) + "]", "no part of a sandbox" + hint, part_names());
      return what;
    }
    what.*(known->member) = true;
  }
  return what;
}

}  // namespace

http::Reply list_sandboxes(const Call& call) {
  Query query(*call.request, {"limit"});
  const std::size_t limit = query.whole("limit", 0, kMostListed).value_or(kDefaultListed);
  if (query.failed()) return query.answer();
  const auto& all = call.parts.sandboxes.all();
  Json list = Json::array();
  for (Sandbox* box : all) {
    if (list.size() == limit) break;
    list.push_back(summary(call.parts, *box));
  }
  Json out = {{"sandboxes", std::move(list)}, {"in_all", all.size()}};
  // With several emulators: whose these are.
  if (call.parts.fleet != nullptr) out["emulator"] = call.parts.fleet->figures().address;
  return json_reply(200, out);
}

http::Reply show_sandbox(const Call& call) {
  return json_reply(200, summary(call.parts, call.box()));
}

http::Reply drop_sandbox(const Call& call) {
  const std::string& name = call.capture("sandbox");
  if (Sandbox* box = call.parts.sandboxes.find(name); box != nullptr && box->moving)
    return clock_moving();
  return json_reply(200, {{"deleted", call.parts.sandboxes.drop(name)}});
}

http::Reply reset_sandbox(const Call& call) {
  const auto json = json_body(*call.request, call.limits.json);
  if (!json) return json.error();
  Members body(*json, "$", {"what"});
  const Sandboxes::Reset what = wanted(body);
  if (body.failed()) return body.answer();
  Sandbox& box = call.box();
  if (box.moving) return clock_moving();
  Json done = Json::array();
  for (const Part& part : kParts)
    if (what.*part.member) done.push_back(part.name);
  std::string names;
  for (const Json& name : done) names += (names.empty() ? "" : " ") + name.get<std::string>();
  const Json was = {{"tasks", box.tasks.size()},
                    {"requests", box.journal.size()},
                    {"now", rfc3339(box.now(), 3)},
                    {"scenario", box.scenario->name}};
  call.parts.sandboxes.reset(box, what);
  box.feed.tell({Happening::Kind::kReset, box.now(), nullptr, "", names});
  return json_reply(200, {{"reset", std::move(done)}, {"was", was}});
}

}  // namespace emulator::control
