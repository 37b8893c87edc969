// How long a start, a stop and the idle process cost: start_bench BINARY [RUNS [OPTION...]]
//
// The options are given to `serve`. Prints, over the runs, the median and the largest of:
// milliseconds from exec to the first correct answer (a submission to BFL, over a unix socket),
// resident memory after it, milliseconds from SIGTERM to exit; and the processor time of the whole
// life, which a busy machine changes least.
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

int connected(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path.c_str());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

// True when a submission over the socket is answered 200.
bool answered(int fd) {
  const std::string body = R"({"prompt":"a red apple"})";
  const std::string request =
      "POST /bfl/v1/flux-pro-1.1-ultra HTTP/1.1\r\nhost: localhost\r\nx-key: bench\r\n"
      "content-type: application/json\r\ncontent-length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  if (::write(fd, request.data(), request.size()) < 0) return false;
  char reply[2'048];
  const ssize_t got = ::read(fd, reply, sizeof reply);
  return got > 12 && std::memcmp(reply, "HTTP/1.1 200", 12) == 0;
}

double resident_mib(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmRSS:", 0) == 0) return std::strtod(line.c_str() + 6, nullptr) / 1'024;
  return -1;
}

void print(const char* name, const char* unit, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::printf("%-24s median %7.2f  max %7.2f %s\n", name, values[values.size() / 2], values.back(),
              unit);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: start_bench BINARY [RUNS [OPTION...]]\n");
    return 2;
  }
  const int runs = argc > 2 ? std::atoi(argv[2]) : 20;
  const std::string path = "/tmp/start_bench." + std::to_string(::getpid());
  const std::string binary = argv[1];
  std::vector<std::string> words = {binary, "serve", "--port", "0", "--unix-socket", path};
  for (int i = 3; i < argc; ++i) words.emplace_back(argv[i]);
  std::vector<char*> command;
  for (std::string& word : words) command.push_back(word.data());
  command.push_back(nullptr);
  std::vector<double> start, stop, memory, cpu;
  for (int i = 0; i < runs; ++i) {
    const Clock::time_point begun = Clock::now();
    const pid_t pid = ::fork();
    if (pid == 0) {
      if (std::freopen("/dev/null", "w", stdout) == nullptr) std::_Exit(1);
      if (std::freopen("/dev/null", "w", stderr) == nullptr) std::_Exit(1);
      ::execv(binary.c_str(), command.data());
      std::_Exit(127);
    }
    int fd = -1;
    while ((fd = connected(path)) < 0 && ms_since(begun) < 5'000) ::usleep(100);
    if (fd < 0 || !answered(fd)) {
      std::fprintf(stderr, "no correct answer\n");
      ::kill(pid, SIGKILL);
      return 1;
    }
    start.push_back(ms_since(begun));
    memory.push_back(resident_mib(pid));
    ::close(fd);
    const Clock::time_point asked = Clock::now();
    ::kill(pid, SIGTERM);
    int status = 0;
    rusage used{};
    ::wait4(pid, &status, 0, &used);
    stop.push_back(ms_since(asked));
    cpu.push_back(static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
                  static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      std::fprintf(stderr, "did not exit with 0\n");
      return 1;
    }
  }
  print("start to first answer", "ms", start);
  print("processor time of it all", "ms", cpu);
  print("resident memory", "MiB", memory);
  print("SIGTERM to exit", "ms", stop);
  return 0;
}
