#pragma once

#include <doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "emulator/app/commands.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "tests/support/world.h"

namespace emulator::test {

// Asks an emulator as a browser's page would ask the providers, and writes down a HAR of it.
class Recorder {
 public:
  explicit Recorder(WorldOptions options = {}) : world_(std::move(options)) {}

  // A request to a real address. `then` is what its answer shall be like, and is not written down.
  Json send(const std::string& method, const std::string& url, const std::string& body = "",
            std::vector<std::pair<std::string, std::string>> headers = {},
            const std::string& then = "") {
    if (!body.empty()) headers.emplace_back("content-type", "application/json");
    auto sent = headers;
    if (!then.empty()) sent.emplace_back("x-emulator-then", then);
    const auto later = world_.send_later(request(method, url, sent, body));
    Duration took{0};
    if (!later->reply) {
      took = std::chrono::seconds(30);
      world_.advance("me", took);
    }
    REQUIRE_MESSAGE(later->reply, url);
    const http::Reply& reply = *later->reply;
    Json entry = {{"startedDateTime", rfc3339(kNewYear + passed_, 3)},
                  {"time", std::chrono::duration_cast<Millis>(took).count()}};
    entry["request"] = {
        {"method", method}, {"url", url}, {"headers", fields(headers)}, {"bodySize", body.size()}};
    if (!body.empty())
      entry["request"]["postData"] = {{"mimeType", "application/json"}, {"text", body}};
    Json back = Json::array();
    for (const auto& [name, value] : reply.headers)
      back.push_back({{"name", name}, {"value", value}});
    Json content = {{"size", reply.body.size()},
                    {"mimeType", std::string(reply.headers.get("content-type").value_or(""))}};
    const bool text = valid_utf8(reply.body) == reply.body;
    content["text"] = text ? reply.body : base64(reply.body);
    if (!text) content["encoding"] = "base64";
    entry["response"] = {{"status", reply.status}, {"headers", back}, {"content", content}};
    entries.push_back(std::move(entry));
    passed_ += took;
    const auto json = decode_json(reply.body);
    return json ? *json : Json();
  }

  void wait(Duration by) {
    world_.advance("me", by);
    world_.advance("default", by);
    passed_ += by;
  }

  Json har() const {
    return {{"log", {{"version", "1.2"}, {"creator", {{"name", "a test"}}}, {"entries", entries}}}};
  }

  Json entries = Json::array();

 private:
  static Json fields(const std::vector<std::pair<std::string, std::string>>& headers) {
    Json out = Json::array();
    for (const auto& [name, value] : headers) out.push_back({{"name", name}, {"value", value}});
    return out;
  }

  World world_;
  Duration passed_{0};
};

// A folder for what the command reads and writes.
class CompareFolder {
 public:
  CompareFolder() {
    char name[] = "/tmp/emulator-compare.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~CompareFolder() { std::filesystem::remove_all(path); }
  CompareFolder(const CompareFolder&) = delete;
  CompareFolder& operator=(const CompareFolder&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name, std::ios::binary) << text;
    return path + "/" + name;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(path + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string path;
};

struct CompareOutcome {
  int code = -1;
  std::string out, err;
  Json report;  // with --format json

  // "class path" of every difference, each once.
  std::set<std::string> places() const {
    std::set<std::string> out_places;
    for (const Json& one : report["differences"])
      out_places.insert(one["class"].get<std::string>() + " " + one["path"].get<std::string>());
    return out_places;
  }
};

inline CompareOutcome compared(std::vector<std::string> files, CompareConfig asked = {},
                               const std::string& format = "json") {
  Config config;
  config.command = Config::Command::kCompare;
  config.files = std::move(files);
  config.compare = std::move(asked);
  config.format = format;
  CompareOutcome outcome;
  SystemWallClock wall;
  Surroundings surroundings;
  surroundings.wall = &wall;
  surroundings.out = [&](const std::string& text) { outcome.out += text; };
  surroundings.err = [&](const std::string& text) { outcome.err += text; };
  outcome.code = compare_command(config, surroundings);
  if (format == "json" && !outcome.out.empty())
    if (auto json = decode_json(outcome.out)) outcome.report = std::move(*json);
  return outcome;
}

}  // namespace emulator::test
