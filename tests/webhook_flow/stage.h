#pragma once

#include <httplib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "emulator/base/json_text.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"
#include "tests/unit/http/served.h"

namespace emulator::test {

// A receiver that remembers what came, and answers as it was told.
class Receiver {
 public:
  // The answers in order; the last one is given from then on.
  explicit Receiver(std::vector<http::Reply> answers = {text_reply("ok")})
      : answers_(std::move(answers)),
        served_([this](const std::shared_ptr<const http::Request>& request,
                       const http::Respond& respond) {
          const std::lock_guard lock(mutex_);
          seen_.push_back(*request);
          respond(answers_[std::min(seen_.size(), answers_.size()) - 1]);
        }) {}

  std::string url(const std::string& path = "/hook") const {
    return "http://127.0.0.1:" + std::to_string(served_.port()) + path;
  }
  std::vector<http::Request> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  std::size_t count() const { return seen().size(); }
  Json body(std::size_t number) const { return *decode_json(seen().at(number).body); }

 private:
  const std::vector<http::Reply> answers_;
  mutable std::mutex mutex_;
  std::vector<http::Request> seen_;
  Served served_;
};

inline http::Reply fault_reply(http::Fault::Kind kind) {
  http::Reply reply = text_reply("");
  reply.fault.kind = kind;
  return reply;
}

// A text in a file of its own, for flags that name files.
class TextFile {
 public:
  TextFile(const std::string& text, const std::string& ending) {
    static int last = 0;
    path_ = (std::filesystem::temp_directory_path() /
             ("emulator-" + std::to_string(getpid()) + "-" + std::to_string(++last) + ending))
                .string();
    std::ofstream(path_) << text;
  }
  ~TextFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// An emulator with stopped clocks, and what tests ask of it.
class Stage {
 public:
  explicit Stage(ServeConfig config = TestServer::quiet())
      : server(std::move(config)), client_(patient_client(server.port())) {}

  Json post(const std::string& path, const Json& body, httplib::Headers headers = {}) {
    const auto reply = client_.Post(path, headers, compact_json(body), "application/json");
    return reply ? decoded(reply->body) : Json();
  }
  Json get(const std::string& path) {
    const auto reply = client_.Get(path);
    return reply ? decoded(reply->body) : Json();
  }

  // A submission of each provider with a webhook; `then` is what the scenario says of it. Returns
  // the task's id.
  std::string bfl(const std::string& url, const std::string& then = "", const Json& more = {}) {
    Json body = {{"prompt", "a red apple"}, {"webhook_url", url}};
    if (more.is_object()) body.update(more);
    return text(post("/bfl/v1/flux-dev", body, headers("x-key", "me", then)), "id");
  }
  std::string fal(const std::string& url, const std::string& then = "",
                  const Json& body = {{"prompt", "a red apple"}}) {
    return text(post("/queue.fal.run/fal-ai/flux/dev?fal_webhook=" + http::percent_encoded(url),
                     body, headers("authorization", "Key me:secret", then)),
                "request_id");
  }
  std::string wavespeed(const std::string& url, const std::string& then = "") {
    const Json reply =
        post("/wavespeed/api/v3/wavespeed-ai/flux-dev?webhook=" + http::percent_encoded(url),
             {{"prompt", "a red apple"}}, headers("authorization", "Bearer me", then));
    return text(reply.value("data", Json::object()), "id");
  }
  std::string apiframe(const std::string& url, const std::string& then = "",
                       const Json& more = {}) {
    Json body = {{"model", "flux-1.1-pro"}, {"prompt", "a red apple"}, {"webhookUrl", url}};
    if (more.is_object()) body.update(more);
    return text(post("/apiframe/v2/images/generate", body, headers("x-api-key", "me", then)),
                "jobId");
  }

  Json advance(const std::string& by) {
    return post("/_emulator/sandboxes/me/clock", {{"advance", by}});
  }
  Json webhooks() { return get("/_emulator/sandboxes/me/webhooks").value("webhooks", Json()); }
  // The only webhook there is.
  Json webhook() {
    const Json all = webhooks();
    return all.is_array() && all.size() == 1 ? all[0] : Json({{"count", all.size()}});
  }
  std::string inbox() const { return server.base() + "/_emulator/inbox/mine"; }
  Json letters() { return get("/_emulator/inbox/mine").value("requests", Json::array()); }

  TestServer server;

 private:
  static httplib::Headers headers(const char* name, const char* key, const std::string& then) {
    httplib::Headers out{{name, key}};
    if (!then.empty()) out.emplace("x-emulator-then", then);
    return out;
  }
  static Json decoded(const std::string& text) {
    auto json = decode_json(text);
    return json ? *json : Json(text);
  }
  static std::string text(const Json& body, const char* name) {
    return body.is_object() && body.contains(name) && body[name].is_string()
               ? body[name].get<std::string>()
               : "no " + std::string(name) + " in " + compact_json(body);
  }

  httplib::Client client_;
};

// An emulator whose BFL receivers may take 50 ms.
inline ServeConfig impatient(const TextFile& contract) {
  ServeConfig config = TestServer::quiet();
  config.contracts = {contract.path()};
  return config;
}

}  // namespace emulator::test
