#pragma once

#include <doctest.h>
#include <httplib.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "emulator/base/json.h"
#include "emulator/base/json_text.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

#ifdef STATE_IN_REDIS
#include "tests/state/redis_server.h"
#endif

namespace emulator::test {

// Emulators one after the other, on one file of state, or on one Redis.
class Lasting {
 public:
  explicit Lasting(ServeConfig config = TestServer::quiet()) : config_(std::move(config)) {
    char name[] = "/tmp/emulator-lasting.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder_ = name;
#ifdef STATE_IN_REDIS
    config_.state = redis_.url();
#else
    config_.state = folder_ + "/state";
#endif
    // A machine that is busy with other tests is no store that is away.
    config_.state_limits.patience = std::chrono::minutes(1);
    start();
  }
  ~Lasting() {
    server.reset();
    std::filesystem::remove_all(folder_);
  }
  Lasting(const Lasting&) = delete;
  Lasting& operator=(const Lasting&) = delete;

  void restart() {
    client_.reset();
    server.reset();
    start();
  }

  httplib::Result get(const std::string& path, const httplib::Headers& headers = {}) {
    return client_->Get(path, headers);
  }
  Json json(const std::string& path, const httplib::Headers& headers = {}) {
    const auto reply = get(path, headers);
    REQUIRE(reply);
    return decoded(reply->body);
  }
  Json post(const std::string& path, const Json& body, const httplib::Headers& headers = {},
            int status = 200) {
    const auto reply = client_->Post(path, headers, compact_json(body), "application/json");
    REQUIRE(reply);
    CAPTURE(reply->body);
    CHECK(reply->status == status);
    return decoded(reply->body);
  }
  httplib::Client& client() { return *client_; }

  // Of a sandbox.
  Json clock(const std::string& box) { return json("/_emulator/sandboxes/" + box + "/clock"); }
  Json advance(const std::string& box, const std::string& by) {
    return post("/_emulator/sandboxes/" + box + "/clock", {{"advance", by}});
  }

  static Json decoded(const std::string& text) {
    auto value = decode_json(text);
    REQUIRE(value);
    return std::move(*value);
  }
  // The path of an absolute address.
  static std::string path_of(const std::string& url) {
    return url.substr(url.find('/', url.find("://") + 3));
  }

#ifdef STATE_IN_REDIS
  RedisServer& redis() { return redis_; }

 private:
  RedisServer redis_;  // outlives the emulators

 public:
#endif
  const std::string& folder() const { return folder_; }
  ServeConfig& config() { return config_; }
  std::unique_ptr<TestServer> server;

 private:
  void start() {
    server = std::make_unique<TestServer>(config_);
    client_ = std::make_unique<httplib::Client>(patient_client(server->port()));
    client_->set_keep_alive(true);
  }

  ServeConfig config_;
  std::string folder_;
  std::unique_ptr<httplib::Client> client_;
};

}  // namespace emulator::test
