#include "tests/support/test_server.h"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace emulator::test {

ServeConfig TestServer::quiet() {
  ServeConfig config;
  config.server.port = 0;
  config.clock = *clock_start("manual");
  config.seed = 1;
  config.log = "off";
  config.reach.ca_in_memory = true;
  return config;
}

TestServer::TestServer(ServeConfig config) {
  auto app =
      App::make(std::move(config), {&wall_, [this](const std::string& text) { out_ += text; },
                                    [this](const std::string& text) {
                                      const std::lock_guard<std::mutex> lock(err_mutex_);
                                      err_ += text;
                                    },
                                    7, "drawn-token"});
  if (!app) throw std::runtime_error(app.error());
  app_ = std::move(*app);
  const auto port = app_->start();
  if (!port) throw std::runtime_error(port.error());
  port_ = *port;
  thread_ = std::thread([this] { code_ = app_->run(); });
}

std::vector<std::uint16_t> TestServer::ports() const { return app_->ports(); }

std::vector<std::string> TestServer::real_hosts() const { return app_->real_hosts(); }

bool TestServer::told(const std::string& text) const {
  const std::lock_guard<std::mutex> lock(err_mutex_);
  return err_.find(text) != std::string::npos;
}

int TestServer::stop() {
  if (thread_.joinable()) {
    app_->stop();
    thread_.join();
    const auto longest = app_->turns().longest_processor;
    if (longest >= kLongestTurn) {
      std::fprintf(stderr, "a turn of the loop used %lld ms of processor time\n",
                   static_cast<long long>(longest / std::chrono::milliseconds(1)));
      std::abort();
    }
  }
  return code_;
}

TestServer::~TestServer() { stop(); }

}  // namespace emulator::test
