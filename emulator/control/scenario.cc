// The scenario of a sandbox.
#include "emulator/scenario/scenario.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "emulator/base/json_text.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"

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
  return our_error(422, "bad_scenario", yaml::worded(file, problems.front()),
                   {{"errors", std::move(errors)}});
}

http::Reply shown(const scenario::Scenario& scenario) {
  return json_reply(200, {{"name", scenario.name},
                          {"about", scenario.about},
                          {"file", scenario.file},
                          {"text", scenario.text}});
}

}  // namespace

http::Reply show_scenario(const Call& call) { return shown(*call.box().scenario); }

// A text is read beside the loop: a long one, or one of many patterns, takes a tenth of a second.
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
  using Read = Result<scenario::Loaded, std::vector<yaml::Problem>>;
  const auto read = std::make_shared<std::optional<Read>>();
  const std::string file = "sandbox " + box.name();
  auto work = [read, file, request = call.request,
               vocabulary = scenario::looked_up(library.vocabulary())] {
    *read = scenario::load(file, request->body, vocabulary);
  };
  auto done = [read, file, respond = std::move(respond), &sandboxes = call.parts.sandboxes,
               name = box.name()] {
    if (!**read) return respond(bad_scenario(file, (*read)->error()));
    Sandbox& still = sandboxes.named(name);
    sandboxes.set_scenario(still, (**read)->scenario);
    respond(shown(*still.scenario));
  };
  if (call.parts.offload) return call.parts.offload(std::move(work), std::move(done));
  work();
  done();
}

}  // namespace emulator::control
