#include "emulator/http/listen.h"

#include <doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace emulator::http {
namespace {

using test::echo_path;
using test::get;
using test::RawClient;
using test::Served;

// A folder that goes with its scope.
struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "emulator-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

bool is_socket(const std::string& path) {
  return std::filesystem::is_socket(std::filesystem::symlink_status(path));
}

// What a process that died leaves behind: a socket file nobody listens at.
void leave_stale_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int made = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(made, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  ::close(made);
  REQUIRE(is_socket(path));
}

std::string listen_failure(ServerOptions options) {
  Server server(std::move(options), Served::hooks(echo_path()));
  const auto port = server.listen();
  return port ? std::string() : port.error();
}

TEST_CASE("a port in use is said in one line, with what to do") {
  Served served(echo_path());
  ServerOptions options;
  options.port = served.port();
  CHECK(listen_failure(options) ==
        "port " + std::to_string(served.port()) +
            " on 127.0.0.1 is already in use: stop the other program or choose another with "
            "--port");
}

TEST_CASE("a host that cannot be listened on is said in one line, with what to do") {
  ServerOptions options;
  options.port = 0;
  options.host = "no.such.host";
  CHECK(listen_failure(options) ==
        "\"no.such.host\" is no address to listen on: give an IP address or localhost with "
        "--host");
  options.host = "203.0.113.7";  // of a range that no machine has (RFC 5737)
  CHECK(listen_failure(options) ==
        "203.0.113.7 is not an address of this machine: choose another with --host");
}

TEST_CASE("a port is free again at once") {
  std::uint16_t port = 0;
  {
    Served served(echo_path());
    port = served.port();
    RawClient client(port);
    CHECK(client.ask("GET /a HTTP/1.0\r\n\r\n").complete);
  }
  ServerOptions options;
  options.port = port;
  CHECK(listen_failure(options).empty());
}

TEST_CASE("localhost is both loopback addresses, on one port") {
  Served::Options options;
  options.host = "localhost";
  Served served(echo_path(), options);
  RawClient v4(served.port());
  CHECK(v4.ask(get("/4")).body == "/4");
  RawClient v6(served.port(), "::1");
  if (v6.connected()) CHECK(v6.ask(get("/6")).body == "/6");
}

TEST_CASE("an IPv6 address may stand in brackets") {
  for (const char* host : {"::1", "[::1]"}) {
    Served::Options options;
    options.host = host;
    Served served([](const std::shared_ptr<const Request>& request,
                     const Respond& respond) { respond(test::text_reply(request->peer)); },
                  options);
    if (served.port() == 0) continue;  // a machine without IPv6
    RawClient client(served.port(), "::1");
    CHECK(client.ask(get("/")).body.rfind("[::1]:", 0) == 0);
  }
}

TEST_CASE("a Unix socket is served beside TCP and removed at the end") {
  const Folder folder;
  Served::Options options;
  options.unix_socket = folder.path / "socket";
  {
    Served served(
        [](const std::shared_ptr<const Request>& request, const Respond& respond) {
          respond(test::text_reply(request->peer + request->path));
        },
        options);
    RawClient local = RawClient::unix_socket(options.unix_socket);
    CHECK(local.ask(get("/local")).body == "unix/local");
    RawClient tcp(served.port());
    CHECK(tcp.ask(get("/")).complete);
    CHECK(is_socket(options.unix_socket));
  }
  CHECK_FALSE(std::filesystem::exists(options.unix_socket));
}

TEST_CASE("a dead process's socket is replaced; a live one and other files are not") {
  const Folder folder;
  const std::string path = folder.path / "socket";
  Served::Options options;
  options.unix_socket = path;
  options.port = 0;
  leave_stale_socket(path);
  {
    Served served(echo_path(), options);
    RawClient client = RawClient::unix_socket(path);
    CHECK(client.ask(get("/")).complete);
    CHECK(listen_failure(options) ==
          path +
              " is already in use: stop the other program or choose another with "
              "--unix-socket");
    CHECK(is_socket(path));
  }
  std::ofstream(path) << "precious";
  CHECK(listen_failure(options) ==
        path + " exists and is no socket: choose another path with --unix-socket");
  CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("a socket path that cannot be is said in one line") {
  ServerOptions options;
  options.port = 0;
  options.unix_socket = "/" + std::string(200, 'x');
  CHECK(listen_failure(options).find("is too long for a socket (107 bytes at most)") !=
        std::string::npos);
  options.unix_socket = "/no/such/folder/socket";
  CHECK(listen_failure(options) ==
        "cannot listen on /no/such/folder/socket: No such file or directory; choose another "
        "path with --unix-socket");
}

}  // namespace
}  // namespace emulator::http
