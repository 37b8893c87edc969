#include "tests/stories/stage.h"

#include <doctest.h>

#include <chrono>
#include <future>
#include <map>
#include <stdexcept>
#include <thread>

#include "emulator/files.h"
#include "emulator/pipeline/registry.h"
#include "tests/support/client.h"

namespace emulator::test {
namespace {

ServeConfig configured(const std::string& scenario) {
  ServeConfig config = TestServer::quiet();
  config.scenario = scenario;
  return config;
}

// A value deep in a body; null when any of the way is missing.
Json at(const Json& body, const std::string& pointer) {
  const Json::json_pointer where(pointer);
  return body.is_structured() && body.contains(where) ? body.at(where) : Json();
}

std::map<std::string, StoryFile> read_all() {
  std::map<std::string, StoryFile> out;
  for (const std::string& provider : providers()) {
    const std::string file = "fixtures/" + provider + "/story.yaml";
    const auto text = read_file(EMULATOR_SOURCE "/" + file, 1u << 20);
    if (!text) throw std::runtime_error(text.error());
    out.emplace(provider, read_story_file(file, *text));
  }
  return out;
}

}  // namespace

const std::vector<std::string>& providers() {
  static const std::vector<std::string> kNames = [] {
    const Registry registry(built_in_providers());
    std::vector<std::string> names;
    for (std::uint16_t p = 0; p < registry.size(); ++p) names.push_back(registry.name(p));
    return names;
  }();
  return kNames;
}

const StoryFile& told_of(const std::string& provider) {
  static const std::map<std::string, StoryFile> kFiles = read_all();
  return kFiles.at(provider);
}

std::string path_of(const Json& url) {
  const std::string text = url.is_string() ? url.get<std::string>() : "http://x/";
  return text.substr(text.find('/', 8));
}

std::string Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Stage::Stage(const std::string& scenario, const std::string& key)
    : server_(configured(scenario)), key_(key) {}

httplib::Headers Stage::headers(const std::string& provider) const {
  httplib::Headers out;
  for (const auto& [name, form] : told_of(provider).headers) {
    std::string value = form;
    if (const auto at = value.find("{key}"); at != value.npos) value.replace(at, 5, key_);
    out.emplace(name, value);
  }
  return out;
}

Answer Stage::send(const std::string& provider, const std::string& method, const std::string& path,
                   const std::string& body, httplib::Headers more) {
  httplib::Client client = patient_client(server_.port());
  client.set_follow_location(false);
  httplib::Request request;
  request.method = method;
  request.path = path;
  request.headers = std::move(more);
  for (const auto& [name, value] : headers(provider))
    if (!request.has_header(name)) request.headers.emplace(name, value);
  request.body = body;
  if (!body.empty() && !request.has_header("content-type"))
    request.headers.emplace("content-type", "application/json");
  const auto reply = client.send(request);
  if (!reply) return {};
  return {
      reply->status,
      Json::parse(reply->body, nullptr, false).is_discarded() ? Json() : Json::parse(reply->body),
      reply->body, reply->headers};
}

Submitted Stage::submit(const std::string& provider, const Json& more) {
  const StoryFile& told = told_of(provider);
  Json body = told.body;
  (told.under.empty() ? body : body.at(Json::json_pointer(told.under))).update(more);
  Submitted out;
  out.answer = send(provider, "POST", told.path, body.dump());
  if (!told.id.empty()) {
    const Json id = at(out.answer.body, told.id);
    if (id.is_null()) return out;
    out.poll = told.poll;
    out.poll.replace(out.poll.find("{id}"), 4, id.get<std::string>());
  } else if (const Json url = at(out.answer.body, told.poll); url.is_string()) {
    out.poll = path_of(url);
  }
  out.result = out.poll;
  if (!told.result.empty())
    if (const Json url = at(out.answer.body, told.result); url.is_string())
      out.result = path_of(url);
  return out;
}

Answer Stage::poll(const std::string& provider, const Submitted& task) {
  return send(provider, "GET", task.poll);
}

Answer Stage::result(const std::string& provider, const Submitted& task) {
  return send(provider, "GET", task.result);
}

Answer Stage::ended(const std::string& provider, const std::string& after) {
  const Submitted task = submit(provider);
  advance(after);
  return result(provider, task);
}

std::string Stage::link(const std::string& provider, const Answer& ended, std::size_t number) {
  const StoryFile& told = told_of(provider);
  Json pictures = at(ended.body, told.pictures);
  if (pictures.is_array()) pictures = pictures.size() > number ? pictures[number] : Json();
  const Json url = told.picture.empty() ? pictures : at(pictures, told.picture);
  return url.is_string() ? path_of(url) : "";
}

std::string Stage::status(const std::string& provider, const Answer& answer) {
  const Json word = at(answer.body, told_of(provider).status);
  return word.is_string() ? word.get<std::string>() : "";
}

Answer Stage::download(const std::string& provider, const Answer& ended, std::size_t number) {
  const std::string path = link(provider, ended, number);
  REQUIRE_FALSE(path.empty());
  return send(provider, "GET", path);
}

void Stage::advance(const std::string& by) {
  const Answer moved =
      send("bfl", "POST", "/_emulator/sandboxes/" + key_ + "/clock", Json{{"advance", by}}.dump());
  REQUIRE(moved.status == 200);
}

Answer Stage::send_and_advance(const std::function<Answer()>& send, const std::string& by) {
  const std::size_t before = control("/requests")["requests"].size();
  auto answer = std::async(std::launch::async, send);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (control("/requests")["requests"].size() == before) {
    REQUIRE(std::chrono::steady_clock::now() < deadline);
    std::this_thread::yield();
  }
  CHECK(answer.wait_for(std::chrono::seconds(0)) == std::future_status::timeout);
  advance(by);
  return answer.get();
}

std::string Stage::raw_request(const std::string& provider, const std::string& method,
                               const std::string& path, const std::string& body) const {
  std::string text = method + " " + path + " HTTP/1.1\r\nhost: 127.0.0.1\r\n";
  for (const auto& [name, value] : headers(provider)) text += name + ": " + value + "\r\n";
  text += "content-type: application/json\r\n";
  return text + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

bool Stage::hangs(const std::string& request) {
  RawClient client(server_.port());
  client.send(request);
  return client.stays_silent(std::chrono::milliseconds(30));
}

Json Stage::control(const std::string& path) {
  return send("bfl", "GET", "/_emulator/sandboxes/" + key_ + path).body;
}

std::size_t Stage::tasks() { return control("/tasks")["tasks"].size(); }

std::size_t Stage::asked(const std::string& on) {
  return control("/requests?on=" + on)["requests"].size();
}

}  // namespace emulator::test
