#pragma once

#include <doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/json_text.h"
#include "tests/support/world.h"

namespace emulator::test {

// A client of the providers in one sandbox, whose clock it moves as if it waited.
class JudgedClient {
 public:
  explicit JudgedClient(std::string scenario = "default", WorldOptions options = {})
      : world_([&] {
          options.scenario = std::move(scenario);
          return options;
        }()) {}

  using Fields = std::vector<std::pair<std::string, std::string>>;

  World& world() { return world_; }
  Sandbox& box() { return world_.sandboxes->named("me"); }
  void wait(Duration by) { world_.advance("me", by); }

  // The answer; one without a status where the wire broke.
  http::Reply send(const std::string& method, const std::string& target, Fields headers,
                   const std::string& body = "") {
    auto reply = world_.send(request(method, target, std::move(headers), body));
    REQUIRE(reply);
    last_ = *reply;
    return std::move(*reply);
  }

  // BFL, as its documentation shows it.
  std::string bfl(const std::string& body = R"({"prompt":"a cat"})",
                  const std::string& endpoint = "flux-pro-1.1", const std::string& key = "me") {
    send("POST", "/bfl/v1/" + endpoint, {{"x-key", key}, {"content-type", "application/json"}},
         body);
    const auto json = decode_json(last_.body);
    return json && json->is_object() ? json->value("id", "") : "";
  }
  Json poll(const std::string& id) {
    const auto json =
        decode_json(send("GET", "/bfl/v1/get_result?id=" + id, {{"x-key", "me"}}).body);
    return json ? *json : Json();
  }
  // The link of a task that has ended.
  std::string link(const std::string& id) {
    return poll(id)["result"]["sample"].get<std::string>();
  }
  void download(const std::string& link, Fields headers = {}) {
    send("GET", link, std::move(headers));
  }

  // fal's queue.
  std::string fal(const std::string& body = R"({"prompt":"a cat"})",
                  const std::string& authorization = "Key me:secret") {
    send("POST", "/queue.fal.run/fal-ai/flux/dev",
         {{"authorization", authorization}, {"content-type", "application/json"}}, body);
    const auto json = decode_json(last_.body);
    return json && json->is_object() ? json->value("request_id", "") : "";
  }
  void fal_poll(const std::string& id) {
    send("GET", "/queue.fal.run/fal-ai/flux/requests/" + id + "/status",
         {{"authorization", "Key me:secret"}});
  }

  std::string wavespeed(const std::string& body = R"({"prompt":"a cat"})",
                        Fields headers = {{"authorization", "Bearer me"}}) {
    headers.emplace_back("content-type", "application/json");
    send("POST", "/wavespeed/api/v3/wavespeed-ai/flux-dev", std::move(headers), body);
    const auto json = decode_json(last_.body);
    return json && json->is_object() && json->contains("data") && (*json)["data"].is_object()
               ? (*json)["data"].value("id", "")
               : "";
  }

  std::string apiframe(Fields more = {},
                       const std::string& body = R"({"model":"flux-1.1-pro","prompt":"a cat"})",
                       const std::string& key_header = "x-api-key", const std::string& key = "me") {
    more.emplace_back(key_header, key);
    more.emplace_back("content-type", "application/json");
    send("POST", "/apiframe/v2/images/generate", std::move(more), body);
    return last_.body;
  }

  const http::Reply& last() const { return last_; }

  judge::Judge::Report report() { return world_.judge->of(box()); }
  // The codes that are found, without repetition, in the order of the report.
  std::vector<std::string> codes() {
    std::vector<std::string> out;
    for (const judge::Finding& one : report().findings)
      if (out.empty() || out.back() != to_string(one.code)) out.emplace_back(to_string(one.code));
    return out;
  }
  std::optional<judge::Finding> found(const std::string& code) {
    for (const judge::Finding& one : report().findings)
      if (to_string(one.code) == code) return one;
    return std::nullopt;
  }

 private:
  World world_;
  http::Reply last_;
};

}  // namespace emulator::test
