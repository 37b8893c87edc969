// macOS 11 and later. What its kernel cannot do, each function says.
#include <fcntl.h>
#include <mach-o/dyld.h>
#include <mach/mach.h>
#include <malloc/malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread/qos.h>
#include <sys/event.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "emulator/os/os.h"

extern "C" char*** _NSGetEnviron(void);  // crt_externs.h

namespace emulator::os {
namespace {

// A look at what the kernel does not tell of by itself is taken that often.
constexpr std::chrono::nanoseconds kLook = std::chrono::milliseconds(100);
// The state of a connection whose other end has said its last, and of one that is over
// (netinet/tcp_fsm.h, which is the kernel's).
constexpr int kTcpClosed = 0;
constexpr int kTcpCloseWait = 5;

bool set_modes(int descriptor, Waiting waiting) {
  if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0) return false;
  return waiting == Waiting::kBlocks || ::fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0;
}

// Between the call that makes a descriptor and the one that has it closed on exec, another thread
// may fork: there is no call that does both. Programs are executed by threads that are alone.
int with_modes(int (&ends)[2], Waiting waiting) {
  if (set_modes(ends[0], waiting) && set_modes(ends[1], waiting)) return 0;
  const int error = errno;
  ::close(ends[0]);
  ::close(ends[1]);
  errno = error;
  return -1;
}

// There is no flag of a single call for it.
void raise_no_sigpipe(int socket) {
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
}

timespec parts_of(std::chrono::nanoseconds time) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
  return {static_cast<time_t>(whole.count()), static_cast<long>((time - whole).count())};
}

// Whether what the terminal sends goes to our process group.
bool in_foreground() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) return false;
  const bool out = ::tcgetpgrp(terminal) == ::getpgrp();
  ::close(terminal);
  return out;
}

}  // namespace

int pipe(int (&ends)[2], Waiting waiting) {
  return ::pipe(ends) != 0 ? -1 : with_modes(ends, waiting);
}

int stream_pair(int (&ends)[2]) {
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return -1;
  raise_no_sigpipe(ends[0]);
  raise_no_sigpipe(ends[1]);
  return with_modes(ends, Waiting::kDoesNot);
}

int accept(int listening, sockaddr* peer, socklen_t* size) {
  const int taken = ::accept(listening, peer, size);
  if (taken < 0) return -1;
  set_modes(taken, Waiting::kDoesNot);
  raise_no_sigpipe(taken);
  return taken;
}

ssize_t send_now(int socket, const void* bytes, std::size_t size) {
  raise_no_sigpipe(socket);
  return ::send(socket, bytes, size, MSG_DONTWAIT);
}

bool peer_has_left(int socket) {
  tcp_connection_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_CONNECTION_INFO, &info, &size) != 0) return false;
  return info.tcpi_state == kTcpCloseWait || info.tcpi_state == kTcpClosed;
}

void watch_peer(int socket) {
  const auto set = [socket](int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPALIVE, 2);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_RXT_CONNDROPTIME, 5);
}

// A terminal has a name by which it can be opened anew. A pipe has none: /dev/fd gives another
// descriptor of the same opening, for which blocking is set in common.
int open_again(int descriptor) {
  std::array<char, PATH_MAX> name{};
  if (::ttyname_r(descriptor, name.data(), name.size()) != 0) return -1;
  return ::open(name.data(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

// More than the kernel gives to any process is an error, though the hard limit is usually infinite.
rlim_t most_descriptors() {
  int most = 0;
  std::size_t size = sizeof most;
  if (::sysctlbyname("kern.maxfilesperproc", &most, &size, nullptr, 0) != 0 || most <= 0)
    return OPEN_MAX;
  return static_cast<rlim_t>(most);
}

// Unlike Linux's O_PATH this needs the right to list the folder.
int folder_flags() { return O_RDONLY | O_DIRECTORY | O_CLOEXEC; }

// No call of macOS 11 does it (O_RESOLVE_BENEATH is much younger): no link is followed then.
int open_beneath(int, const std::string&, int) {
  errno = ENOSYS;
  return -1;
}

FileTimes times_of(const struct stat& about) { return {about.st_mtimespec, about.st_ctimespec}; }

// A pipe. The end that is written is ours to close.
Bell::Bell() {
  int ends[2];
  if (os::pipe(ends, Waiting::kDoesNot) != 0)
    throw std::system_error(errno, std::generic_category(), "pipe");
  ears_ = ends[0];
  button_ = ends[1];
}

Bell::~Bell() { ::close(button_); }

// When the pipe is full there is enough to be heard.
void Bell::ring() {
  const char byte = 1;
  while (::write(button_, &byte, 1) < 0 && errno == EINTR) {
  }
}

std::chrono::nanoseconds coarse_time() {
  return std::chrono::nanoseconds(::clock_gettime_nsec_np(CLOCK_MONOTONIC_RAW_APPROX));
}

// Niceness is the whole process' here, and a time slice nobody's to choose. The class of work whose
// end nobody waits for goes behind what users and the loop do.
void step_back(int, std::chrono::nanoseconds) {
  ::pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0);
}

double resident_bytes() {
  mach_task_basic_info info{};
  mach_msg_type_number_t count = MACH_TASK_BASIC_INFO_COUNT;
  if (::task_info(mach_task_self(), MACH_TASK_BASIC_INFO, reinterpret_cast<task_info_t>(&info),
                  &count) != KERN_SUCCESS)
    return 0;
  return static_cast<double>(info.resident_size);
}

void give_memory_back() { ::malloc_zone_pressure_relief(nullptr, 0); }

// The kernel chooses by itself.
void prefer_large_pages(void*, std::size_t) {}

char** environment() { return *_NSGetEnviron(); }

std::string own_program() {
  std::array<char, PATH_MAX> named{};
  auto size = static_cast<std::uint32_t>(named.size());
  if (::_NSGetExecutablePath(named.data(), &size) != 0) return "";
  const std::unique_ptr<char, void (*)(void*)> path(::realpath(named.data(), nullptr), std::free);
  return path ? path.get() : "";
}

// A kqueue would tell, but Asio cannot hold one as a descriptor of its own: whoever asks looks for
// the process again and again.
int process_handle(long) {
  errno = ENOSYS;
  return -1;
}

std::vector<pid_t> live_children() {
  int which[] = {CTL_KERN, KERN_PROC, KERN_PROC_UID, static_cast<int>(::geteuid())};
  std::vector<kinfo_proc> found;
  // Processes may be added between the two calls.
  for (int attempt = 0; attempt < 4; ++attempt) {
    std::size_t bytes = 0;
    if (::sysctl(which, 4, nullptr, &bytes, nullptr, 0) != 0) return {};
    found.resize(bytes / sizeof(kinfo_proc) + 16);
    bytes = found.size() * sizeof(kinfo_proc);
    const bool all = ::sysctl(which, 4, found.data(), &bytes, nullptr, 0) == 0;
    if (!all && errno == ENOMEM) continue;
    found.resize(all ? bytes / sizeof(kinfo_proc) : 0);
    break;
  }
  std::vector<pid_t> out;
  for (const kinfo_proc& one : found)
    if (one.kp_eproc.e_ppid == ::getpid() && one.kp_proc.p_stat != SZOMB)
      out.push_back(one.kp_proc.p_pid);
  return out;
}

// No process but the first can be the parent of orphans. What a command leaves behind is ended as
// far as it is a child of ours; what its own children have left goes on.
void adopt_orphans() {}

// No signal at the end of a parent can be had.
bool end_with_parent(int, pid_t parent) { return ::getppid() == parent; }

void execute(char* const* words, char* const* environment) {
  *_NSGetEnviron() = const_cast<char**>(environment);
  ::execvp(words[0], words);
}

// There is no sigtimedwait. A kqueue tells of signals that are held back as well; they stay
// pending, and are forgotten at the end by being ignored for a moment.
HeldSignals::HeldSignals(std::initializer_list<int> signals) {
  sigemptyset(&held_);
  queue_ = ::kqueue();
  if (queue_ >= 0) ::fcntl(queue_, F_SETFD, FD_CLOEXEC);
  for (const int signal : signals) {
    sigaddset(&held_, signal);
    struct kevent asked {};
    EV_SET(&asked, static_cast<std::uintptr_t>(signal), EVFILT_SIGNAL, EV_ADD, 0, 0, nullptr);
    ::kevent(queue_, &asked, 1, nullptr, 0, nullptr);
  }
  pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
  struct sigaction ignored {
  }, usual{};
  ignored.sa_handler = SIG_IGN;
  for (int signal = 1; signal < NSIG; ++signal) {
    if (sigismember(&held_, signal) != 1) continue;
    sigaction(signal, &ignored, &usual);
    sigaction(signal, &usual, nullptr);
  }
  if (queue_ >= 0) ::close(queue_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

// Who sent a signal is not told. Ctrl-C and Ctrl-\ are taken for the terminal's while we are in its
// foreground; everything else for a process'. Of the end of a child it is not sure to tell, so a
// wait ends early.
HeldSignals::Taken HeldSignals::next(std::optional<std::chrono::nanoseconds> most) {
  const auto rest = std::clamp(most.value_or(kLook), std::chrono::nanoseconds::zero(), kLook);
  const timespec limit = parts_of(rest);
  struct kevent told {};
  if (::kevent(queue_, nullptr, 0, &told, 1, &limit) <= 0) return {};
  const int signal = static_cast<int>(told.ident);
  const bool typed = (signal == SIGINT || signal == SIGQUIT) && in_foreground();
  return {signal, signal != SIGCHLD && !typed};
}

}  // namespace emulator::os
