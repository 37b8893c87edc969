// A server that answers everything with the same 400 bytes, to be measured from outside:
//
//   http_bench [PORT] & wrk -t2 -c64 -d5s http://127.0.0.1:PORT/
//
// At SIGINT it prints how many requests each second of its own processor time was good for: unlike
// requests per second, that does not change with what else the machine does.

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "emulator/http/server.h"

namespace {

using emulator::http::Reply;
using emulator::http::Request;
using emulator::http::Respond;
using emulator::http::Server;

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Reply fixed_reply() {
  static const std::string body =
      R"({"id":"b1f2","status":"Ready","padding":")" + std::string(400 - 44, 'x') + "\"}\n";
  Reply reply;
  reply.headers.add("Content-Type", "application/json");
  reply.body = body;
  return reply;
}

}  // namespace

int main(int argc, char** argv) {
  emulator::http::ServerOptions options;
  options.port = argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : std::uint16_t{0};
  Server::Hooks hooks;
  hooks.handle = [](const std::shared_ptr<const Request>&, const Respond& respond) {
    respond(fixed_reply());
  };
  Server server(options, hooks);
  const auto port = server.listen();
  if (!port) {
    std::fprintf(stderr, "%s\n", port.error().c_str());
    return 2;
  }
  std::printf("listening on %u\n", static_cast<unsigned>(*port));
  std::fflush(stdout);
  server.on_signal([&server](int) { server.stop(); });
  const double before = processor_seconds();
  server.run();
  const double used = processor_seconds() - before;
  const double requests = static_cast<double>(server.figures().requests);
  std::printf("%.0f requests, %.2f s of processor time, %.0f requests a second of it\n", requests,
              used, used > 0 ? requests / used : 0.0);
  return 0;
}
