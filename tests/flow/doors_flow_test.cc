// What strangers, their bytes and a machine in trouble must not bring about, over real sockets.
#include <doctest.h>
#include <httplib.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "emulator/base/json.h"
#include "tests/flow/process.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"
#include "tests/unit/http/raw_client.h"

namespace emulator::test::TEST_FILE {
namespace {

namespace fs = std::filesystem;

// A poll of a task that is not there.
const std::string kPoll = "get_result?id=00000000-0000-0000-0000-000000000000";
const std::string kInitiate = "/rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3";

// Uploads to fal's storage as its SDK does; the answer to the PUT, and the file's address.
struct Upload {
  httplib::Result put;
  std::string path;
};

Upload uploaded(std::uint16_t port, const std::string& type, const std::string& content) {
  httplib::Client client = patient_client(port);
  const auto begun =
      client.Post(kInitiate, {{"authorization", "Key me:secret"}},
                  Json{{"file_name", "a"}, {"content_type", type}}.dump(), "application/json");
  REQUIRE(begun);
  const Json made = Json::parse(begun->body);
  const auto path_of = [](const Json& url) {
    const std::string text = url.get<std::string>();
    return text.substr(text.find('/', 8));
  };
  return {client.Put(path_of(made["upload_url"]), content, type), path_of(made["file_url"])};
}

bool is_our_fault(const httplib::Result& reply) {
  return reply && reply->status == 500 &&
         reply->get_header_value("x-emulator-error") == "storage" &&
         Json::parse(reply->body)["emulator_error"]["code"] == "storage";
}

// TMPDIR for the length of a test.
class Temporary {
 public:
  explicit Temporary(const std::string& path) {
    if (const char* before = ::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", path.c_str(), 1);
  }
  ~Temporary() {
    if (before_.empty())
      ::unsetenv("TMPDIR");
    else
      ::setenv("TMPDIR", before_.c_str(), 1);
  }

 private:
  std::string before_;
};

// A receiver of webhooks that counts.
class Receiver {
 public:
  Receiver() {
    server_.Post("/admin", [this](const httplib::Request&, httplib::Response&) { ++calls_; });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Receiver() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/admin"; }
  int calls() const { return calls_; }

 private:
  httplib::Server server_;
  std::atomic<int> calls_{0};
  int port_ = 0;
  std::thread thread_;
};

// The only webhook of a task that was submitted with these headers, once everything is due.
Json webhook_of(const TestServer& server, const std::string& key, const std::string& url,
                httplib::Headers headers) {
  httplib::Client client = patient_client(server.port());
  headers.emplace("authorization", "Key " + key + ":secret");
  const auto queued = client.Post(
      "/queue.fal.run/fal-ai/flux/dev?fal_webhook=" + httplib::detail::encode_query_param(url),
      headers, R"({"prompt":"a"})", "application/json");
  REQUIRE(queued);
  REQUIRE(queued->status == 200);
  client.Post("/_emulator/sandboxes/" + key + "/clock", R"({"advance":"1h"})", "application/json");
  const auto told = client.Get("/_emulator/sandboxes/" + key + "/webhooks");
  REQUIRE(told);
  const Json hooks = Json::parse(told->body)["webhooks"];
  REQUIRE(hooks.size() == 1);
  return hooks[0];
}

}  // namespace

TEST_CASE("what a client uploaded is saved or shown as a picture, and runs nowhere") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  for (const char* type : {"text/html", "image/svg+xml", "application/xhtml+xml", "text/xml",
                           "application/pdf", "text/javascript", "x/y", "image/png"}) {
    CAPTURE(type);
    const Upload upload = uploaded(server.port(), type, "<script>1</script>");
    CHECK(upload.put->status == 200);
    for (const char* range : {"", "bytes=0-3"}) {
      httplib::Headers headers;
      if (*range != '\0') headers.emplace("range", range);
      const auto file = client.Get(upload.path, headers);
      REQUIRE(file);
      CHECK(file->get_header_value("content-type") == type);
      CHECK(file->get_header_value("content-security-policy") == "sandbox");
      CHECK(file->get_header_value("x-content-type-options") == "nosniff");
      CHECK(file->has_header("content-disposition") == (std::string(type) != "image/png"));
    }
  }
}

TEST_CASE("what a scenario or a request scripts runs nowhere, whatever headers it sets") {
  TestServer server(TestServer::quiet());
  httplib::Client client = patient_client(server.port());
  const auto scripted = client.Post(
      "/bfl/v1/flux-dev",
      {{"x-key", "me"},
       {"x-emulator-then",
        "reply: {headers: {content-type: text/html, content-security-policy: 'default-src *', "
        "content-disposition: inline}, body: '<script>1</script>'}"}},
      R"({"prompt":"a"})", "application/json");
  REQUIRE(scripted);
  CHECK(scripted->body == "<script>1</script>");
  CHECK(scripted->get_header_value_count("content-security-policy") == 1);
  CHECK(scripted->get_header_value("content-security-policy") == "sandbox");
  CHECK(scripted->get_header_value("content-disposition") == "attachment");
  // A picture with a prompt in it, announced as a page.
  const auto wrong =
      client.Post("/bfl/v1/flux-dev", {{"x-key", "me"}, {"x-emulator-then", "wire: wrong_type"}},
                  R"({"prompt":"<script>1</script>"})", "application/json");
  REQUIRE(wrong);
  CHECK(wrong->get_header_value("content-type") == "text/html; charset=utf-8");
  CHECK(wrong->get_header_value("content-security-policy") == "sandbox");
  // Everything else is the provider's byte for byte.
  const auto plain =
      client.Post("/bfl/v1/flux-dev", {{"x-key", "me"}}, R"({"prompt":"a"})", "application/json");
  REQUIRE(plain);
  CHECK_FALSE(plain->has_header("content-security-policy"));
  CHECK_FALSE(plain->has_header("content-disposition"));
}

TEST_CASE("a name that is nobody's here is not answered in a provider's voice") {
  ServeConfig config = TestServer::quiet();
  config.visitors.allow_hosts = {"*.allowed.example"};
  TestServer server(config);
  const auto status = [&](const std::string& host) {
    RawClient client(server.port());
    const RawReply reply = client.ask("GET /bfl/v1/" + kPoll + " HTTP/1.1\r\n" + host + "\r\n");
    if (reply.status == 421) CHECK(reply.header("x-emulator-error") == "foreign_host");
    return reply.status;
  };
  for (const char* host : {"evil.example", "evil.example:4242", "EVIL.EXAMPLE.", "1.2.3.4.nip.io",
                           "localhost.evil.com", "127.0.0.1@evil.com", "allowed.example"}) {
    CAPTURE(host);
    CHECK(status("host: " + std::string(host) + "\r\n") == 421);
  }
  for (const char* host :
       {"localhost", "127.0.0.1:1", "192.168.7.7", "[::1]:80", "emulator", "bfl.localhost",
        "box.local", "host.docker.internal", "a.test", "x.allowed.example"}) {
    CAPTURE(host);
    CHECK(status("host: " + std::string(host) + "\r\n") == 404);  // BFL's, of a task
  }
  RawClient real(server.port());
  CHECK(real.ask("GET /v1/" + kPoll + " HTTP/1.1\r\nhost: api.bfl.ai\r\n\r\n").status == 404);
  RawClient proxied(server.port());
  const std::string absolute = "GET http://evil.example/bfl/v1/" + kPoll;
  // A whole address is what a proxy is asked for, which says no as a proxy does.
  CHECK(proxied.ask(absolute + " HTTP/1.1\r\nhost: a\r\n\r\n").status == 403);
}

TEST_CASE("a foreign page's webhook goes nowhere private, and its record says why") {
  ServeConfig config = TestServer::quiet();
  config.visitors.allow_origins = {"http://localhost:3000"};
  TestServer server(config);
  const Receiver receiver;
  int key = 0;
  for (const httplib::Headers& headers :
       {httplib::Headers{{"origin", "http://evil.example"}}, httplib::Headers{{"origin", "null"}},
        httplib::Headers{{"origin", "http://localhost:3001"}},
        httplib::Headers{{"sec-fetch-site", "cross-site"}}}) {
    CAPTURE(headers.begin()->second);
    const Json hook = webhook_of(server, "k" + std::to_string(++key), receiver.url(), headers);
    CHECK(hook["state"] == "refused");
    CHECK(hook["reason"].get<std::string>().find("--allow-origin") != std::string::npos);
  }
  CHECK(receiver.calls() == 0);
  for (const httplib::Headers& headers :
       {httplib::Headers{}, httplib::Headers{{"origin", "http://localhost:3000"}},
        httplib::Headers{{"origin", server.base()}}})
    CHECK(webhook_of(server, "k" + std::to_string(++key), receiver.url(), headers)["state"] ==
          "delivered");
  CHECK(receiver.calls() == 3);
}

TEST_CASE("whether it lives is said to everybody, and nothing else") {
  ServeConfig config = TestServer::quiet();
  config.server.host = "0.0.0.0";
  TestServer server(config);
  TestServer local(TestServer::quiet());
  for (const TestServer* at : {&server, &local})
    for (const char* headers : {"host: evil.example\r\n", "host: probe.cluster.example:80\r\n",
                                "host: localhost\r\norigin: http://evil.example\r\n",
                                "host: 10.0.0.7:4242\r\nauthorization: Bearer wrong\r\n"}) {
      CAPTURE(headers);
      RawClient client(at->port());
      const RawReply reply =
          client.ask("GET /_emulator/health HTTP/1.1\r\n" + std::string(headers) + "\r\n");
      CHECK(reply.status == 200);
      CHECK(reply.body == R"({"status":"ok"})");
      CHECK_FALSE(reply.header("access-control-allow-origin"));
      CHECK(
          client.ask("POST /_emulator/health HTTP/1.1\r\n" + std::string(headers) + "\r\n").status >
          400);
      CHECK(client.ask("GET /_emulator/sandboxes HTTP/1.1\r\n" + std::string(headers) + "\r\n")
                .status > 400);
    }
  httplib::Client known = patient_client(local.port());
  CHECK(Json::parse(known.Get("/_emulator/health")->body).contains("version"));
}

TEST_CASE("a disk in trouble is a fault of ours, with a line for whoever runs us") {
  const ScratchFolder folder;
  const Temporary temporary(folder.at("tmp"));
  ServeConfig config = TestServer::quiet();
  config.uploads.memory = 0;
  TestServer server(config);
  httplib::Client client = patient_client(server.port());
  const std::string content(100, 'x');
  CHECK(is_our_fault(uploaded(server.port(), "image/png", content).put));
  CHECK(is_our_fault(uploaded(server.port(), "image/png", content).put));
  CHECK(server.told("cannot make a folder for uploads in " + folder.at("tmp")));
  fs::create_directory(folder.at("tmp"));
  const Upload good = uploaded(server.port(), "image/png", content);
  CHECK(good.put->status == 200);
  CHECK(client.Get(good.path)->body == content);
  fs::remove_all(folder.at("tmp"));
  CHECK(is_our_fault(client.Get(good.path)));
  CHECK(server.told("cannot read the upload " + folder.at("tmp")));
  server.stop();
  const std::string line = "cannot make a folder";
  CHECK(server.err().find(line) == server.err().rfind(line));
}

TEST_CASE("the port file takes the place of a file, and of nothing else") {
  const ScratchFolder folder;
  ServeConfig config = TestServer::quiet();
  REQUIRE(::mkfifo(folder.at("pipe").c_str(), 0600) == 0);
  fs::create_directory(folder.at("folder"));
  fs::create_symlink("nowhere", folder.at("dangling"));
  fs::create_symlink("pipe", folder.at("to-pipe"));
  for (const std::string& path : {folder.at("pipe"), folder.at("folder"), folder.at("dangling"),
                                  folder.at("to-pipe"), std::string("/dev/null")}) {
    CAPTURE(path);
    config.port_file = path;
    CHECK_THROWS_WITH_AS(TestServer{config},
                         doctest::Contains(("cannot write " + path + ": ").c_str()),
                         std::runtime_error);
  }
  CHECK(fs::is_fifo(folder.at("pipe")));
  CHECK(fs::is_character_file("/dev/null"));
  folder.write("old", "a stale port");
  fs::create_symlink("old", folder.at("link"));
  for (const char* name : {"new", "old", "link"}) {
    CAPTURE(name);
    config.port_file = folder.at(name);
    const TestServer server(config);
    CHECK(folder.read(name) == std::to_string(server.port()) + "\n");
  }
  CHECK(fs::is_symlink(folder.at("link")));
}

namespace {

// The binary as a server, with a limit on the size of files where one is given (in blocks).
struct Served {
  Served(const ScratchFolder& folder, const std::string& limit) {
    fs::remove(folder.at("port"));
    const std::string line = (limit.empty() ? "" : "ulimit -f " + limit + "; ") + "TMPDIR='" +
                             folder.path + "' exec '" BINARY "' serve --port 0 --port-file '" +
                             folder.at("port") + "' --max-upload-memory 0 --log off 2>'" +
                             folder.at("err") + "' >/dev/null";
    pid = ::fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
      ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      ::_exit(99);
    }
    REQUIRE(comes_true([&] { return !folder.read("port").empty(); }));
    port = static_cast<std::uint16_t>(std::stoi(folder.read("port")));
  }
  ~Served() { end(SIGTERM); }
  int end(int signal) {
    int status = 0;
    if (pid == 0) return 0;
    ::kill(pid, signal);
    ::waitpid(pid, &status, 0);
    pid = 0;
    return status;
  }
  pid_t pid = 0;
  std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("what a killed emulator left on the disk is gone at the next start") {
  const ScratchFolder folder;
  const std::string shared = folder.at("provider-emulator-" + std::to_string(::geteuid()));
  Served first(folder, "");
  CHECK(uploaded(first.port, "image/png", "x").put->status == 200);
  first.end(SIGKILL);
  CHECK_FALSE(fs::is_empty(shared));
  Served second(folder, "");
  CHECK_FALSE(fs::exists(shared));
  CHECK(uploaded(second.port, "image/png", "x").put->status == 200);
  second.end(SIGTERM);
  CHECK_FALSE(fs::exists(shared));
}

TEST_CASE("a limit on the size of files is an error, not the end") {
  const ScratchFolder folder;
  Served served(folder, "8");
  CHECK(is_our_fault(uploaded(served.port, "image/png", std::string(100'000, 'x')).put));
  CHECK(uploaded(served.port, "image/png", "small").put->status == 200);
  CHECK(folder.read("err").find("File too large") != std::string::npos);
  CHECK(served.end(SIGTERM) == 0);
}

TEST_CASE("certificates that are no file are refused at once") {
  const ScratchFolder folder;
  REQUIRE(::mkfifo(folder.at("pipe").c_str(), 0600) == 0);
  ServeConfig config = TestServer::quiet();
  config.webhook_client.ca_file = folder.at("pipe");
  CHECK_THROWS_WITH_AS(
      TestServer{config},
      ("cannot read " + folder.at("pipe") + ": it is not a file (--webhook-ca)").c_str(),
      std::runtime_error);
}

}  // namespace emulator::test::TEST_FILE
