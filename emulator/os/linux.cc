// Linux, with glibc or another C library.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef __NR_openat2
#include <linux/openat2.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "emulator/os/os.h"

namespace emulator::os {
namespace {

timespec parts_of(std::chrono::nanoseconds time) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {static_cast<time_t>(whole.count()), static_cast<long>((time - whole).count())};
}

}  // namespace

int pipe(int (&ends)[2], Waiting waiting) {
  return ::pipe2(ends, O_CLOEXEC | (waiting == Waiting::kDoesNot ? O_NONBLOCK : 0));
}

int stream_pair(int (&ends)[2]) {
  return ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends);
}

int accept(int listening, sockaddr* peer, socklen_t* size) {
  return ::accept4(listening, peer, size, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

ssize_t send_now(int socket, const void* bytes, std::size_t size) {
  return ::send(socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool peer_has_left(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_state == TCP_CLOSE_WAIT || info.tcpi_state == TCP_CLOSE;
}

void watch_peer(int socket) {
  const auto set = [socket](int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 2);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 5'000);
}

int open_again(int descriptor) {
  const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
  return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

rlim_t most_descriptors() { return RLIM_INFINITY; }

int folder_flags() { return O_PATH | O_DIRECTORY | O_CLOEXEC; }

int open_beneath(int folder, const std::string& path, int flags) {
#ifdef __NR_openat2
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  // It gives up with EAGAIN when something was renamed meanwhile.
  for (int attempt = 0; attempt < 8; ++attempt) {
    const long fd = ::syscall(__NR_openat2, folder, path.c_str(), &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) return static_cast<int>(fd);
  }
  return -1;
#else
  static_cast<void>(folder);
  static_cast<void>(path);
  static_cast<void>(flags);
  errno = ENOSYS;
  return -1;
#endif
}

FileTimes times_of(const struct stat& about) { return {about.st_mtim, about.st_ctim}; }

// One descriptor is both: a counter, which whoever took it closes.
Bell::Bell() : ears_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (ears_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Bell::~Bell() = default;

// The counter cannot overflow: that would take 2^64 rings that nobody has heard.
void Bell::ring() { static_cast<void>(::eventfd_write(ears_, 1)); }

std::chrono::nanoseconds coarse_time() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// The slice: Linux 6.12 and later; earlier ones pass over it. SCHED_BATCH: otherwise a thread that
// is woken takes the processor from one that has had more than its share.
void step_back(int niceness, std::chrono::nanoseconds slice) {
  ::setpriority(PRIO_PROCESS, 0, niceness);  // of the calling thread alone
  // The kernel's `struct sched_attr`, whose header cannot be had beside the C library's.
  struct {
    std::uint32_t size = 48;
    std::uint32_t policy = SCHED_BATCH;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
  } attributes;
  static_assert(sizeof attributes == 48);
  attributes.nice = niceness;
  attributes.runtime = static_cast<std::uint64_t>(slice.count());
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

double resident_bytes() {
  std::ifstream pages("/proc/self/statm");
  double whole = 0, resident = 0;
  if (!(pages >> whole >> resident)) return 0;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

void give_memory_back() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

void prefer_large_pages(void* memory, std::size_t bytes) {
  ::madvise(memory, bytes, MADV_HUGEPAGE);
}

char** environment() { return environ; }

std::string own_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "" : path.string();
}

int process_handle(long process) {
#ifdef SYS_pidfd_open
  return static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(process), 0u));
#else
  static_cast<void>(process);
  errno = ENOSYS;
  return -1;
#endif
}

std::vector<pid_t> live_children() {
  std::vector<pid_t> out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename().string();
    if (name.empty() || name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string line;
    std::getline(file, line);
    // "12 (name) S 34 ...": the name may hold anything, so read from the last bracket.
    const auto close = line.rfind(')');
    if (close == std::string::npos || line.size() < close + 5 || line[close + 2] == 'Z') continue;
    if (std::atoi(line.c_str() + close + 4) == ::getpid()) out.push_back(std::atoi(name.c_str()));
  }
  return out;
}

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

bool end_with_parent(int signal, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, signal);
  return ::getppid() == parent;
}

void execute(char* const* words, char* const* environment) {
  ::execvpe(words[0], words, environment);
}

HeldSignals::HeldSignals(std::initializer_list<int> signals) {
  sigemptyset(&held_);
  for (const int signal : signals) sigaddset(&held_, signal);
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
  const timespec none{};
  while (sigtimedwait(&held_, nullptr, &none) > 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

HeldSignals::Taken HeldSignals::next(std::optional<std::chrono::nanoseconds> most) {
  siginfo_t about{};
  int signal = 0;
  if (most) {
    const timespec rest = parts_of(std::max(*most, std::chrono::nanoseconds::zero()));
    signal = sigtimedwait(&held_, &about, &rest);
  } else {
    signal = sigwaitinfo(&held_, &about);
  }
  if (signal <= 0) return {};
  return {signal, about.si_code <= 0};
}

}  // namespace emulator::os
