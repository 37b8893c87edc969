// The scenario of a sandbox.
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "emulator/base/json_text.h"
#include "emulator/control/contract_turns.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"
#include "emulator/scenario/scenario.h"

namespace emulator::control {
namespace {

// The name in `{"name":"nsfw"}`; nullopt when the body is a scenario's text.
std::optional<std::string> named_in(const std::string& body) {
  constexpr std::size_t kLongest = 1'000;  // of a name in braces, blanks included
  if (body.size() > kLongest) return std::nullopt;
  const auto json = decode_json(body);
  if (!json || !json->is_object() || json->size() != 1 || !json->contains("name") ||
      !(*json)["name"].is_string())
    return std::nullopt;
  return (*json)["name"].get<std::string>();
}

http::Reply bad_scenario(const std::string& file, const std::vector<yaml::Problem>& problems) {
  Json errors = Json::array();
  for (const yaml::Problem& problem : problems)
    errors.push_back(
        {{"line", problem.at.line}, {"column", problem.at.column}, {"message", problem.text}});
  return our_error(422, "bad_scenario", yaml::to_line(file, problems.front()),
                   {{"errors", std::move(errors)}});
}

http::Reply shown(const scenario::Scenario& scenario) {
  return json_reply(200, {{"name", scenario.name},
                          {"about", scenario.about},
                          {"file", scenario.file},
                          {"text", scenario.text}});
}

using Read = Result<scenario::Loaded, std::vector<yaml::Problem>>;

// Reads the request's body as the scenario `file` beside the loop: a long one, or one of many
// patterns, takes a tenth of a second. `done` runs on the loop.
void read_scenario(const Call& call, const std::string& file,
                   std::function<void(const Read& read)> done) {
  with_contracts(call.parts,
                 [&parts = call.parts, request = call.request, file, done = std::move(done)] {
                   const auto read = std::make_shared<std::optional<Read>>();
                   auto work = [read, file, request,
                                vocabulary = scenario::looked_up(parts.library.vocabulary())] {
                     *read = scenario::load(file, request->body, vocabulary);
                   };
                   auto after = [read, done] { done(**read); };
                   parts.loop.offload(std::move(work), std::move(after));
                 });
}

// What `POST /_emulator/check` tells: every error, or every warning of a scenario without one.
http::Reply problems_of(const Read& read) {
  Json problems = Json::array();
  const auto add = [&](const std::vector<yaml::Problem>& list, const char* level) {
    for (const yaml::Problem& problem : list)
      problems.push_back({{"line", problem.at.line},
                          {"column", problem.at.column},
                          {"level", level},
                          {"message", problem.text}});
  };
  if (read)
    add(read->warnings, "warning");
  else
    add(read.error(), "error");
  return json_reply(200, {{"ok", static_cast<bool>(read)}, {"problems", std::move(problems)}});
}

}  // namespace

http::Reply show_scenario(const Call& call) { return shown(*call.box().scenario); }

void check_scenario(const Call& call, http::Respond respond) {
  read_scenario(call, "scenario",
                [respond = std::move(respond)](const Read& read) { respond(problems_of(read)); });
}

void put_scenario(const Call& call, http::Respond respond) {
  Sandbox& box = call.box();
  ScenarioLibrary& library = call.parts.library;
  if (const auto name = named_in(call.request->body)) {
    auto found = library.find(*name);
    if (!found)
      return respond(our_error(422, "unknown_scenario", found.error(),
                               {{"at", "$.name"}, {"allowed", library.names()}}));
    call.parts.sandboxes.set_scenario(box, *found);
    return respond(shown(*box.scenario));
  }
  const std::string file = "sandbox " + box.name();
  read_scenario(call, file,
                [file, respond = std::move(respond), &sandboxes = call.parts.sandboxes,
                 name = box.name()](const Read& read) {
                  if (!read) return respond(bad_scenario(file, read.error()));
                  Sandbox& still = sandboxes.named(name);
                  sandboxes.set_scenario(still, read->scenario);
                  respond(shown(*still.scenario));
                });
}

}  // namespace emulator::control
