// What a provider can beside is what its dialect inherits; the engine does without the rest.
#include <doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/pipeline/provider_code.h"
#include "tests/support/world.h"

namespace emulator::test {
namespace {

// A provider that takes tasks and says how they stand, and nothing else.
class Plain : public Dialect {
 public:
  using Dialect::Dialect;

  std::string key_of(const http::Request& request) const override {
    return std::string(request.headers.get("x-key").value_or(""));
  }
  Result<Submission, Refusal> read(const Call&) const override {
    Submission out;
    out.endpoint = "model";
    out.input = Json::object();
    out.plan.width = out.plan.height = 8;
    return out;
  }
  std::string task_id(const Call&, Draw& draw) const override { return uuid_v4(draw); }
  http::Reply accepted(const Call& call, const Task& task, const TaskView& view) const override {
    return shown(call, task, view);
  }
  http::Reply shown(const Call&, const Task& task, const TaskView& view) const override {
    return json_reply(200, {{"id", task.id}, {"done", view.done()}});
  }
  http::Reply unknown_task(const Call&) const override { return error("not_found"); }
};

class Letting final : public Plain, public Cancelling {
 public:
  using Plain::Plain;

  http::Reply cancelled(const Call&, const Task&, const TaskView&) const override {
    return json_reply(202, {{"cancelled", true}});
  }
};

constexpr const char* kContract = R"(provider: plain
prefixes: { /plain: "" }
---
routes:
  submit: { on: submit, door: "", method: POST, path: /tasks }
  task: { on: poll, door: "", method: GET, path: "/tasks/{id}" }
  cancel: { on: cancel, door: "", method: DELETE, path: "/tasks/{id}" }
  events: { on: stream, door: "", method: GET, path: "/tasks/{id}/events" }
  file: { on: download, door: "", method: GET, path: "/files/{name}" }
ends: [succeed, failed]
refusals: [not_found]
errors:
  not_found: { http: 404, text: no such task }
  no_route: { http: 404, text: no such path }
endpoints: { model: { fields: {} } }
values: { credits: 10 }
)";

template <class Own>
WorldOptions with() {
  WorldOptions options;
  options.providers = {{"plain", {"plain.yaml", kContract}, {made_dialect<Own>}}};
  return options;
}

std::string begun(World& world) {
  const auto reply = world.send(request("POST", "/plain/tasks", {{"x-key", "me"}}, "{}"));
  REQUIRE(reply);
  REQUIRE(reply->status == 200);
  return decode_json(reply->body)->at("id").get<std::string>();
}

std::pair<unsigned, std::string> asked(World& world, const char* method,
                                       const std::string& target) {
  const auto reply = world.send(request(method, target, {{"x-key", "me"}}));
  REQUIRE(reply);
  return {reply->status, reply->body};
}

}  // namespace

TEST_CASE("what the five providers can beside is what their dialects inherit") {
  struct Row {
    const char* provider;
    bool pictures, webhooks, streaming, cancelling;
  };
  constexpr Row rows[] = {{"bfl", true, true, false, false},
                          {"fal", true, true, true, true},
                          {"wavespeed", true, true, false, true},
                          {"apiframe", true, true, false, false},
                          {"vtrix", true, false, false, true}};
  World world;
  for (const Row& row : rows) {
    CAPTURE(row.provider);
    const Dialect& dialect = world.registry.dialect(*world.registry.find(row.provider));
    CHECK((dialect.pictures() != nullptr) == row.pictures);
    CHECK((dialect.webhooks() != nullptr) == row.webhooks);
    CHECK((dialect.streaming() != nullptr) == row.streaming);
    CHECK((dialect.cancelling() != nullptr) == row.cancelling);
  }
}

TEST_CASE("the engine does without what a provider cannot") {
  World world(with<Plain>());
  const std::string task = "/plain/tasks/" + begun(world);
  CHECK(asked(world, "DELETE", task) == std::pair(404u, std::string("no such path")));
  CHECK(asked(world, "GET", "/plain/files/1.jpg") == std::pair(404u, std::string("no such path")));
  CHECK(asked(world, "GET", task + "/events").first == 501);
  world.advance("me", std::chrono::minutes(5));
  CHECK(asked(world, "GET", task).second.find("\"done\":true") != std::string::npos);
}

TEST_CASE("a dialect that inherits the cancelling of tasks is asked for it") {
  World world(with<Letting>());
  const std::string task = "/plain/tasks/" + begun(world);
  CHECK(asked(world, "DELETE", task).first == 202);
  CHECK(asked(world, "GET", task).second.find("\"done\":true") != std::string::npos);
}

}  // namespace emulator::test
