// The scenario of a sandbox.
#include "emulator/scenario/scenario.h"

#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"

namespace emulator::control {
namespace {

// The name in `{"name":"nsfw"}`; nullopt when the body is a scenario's text.
std::optional<std::string> named_in(const std::string& body) {
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
  return our_error(422, "bad_scenario", yaml::worded(file, problems.front()),
                   {{"errors", std::move(errors)}});
}

}  // namespace

http::Reply show_scenario(const Call& call) {
  const scenario::Scenario& scenario = *call.box().scenario;
  return json_reply(200, {{"name", scenario.name},
                          {"about", scenario.about},
                          {"file", scenario.file},
                          {"text", scenario.text}});
}

http::Reply check_scenario(const Call& call) {
  const auto loaded =
      scenario::load("scenario", call.request->body, call.parts.library.vocabulary());
  Json problems = Json::array();
  const auto add = [&](const std::vector<yaml::Problem>& list, const char* level) {
    for (const yaml::Problem& problem : list)
      problems.push_back({{"line", problem.at.line},
                          {"column", problem.at.column},
                          {"level", level},
                          {"message", problem.text}});
  };
  if (loaded)
    add(loaded->warnings, "warning");
  else
    add(loaded.error(), "error");
  return json_reply(200, {{"ok", static_cast<bool>(loaded)}, {"problems", std::move(problems)}});
}

http::Reply put_scenario(const Call& call) {
  Sandbox& box = call.box();
  ScenarioLibrary& library = call.parts.library;
  if (const auto name = named_in(call.request->body)) {
    auto found = library.find(*name);
    if (!found)
      return our_error(422, "unknown_scenario", found.error(),
                       {{"at", "$.name"}, {"allowed", library.names()}});
    call.parts.sandboxes.set_scenario(box, *found);
    return show_scenario(call);
  }
  const std::string file = "sandbox " + box.name();
  auto loaded = scenario::load(file, call.request->body, library.vocabulary());
  if (!loaded) return bad_scenario(file, loaded.error());
  call.parts.sandboxes.set_scenario(box, loaded->scenario);
  return show_scenario(call);
}

}  // namespace emulator::control
