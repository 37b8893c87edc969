#pragma once

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

// What the systems we run on have in different forms: everything else asks for it here, and asks no
// system by its own name. linux.cc and darwin.cc keep the promises; CMake takes one of them.
//
// Functions that return an int return what the system call of that name does, -1 with `errno` when
// it fails, and may be called by any thread unless they say otherwise.
namespace emulator::os {

// --- Descriptors. None of them is inherited by a program that is executed.

enum class Waiting { kBlocks, kDoesNot };

// A pipe: ends[0] is read, ends[1] written. 0 or -1.
int pipe(int (&ends)[2], Waiting waiting);
// Two sockets that are connected to each other and do not block. 0 or -1.
int stream_pair(int (&ends)[2]);
// The next connection of a listening socket, which does not block and raises no SIGPIPE; -1 when
// there is none.
int accept(int listening, sockaddr* peer, socklen_t* size);
// Sends what can be sent at once, without SIGPIPE. As send(2).
ssize_t send_now(int socket, const void* bytes, std::size_t size);
// Whether the peer of a connection has ended it, as far as the system knows without a read; false
// where it cannot tell. The socket may be one of any kind.
bool peer_has_left(int socket);
// From here on a connection whose peer vanished with its machine fails within about 5 s, whether it
// is idle or has something to send. A socket of TCP.
void watch_peer(int socket);
// The same pipe or terminal once more, for writing, without blocking; what is set for it is not set
// for whoever shares `descriptor`. -1 where the system has no such way.
int open_again(int descriptor);

// How many descriptors a process may ask for with setrlimit, if its hard limit allows as many.
rlim_t most_descriptors();

// A folder that only names files beneath it: the flags for open(2).
int folder_flags();
// Opens a file beneath a folder, with flags as open(2) has them; what links and dots in `path` lead
// to lies beneath the folder as well, or it fails with EXDEV or ELOOP. ENOSYS or EPERM where the
// system has no such call.
int open_beneath(int folder, const std::string& path, int flags);

struct FileTimes {
  timespec written;  // the bytes
  timespec changed;  // the bytes or what is known of the file
};
FileTimes times_of(const struct stat& about);

// What one thread wakes another by that waits for a descriptor.
class Bell {
 public:
  // Throws std::system_error when there is no descriptor left.
  Bell();
  // Whoever took the descriptor has closed it before, or does so behind this without a ring.
  ~Bell();  // NOLINT(performance-trivially-destructible): it is not where a bell is a pipe
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  // The descriptor that can be read after a ring, until up to eight bytes were read once for each;
  // several rings may become one. It does not block. Whoever calls this closes it.
  int heard_by() const { return ears_; }
  // Any thread, while the descriptor is open.
  void ring();

 private:
  int ears_ = -1;
  [[maybe_unused]] int button_ = -1;  // of its own, where the system needs two
};

// --- Time and the processor

// A monotonic time that costs less than std::chrono::steady_clock, and is exact to a few
// milliseconds.
std::chrono::nanoseconds coarse_time();

// The calling thread has less of a claim to the processor from here on: `niceness` more steps of
// it, a time slice of `slice`, so that whoever asks for a shorter one need not wait for its end,
// and it does not take the processor from others the moment it is woken. Where the system does not
// know how, things stay as they are.
void step_back(int niceness, std::chrono::nanoseconds slice);

// --- Memory

// This process' share of the machine's memory in bytes; 0 where the system does not tell.
double resident_bytes();
// Has the allocator give what it does not use back to the system: it keeps pages between those that
// are used, for good, unless told. Takes about 0.1 ms for each MiB given back.
void give_memory_back();
// That memory from mmap may be of larger pages; a hint.
void prefer_large_pages(void* memory, std::size_t bytes);

// --- Processes

// Our own environment, as execve has it: name=value, and null at the end. Not while another thread
// changes it.
char** environment();
// The file this program was started from; "" where the system does not tell.
std::string own_program();
// A descriptor that can be read once the process has ended, whoever buries it; -1 and ESRCH when
// there is none, another error where the system has no such thing. Whoever calls this closes it.
int process_handle(long process);
// Processes whose parent is this one. Zombies are left out: they need no signal.
std::vector<pid_t> live_children();
// From now on, processes whose parents end become this one's children. Where the system cannot do
// that, they go to its first process, and what a command leaves behind is not found by us.
void adopt_orphans();
// In a new process: `signal` when `parent` ends, which made it. False when it has ended already.
// Where the system cannot do that, the new process outlives a parent that is killed outright.
bool end_with_parent(int signal, pid_t parent);
// execvp with an environment. Returns only on failure, with `errno`; for a process that has just
// been forked.
void execute(char* const* words, char* const* environment);

// Signals that are held back and taken one by one. They are held back in the thread that makes this
// and in those it begins later, so make it before any other thread is there. One at a time; every
// call from the thread that made it.
class HeldSignals {
 public:
  struct Taken {
    int signal = 0;           // 0: none came in time
    bool by_process = false;  // a process sent it to this one alone: no terminal, no end of a child
  };

  explicit HeldSignals(std::initializer_list<int> signals);
  // What came too late is forgotten, and then the signals are let through as before.
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  // Waits for one of them, no longer than `most`; nullopt: for as long as it takes. May return
  // without one before that, too.
  Taken next(std::optional<std::chrono::nanoseconds> most);
  // What this thread held back before, for a new process that is to be as we were.
  const sigset_t& before() const { return before_; }

 private:
  sigset_t held_{};
  sigset_t before_{};
  [[maybe_unused]] int queue_ = -1;  // where the system tells of signals by a descriptor
};

}  // namespace emulator::os
