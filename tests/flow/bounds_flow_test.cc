// What clients that do not play along can make the emulator hold, over real sockets.
#include <doctest.h>
#include <fcntl.h>
#include <httplib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "emulator/base/json_text.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"
#include "tests/unit/http/raw_client.h"

namespace emulator::test::TEST_FILE {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMiB = 1u << 20;

// Waits for what another thread or process brings about.
bool in_time(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

// The emulator itself, whose stderr goes into a pipe.
class Process {
 public:
  explicit Process(std::vector<std::string> flags) {
    std::array<int, 2> out{}, err{};
    REQUIRE(::pipe2(out.data(), O_CLOEXEC) == 0);
    REQUIRE(::pipe2(err.data(), O_CLOEXEC) == 0);
    flags.insert(flags.begin(), {BINARY, "serve", "--port", "0"});
    std::vector<char*> arguments;
    for (std::string& flag : flags) arguments.push_back(flag.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(out[1], 1);
      ::dup2(err[1], 2);
      ::execv(BINARY, arguments.data());
      ::_exit(127);
    }
    ::close(out[1]);
    ::close(err[1]);
    err_ = err[0];
    std::string line;
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) line += c;
    ::close(out[0]);
    port_ = static_cast<std::uint16_t>(std::stoi("0" + line.substr(line.rfind(':') + 1)));
  }
  ~Process() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    ::close(err_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  std::uint16_t port() const { return port_; }
  void terminate() const { ::kill(pid_, SIGTERM); }
  // The exit code; nullopt when it does not end in time.
  std::optional<int> ended() {
    int status = 0;
    if (!in_time([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; })) return std::nullopt;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  // All that is in the pipe until its other end is closed.
  std::string log() const {
    std::string out;
    std::array<char, 65'536> room{};
    for (ssize_t got = 0; (got = ::read(err_, room.data(), room.size())) > 0;)
      out.append(room.data(), static_cast<std::size_t>(got));
    return out;
  }

 private:
  pid_t pid_ = 0;
  int err_ = -1;
  std::uint16_t port_ = 0;
};

// A sample of the metrics.
double metric(const TestServer& server, const std::string& name) {
  httplib::Client client = patient_client(server.port());
  const auto reply = client.Get("/_emulator/metrics");
  REQUIRE(reply);
  const auto at = reply->body.find("\n" + name + " ");
  REQUIRE(at != std::string::npos);
  return std::stod(reply->body.substr(at + name.size() + 2));
}

double held(const TestServer& server, const std::string& what) {
  return metric(server, "emulator_memory_bytes{what=\"" + what + "\"}");
}

std::string head(const std::string& path, std::size_t length, const std::string& more = "") {
  return "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\ncontent-type: application/json\r\n" +
         more + "content-length: " + std::to_string(length) + "\r\n\r\n";
}

ServeConfig small(std::uint64_t memory) {
  ServeConfig config = TestServer::quiet();
  config.max_memory = memory;
  return config;
}

}  // namespace

TEST_CASE("a log that nobody reads stops neither answers nor the end") {
  Process emulator({"--log", "json"});
  httplib::Client client = patient_client(emulator.port());
  const std::string path = "/bfl/v1/get_result?id=" + std::string(1'000, 'x');
  for (int i = 0; i < 2'000; ++i) REQUIRE(client.Get(path));
  const auto metrics = client.Get("/_emulator/metrics");
  REQUIRE(metrics);
  CHECK(metrics->body.find("\nemulator_log_lines_dropped_total 0\n") == std::string::npos);
  emulator.terminate();
  CHECK(emulator.ended() == 0);
  // Whole lines, as far as there was room for them.
  const std::string log = emulator.log();
  CHECK(log.size() > 4'096);
  CHECK(log.find("\"request\":1,") != std::string::npos);
}

TEST_CASE("a log that is read late says how much of it was dropped") {
  Process emulator({"--log", "json"});
  httplib::Client client = patient_client(emulator.port());
  const std::string path = "/bfl/v1/get_result?id=" + std::string(1'000, 'x');
  for (int i = 0; i < 2'000; ++i) REQUIRE(client.Get(path));
  std::string log;
  std::thread reader([&] { log = emulator.log(); });
  REQUIRE(in_time([&] {
    const auto metrics = client.Get("/_emulator/metrics");
    return metrics && metrics->body.find("lines_dropped_total 0\n") == std::string::npos;
  }));
  emulator.terminate();
  CHECK(emulator.ended() == 0);
  reader.join();
  CHECK(log.find(" lines of this log were dropped: nobody read it") != std::string::npos);
}

TEST_CASE("what a request has in it cannot change the terminal its log goes to") {
  ServeConfig config = TestServer::quiet();
  config.log = "human";
  TestServer server(config);
  RawClient client(server.port());
  CHECK(client
            .ask("GET /bfl/v1/get_result?id=a\xc2\x9b"
                 "31m\xe2\x80\xaegpj HTTP/1.1\r\nHost: "
                 "127.0.0.1\r\n\r\n")
            .complete);
  server.stop();
  CHECK(server.err().find("?id=a\\u009b31m\\u202egpj ") != std::string::npos);
}

TEST_CASE("a port file of an earlier run is gone before the start succeeds or fails") {
  char name[] = "/tmp/emulator-port.XXXXXX";
  REQUIRE(::mkdtemp(name) != nullptr);
  const std::string file = std::string(name) + "/port";
  std::ofstream(file) << "4242\n";
  ServeConfig config = TestServer::quiet();
  config.port_file = file;
  config.scenario = "no-such-scenario";
  SystemWallClock wall;
  const auto nobody = [](const std::string&) {};
  CHECK_FALSE(App::make(config, {&wall, nobody, nobody, 7, "token", nullptr}));
  CHECK_FALSE(std::filesystem::exists(file));
  std::filesystem::remove_all(name);
}

TEST_CASE("a verification whose caller has left gives its place to others") {
  ServeConfig config = TestServer::quiet();
  config.control.waits = 2;
  TestServer server(config);
  const std::string body = R"({"when":{"on":"submit"},"times":1,"within":"1h"})";
  const std::string request = head("/_emulator/sandboxes/me/verify", body.size()) + body;
  {
    RawClient one(server.port()), other(server.port());
    one.send(request);
    other.send(request);
    REQUIRE(in_time([&] { return metric(server, "emulator_verify_waits") == 2; }));
    RawClient third(server.port());
    CHECK(third.ask(request).status == 429);
  }
  CHECK(in_time([&] { return metric(server, "emulator_verify_waits") == 0; }));
  RawClient again(server.port());
  again.send(request);
  CHECK(in_time([&] { return metric(server, "emulator_verify_waits") == 1; }));
}

TEST_CASE("readers of events that come and go leave nothing on the agenda") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const httplib::Headers key{{"x-key", "me"}};
  for (int i = 0; i < 10; ++i)
    REQUIRE(client.Post("/bfl/v1/flux-dev", key, R"({"prompt":"a"})", "application/json"));
  const double before = metric(server, "emulator_agenda_items");
  for (int i = 0; i < 5; ++i) {
    RawClient reader(server.port());
    reader.send("GET /_emulator/sandboxes/me/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    REQUIRE(in_time([&] { return metric(server, "emulator_agenda_items") == before + 10; }));
    reader.close();
    REQUIRE(in_time([&] { return metric(server, "emulator_agenda_items") == before; }));
  }
}

TEST_CASE("long keys are not kept whole") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  for (int i = 0; i < 50; ++i) {
    const std::string key = std::string(50'000, 'k') + std::to_string(i);
    REQUIRE(client.Get("/bfl/v1/get_result?id=1", httplib::Headers{{"x-key", key}}));
  }
  CHECK(held(server, "names") < 10'000);
}

TEST_CASE("bodies that never end are refused at the bound, in the provider's words") {
  TestServer server(small(66 * kMiB));
  std::vector<RawClient> clients;
  const std::string most(30 * kMiB, 'x');
  for (int i = 0; i < 2; ++i) {
    clients.emplace_back(server.port());
    clients.back().send(head("/bfl/v1/flux-dev", most.size() + 1) + most);
  }
  // Buffers grow by doubling, and are counted as large as they are.
  REQUIRE(in_time([&] { return held(server, "requests") >= 60.0 * kMiB; }));
  struct Row {
    std::string path, word;
  };
  const Row rows[] = {
      {"/bfl/v1/flux-dev", R"({"detail":"Service Unavailable"})"},
      {"/wavespeed/api/v3/wavespeed-ai/flux-dev",
       R"({"code":503,"message":"Service unavailable"})"},
      {"/apiframe/v2/images/generate", R"({"error":"Queue is temporarily unavailable"})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    RawClient third(server.port());
    third.send(head(row.path, most.size()));
    const RawReply reply = third.read_reply();
    CHECK(reply.status == 503);
    CHECK(reply.body == row.word);
    CHECK(reply.header("x-emulator-busy"));
    CHECK_FALSE(reply.header("x-emulator-error"));
  }
  // What is announced is not reserved, what comes is counted: the third that grows is refused.
  RawClient growing(server.port());
  growing.send(
      "POST /bfl/v1/flux-dev HTTP/1.1\r\nHost: 127.0.0.1\r\ntransfer-encoding: "
      "chunked\r\n\r\n");
  const std::string piece(kMiB, 'y');
  for (int i = 0; i < 10; ++i)
    if (!growing.send("100000\r\n" + piece + "\r\n")) break;
  CHECK(growing.read_reply().status == 503);
  CHECK(metric(server, "emulator_memory_refusals_total") >= 4);
  CHECK(server.told("--max-memory 66 MiB reached (requests 6"));
  // Let in again as soon as there is room; small requests were let in all the time.
  clients.clear();
  REQUIRE(in_time([&] { return held(server, "requests") < 1.0 * kMiB; }));
  RawClient after(server.port());
  const std::string body = R"({"prompt":"a"})";
  CHECK(after.ask(head("/bfl/v1/flux-dev", body.size(), "x-key: me\r\n") + body).status == 200);
}

TEST_CASE("tasks, prompts and journals stay below the bound, the latest kept") {
  TestServer server(small(32 * kMiB));
  httplib::Client client = patient_client(server.port());
  std::string last;
  for (int i = 0; i < 200; ++i) {
    const httplib::Headers key{{"x-key", "me" + std::to_string(i % 7)}};
    const std::string body = R"({"prompt":")" + std::string(kMiB / 2, 'a') + "\"}";
    const auto reply = client.Post("/bfl/v1/flux-dev", key, body, "application/json");
    REQUIRE(reply);
    REQUIRE(reply->status == 200);
    last = (*decode_json(reply->body))["id"].get<std::string>();
    if (i % 20 == 0) {
      double sum = 0;
      for (std::size_t what = 0; what < kHelds; ++what)
        sum += held(server, std::string(to_string(static_cast<Held>(what))));
      CHECK(sum <= 33.0 * kMiB);
    }
  }
  const auto reply = client.Get("/bfl/v1/get_result?id=" + last);
  REQUIRE(reply);
  CHECK(reply->body.find("Task not found") == std::string::npos);
  CHECK(metric(server, "emulator_memory_let_go_bytes_total{what=\"tasks\"}") > 50.0 * kMiB);
  CHECK(metric(server, "emulator_memory_refusals_total") == 0);
  // The control API is there to look and to let go.
  for (int i = 0; i < 7; ++i)
    CHECK(client.Delete("/_emulator/sandboxes/me" + std::to_string(i))->status < 300);
  CHECK(held(server, "tasks") == 0);
  CHECK(held(server, "journals") == 0);
}

TEST_CASE("what a client of a WebSocket has sent goes with it") {
  TestServer server(TestServer::quiet());
  const std::string mask(4, '\0');
  const auto frame = [&](const std::string& data) {
    std::string out = "\x82\xff";
    for (int shift = 56; shift >= 0; shift -= 8)
      out += static_cast<char>(static_cast<std::uint64_t>(data.size()) >> shift);
    return out + mask + data;
  };
  // {"prompt": a binary of 4 MiB}
  std::string message =
      "\x82\xa6prompt\xa5"
      "apple\xa4mask\xc6";
  const std::string bytes(4 * kMiB, 'x');
  for (int shift = 24; shift >= 0; shift -= 8)
    message += static_cast<char>(static_cast<std::uint64_t>(bytes.size()) >> shift);
  message += bytes;
  {
    RawClient client(server.port());
    client.send(
        "GET /fal.run/fal-ai/flux/schnell/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Authorization: Key me:secret\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    REQUIRE(client.read_reply().status == 101);
    // The clock stands still, so that the task of the first is not over before the others come.
    for (int i = 0; i < 5; ++i) REQUIRE(client.send(frame(message)));
    REQUIRE(in_time([&] { return held(server, "websockets") > 15.0 * kMiB; }));
  }
  CHECK(in_time(
      [&] { return held(server, "websockets") == 0 && held(server, "requests") < 1.0 * kMiB; }));
}

TEST_CASE("messages of WebSockets are bounded as well") {
  TestServer server(small(32 * kMiB));
  RawClient client(server.port());
  client.send(
      "GET /fal.run/fal-ai/flux/schnell/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\n"
      "Authorization: Key me:secret\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  REQUIRE(client.read_reply().status == 101);
  std::string frame = "\x82\xff";
  for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>((100 * kMiB) >> shift);
  frame += std::string(4, '\0');
  client.send(frame);
  const std::string piece(kMiB, 'x');
  bool open = true;
  for (int i = 0; i < 100 && open; ++i) open = client.send(piece);
  // A close frame with 1013, "try again later".
  const std::string closing = client.read_bytes(4);
  CHECK(closing.substr(0, 1) == "\x88");
  CHECK(closing.substr(2, 2) == "\x03\xf5");
}

}  // namespace emulator::test::TEST_FILE
