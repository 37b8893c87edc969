// What TLS and tunnels cost: `ninja reach_bench` in a Release build, then run it. Prints a table.
// Everything goes over loopback; the server's own share is the processor time of its thread.

#include <malloc.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace {

using namespace emulator;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point from) {
  return std::chrono::duration<double>(Clock::now() - from).count();
}

// The processor time of the server's loop so far, in seconds.
double loop_seconds(test::Served& served) {
  double out = 0;
  served.on_loop([&out] {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    out = static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
  });
  return out;
}

double resident_kib() {
  std::ifstream pages("/proc/self/statm");
  double whole = 0, resident = 0;
  pages >> whole >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

http::Handler poll_reply() {
  return [](const std::shared_ptr<const http::Request>&, const http::Respond& respond) {
    http::Reply reply = test::text_reply(std::string(220, 'x'));
    reply.headers.add("content-type", "application/json");
    respond(std::move(reply));
  };
}

const std::string kPoll =
    "GET /v1/get_result?id=0f9a2f4e HTTP/1.1\r\nHost: api.bfl.ai\r\nX-Key: me\r\n"
    "Accept: application/json\r\n\r\n";

// Polls a second of the loop's processor time, by clients that keep their connections.
double polls(bool secure) {
  if (secure) setenv("EMULATOR_TEST_TLS", "1", 1);
  test::Served served(poll_reply());
  std::vector<test::RawClient> clients;
  for (int i = 0; i < 16; ++i) clients.emplace_back(served.port());
  for (auto& client : clients) client.ask(kPoll);
  constexpr int kRounds = 4'000;
  const double before = loop_seconds(served);
  for (int i = 0; i < kRounds; ++i) {
    for (auto& client : clients) client.send(kPoll);
    for (auto& client : clients)
      if (client.read_reply().status != 200) std::abort();
  }
  return kRounds * static_cast<double>(clients.size()) / (loop_seconds(served) - before);
}

struct Shaken {
  double a_second = 0;  // handshakes, of the loop's processor time
  double first_ms = 0;  // by the wall, the CA and the certificate made for it
};

// With `again`, every handshake takes up the session of the first.
Shaken handshakes(bool again, int version) {
  test::Served served(poll_reply());
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_max_proto_version(context, version);
  SSL_SESSION* session = nullptr;
  const auto shake = [&](bool keep) {
    test::RawClient client(served.port());
    SSL* const handle = SSL_new(context);
    SSL_set_fd(handle, client.descriptor());
    SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>("api.bfl.ai"));
    if (again && session != nullptr) SSL_set_session(handle, session);
    if (SSL_connect(handle) != 1) std::abort();
    if (keep) {
      SSL_write(handle, kPoll.data(), static_cast<int>(kPoll.size()));
      char room[2048];
      SSL_read(handle, room, sizeof room);
      session = SSL_get1_session(handle);
    }
    const bool resumed = SSL_session_reused(handle) == 1;
    SSL_free(handle);
    return resumed;
  };
  Shaken out;
  const auto from = Clock::now();
  shake(true);
  out.first_ms = seconds_since(from) * 1e3;
  constexpr int kShakes = 2'000;
  const double before = loop_seconds(served);
  for (int i = 0; i < kShakes; ++i)
    if (shake(false) != again) std::abort();
  out.a_second = kShakes / (loop_seconds(served) - before);
  SSL_SESSION_free(session);
  SSL_CTX_free(context);
  return out;
}

// KiB of memory an idle connection takes, the clients being in another process.
double idle_kib(bool secure) {
  constexpr int kIdle = 1'000;
  int told[2], done[2];
  if (pipe(told) != 0 || pipe(done) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    if (secure) setenv("EMULATOR_TEST_TLS", "1", 1);
    std::uint16_t port = 0;
    if (read(told[0], &port, sizeof port) != sizeof port) _exit(1);
    std::vector<test::RawClient> clients;
    for (int i = 0; i < kIdle; ++i) {
      clients.emplace_back(port);
      clients.back().ask(kPoll);
    }
    char over = 0;
    if (write(done[1], "x", 1) != 1 || read(told[0], &over, 1) != 1) _exit(1);
    _exit(0);
  }
  double out = 0;
  {
    test::Served served(poll_reply());
    malloc_trim(0);
    const double before = resident_kib();
    const std::uint16_t port = served.port();
    char over = 0;
    if (write(told[1], &port, sizeof port) != sizeof port || read(done[0], &over, 1) != 1)
      std::abort();
    served.on_loop([] { malloc_trim(0); });
    out = (resident_kib() - before) / kIdle;
    if (write(told[1], "x", 1) != 1) std::abort();
    waitpid(child, nullptr, 0);
  }
  return out;
}

// MB a second through a tunnel that is passed on, both ends on this machine as well.
double tunnel_rate() {
  const std::string large(64u << 20, 'x');
  test::Served far([&large](const std::shared_ptr<const http::Request>&,
                            const http::Respond& respond) { respond(test::text_reply(large)); });
  http::Server::Hooks hooks = test::Served::hooks(poll_reply());
  hooks.proxy = [&far](const http::Request&) {
    http::ProxyRoute route;
    route.kind = http::ProxyRoute::Kind::kJoin;
    route.host = "127.0.0.1";
    route.port = far.port();
    return route;
  };
  test::Served served(std::move(hooks));
  test::RawClient client(served.port());
  client.send("CONNECT far:1 HTTP/1.1\r\nHost: far:1\r\n\r\n");
  if (client.read_reply(true).status != 200) std::abort();
  std::vector<char> room(1u << 20);
  const auto from = Clock::now();
  double bytes = 0;
  for (int i = 0; i < 16; ++i) {
    client.send(kPoll);
    for (std::size_t left = large.size(); left > 0;) {
      const ssize_t got = recv(client.descriptor(), room.data(), room.size(), 0);
      if (got <= 0) std::abort();
      bytes += static_cast<double>(got);
      left -= std::min(left, static_cast<std::size_t>(got));
    }
  }
  return bytes / 1e6 / seconds_since(from);
}

}  // namespace

int main() {
  const double plain_idle = idle_kib(false), secure_idle = idle_kib(true);
  std::printf("idle connection: plain %.1f KiB, TLS %.1f KiB\n", plain_idle, secure_idle);
  std::printf("tunnel passed on: %.0f MB/s\n", tunnel_rate());
  const double plain = polls(false);
  for (const auto& [name, version] : {std::pair("1.2", TLS1_2_VERSION), {"1.3", TLS1_3_VERSION}}) {
    const Shaken full = handshakes(false, version), again = handshakes(true, version);
    std::printf(
        "TLS %s handshakes a second of processor: %.0f, taken up again %.0f; first %.1f ms\n", name,
        full.a_second, again.a_second, full.first_ms);
  }
  const double secure = polls(true);
  std::printf("polls a second of processor: plain %.0f, TLS %.0f (%.2f x)\n", plain, secure,
              secure / plain);
  return 0;
}
