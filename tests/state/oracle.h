#pragma once

#include <doctest.h>
#include <httplib.h>

#include <cstdint>
#include <map>
#include <string>

#include "emulator/base/json_text.h"
#include "tests/support/client.h"

// Clients that remember every answer, and hold it against what there is after a kill.
namespace emulator::test {

constexpr double kCredits = 1'000'000;
constexpr const char* kStory =
    "name: at-once\ndefaults: { queue: 0s, run: 0s }\ncredits: 1000000\n";

// What an emulator said of a task, the furthest it was seen.
struct Answered {
  std::string id;
  std::string link;  // path of its picture, once it was told
  std::string picture;
  std::string seed;
};

// One key, and what its owner was told.
struct Asker {
  std::string key;
  std::map<std::string, Answered> answered;  // by prompt
  std::uint64_t sent = 0;                    // submissions, answered or not
};

inline std::string path_of(const std::string& url) {
  return url.substr(url.find('/', url.find("://") + 3));
}

// Without what every answer signs anew: how long the link is good for.
inline std::string unsigned_path(const std::string& path) { return path.substr(0, path.find('?')); }

inline Json decoded(const std::string& body) {
  auto value = decode_json(body);
  REQUIRE(value);
  return std::move(*value);
}

// Everything an owner was told is still so.
inline void compare(const Asker& owner, std::uint16_t port, double cost) {
  httplib::Client client = patient_client(port);
  client.set_keep_alive(true);
  // What there is, each once.
  std::map<std::string, std::string> there;  // prompt to id
  std::string before;
  while (true) {
    const auto page =
        client.Get("/_emulator/sandboxes/" + owner.key + "/tasks?limit=1000" + before);
    REQUIRE(page);
    REQUIRE(page->status == 200);
    const Json tasks = decoded(page->body)["tasks"];
    for (const Json& task : tasks) {
      CAPTURE(task.dump());
      CHECK(there.emplace(task["prompt"], task["id"]).second);
    }
    if (tasks.size() < 1000) break;
    before = "&before=" + tasks[0]["id"].get<std::string>();
  }
  std::size_t looked = 0;
  for (const auto& [prompt, answered] : owner.answered) {
    const auto& this_prompt = prompt;
    CAPTURE(this_prompt);
    const auto task = there.find(prompt);
    REQUIRE(task != there.end());
    CHECK(task->second == answered.id);
    if (answered.link.empty() || ++looked % 7 != 0) continue;
    const auto polled = client.Get("/bfl/v1/get_result?id=" + answered.id);
    REQUIRE(polled);
    const Json body = decoded(polled->body);
    CHECK(body["status"] == "Ready");
    CHECK(body["result"]["seed"].dump() == answered.seed);
    CHECK(unsigned_path(path_of(body["result"]["sample"])) == unsigned_path(answered.link));
    const auto picture = client.Get(answered.link);
    REQUIRE(picture);
    if (!answered.picture.empty()) CHECK(picture->body == answered.picture);
  }
  // What was sent and not answered may be there; what was never sent is not.
  CHECK(there.size() <= owner.sent);
  // What was paid is what there is.
  const auto credits = client.Get("/bfl/v1/credits", {{"x-key", owner.key}});
  REQUIRE(credits);
  CHECK(decoded(credits->body)["credits"].get<double>() ==
        doctest::Approx(kCredits - cost * static_cast<double>(there.size())));
}

// What a submission costs.
inline double cost_of_one(std::uint16_t port) {
  httplib::Client client = patient_client(port);
  const httplib::Headers headers{{"x-key", "probe"}};
  const auto submitted =
      client.Post("/bfl/v1/flux-dev", headers, R"({"prompt":"a"})", "application/json");
  REQUIRE(submitted);
  REQUIRE(submitted->status == 200);
  const auto credits = client.Get("/bfl/v1/credits", headers);
  REQUIRE(credits);
  return kCredits - decoded(credits->body)["credits"].get<double>();
}

}  // namespace emulator::test
