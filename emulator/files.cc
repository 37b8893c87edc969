#include "emulator/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <system_error>

#include "emulator/os/os.h"

namespace emulator {
namespace {

constexpr int kReading = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

std::string reason(int error) {
  // What a link out of the folder is refused with says too little.
  if (error == EXDEV || error == ELOOP) return "a link leads out of its folder";
  return std::system_category().message(error);
}

int open_for_reading(const std::string& path) { return ::open(path.c_str(), kReading); }

int open_folder(const std::string& folder) { return ::open(folder.c_str(), os::folder_flags()); }

int open_beneath(const std::string& folder, const std::string& path) {
  const int root = open_folder(folder);
  if (root < 0) return -1;
  const int fd = os::open_beneath(root, path, kReading);
  const int error = errno;
  ::close(root);
  // EPERM is what old sandboxes of containers say to calls they do not know.
  if (fd < 0 && (error == ENOSYS || error == EPERM))
    return open_beneath_without_links(folder, path);
  errno = error;
  return fd;
}

// Reads to the end; `name` is for the failure.
Result<std::string, std::string> read_all(int fd, const std::string& name, std::size_t limit) {
  std::string text;
  char buffer[65'536];
  while (true) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failure{"cannot read " + name + ": " + reason(errno)};
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > limit)
      return Failure{name + " is larger than " + std::to_string(limit) + " bytes"};
  }
}

// "" or what went wrong.
std::string write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t put = ::write(fd, text.data() + done, text.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return reason(put < 0 ? errno : EIO);
    done += static_cast<std::size_t>(put);
  }
  return "";
}

// Reads from a descriptor, which it closes; below 0: `errno` says why there is none.
Result<std::string, std::string> read_from(int fd, const std::string& path, std::size_t limit) {
  if (fd < 0) return Failure{"cannot read " + path + ": " + reason(errno)};
  struct stat about {};
  if (::fstat(fd, &about) == 0 && !S_ISREG(about.st_mode)) {
    ::close(fd);
    return Failure{"cannot read " + path + ": it is not a file"};
  }
  auto text = read_all(fd, path, limit);
  ::close(fd);
  return text;
}

std::string unwritable(const std::string& path, const std::string& why) {
  return "cannot write " + path + ": " + why;
}

// Where a file that is to be written lies, links followed.
struct WriteTarget {
  std::string path;
  std::string problem;  // "" : it can be written there, as far as its kind goes
};

WriteTarget write_target(const std::string& path) {
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0)
    return errno == ENOENT ? WriteTarget{path, ""}
                           : WriteTarget{path, unwritable(path, reason(errno))};
  std::string real = path;
  if (S_ISLNK(about.st_mode)) {
    const std::unique_ptr<char, void (*)(void*)> resolved(::realpath(path.c_str(), nullptr),
                                                          std::free);
    if (!resolved) return {path, unwritable(path, "it is a link that leads to no file")};
    real = resolved.get();
    if (::lstat(real.c_str(), &about) != 0) return {path, unwritable(path, reason(errno))};
  }
  if (S_ISREG(about.st_mode)) return {real, ""};
  return {path, unwritable(path, "something that is no regular file is there, and stays")};
}

// "" or why the file of a descriptor, which it closes, cannot be served.
std::string why_not(int fd, const std::string& path, std::size_t limit) {
  if (fd < 0) return "cannot read " + path + ": " + reason(errno);
  struct stat about {};
  const bool known = ::fstat(fd, &about) == 0;
  ::close(fd);
  if (!known || !S_ISREG(about.st_mode)) return "cannot read " + path + ": it is not a file";
  if (static_cast<std::uint64_t>(about.st_size) > limit)
    return path + " is larger than " + std::to_string(limit) + " bytes";
  return "";
}

}  // namespace

Result<std::string, std::string> read_stdin(std::size_t limit) {
  return read_all(STDIN_FILENO, "stdin", limit);
}

std::string create_file(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0 && errno == EEXIST) return path + " is there already, and stays as it is";
  if (fd < 0) return "cannot write " + path + ": " + reason(errno);
  const std::string why = write_all(fd, text);
  ::close(fd);
  if (why.empty()) return "";
  ::unlink(path.c_str());
  return "cannot write " + path + ": " + why;
}

int open_beneath_without_links(const std::string& folder, const std::string& path) {
  int at = open_folder(folder);
  std::string_view rest = path;
  if (rest.empty() || rest.front() == '/') {
    if (at >= 0) ::close(at);
    errno = EXDEV;
    return -1;
  }
  while (at >= 0) {
    const std::size_t slash = rest.find('/');
    const std::string part(rest.substr(0, slash));
    const bool last = slash == std::string_view::npos;
    const int flags = last ? kReading : os::folder_flags();
    int next = -1;
    if (part == "..")
      errno = EXDEV;
    else
      next = ::openat(at, part.empty() ? "." : part.c_str(), flags | O_NOFOLLOW);
    // A link where a folder should be: ENOTDIR, or ELOOP where a file should be.
    int error = errno;
    struct stat about {};
    if (next < 0 && error == ENOTDIR &&
        ::fstatat(at, part.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(about.st_mode))
      error = ELOOP;
    ::close(at);
    errno = error;
    if (last) return next;
    at = next;
    rest.remove_prefix(slash + 1);
  }
  return -1;
}

Result<std::string, std::string> read_file(const std::string& path, std::size_t limit) {
  return read_from(open_for_reading(path), path, limit);
}

Result<std::string, std::string> read_file_beneath(const std::string& folder,
                                                   const std::string& path, std::size_t limit) {
  return read_from(open_beneath(folder, path), folder + "/" + path, limit);
}

std::string why_unreadable(const std::string& path, std::size_t limit) {
  return why_not(open_for_reading(path), path, limit);
}

std::string why_unreadable_beneath(const std::string& folder, const std::string& path,
                                   std::size_t limit) {
  return why_not(open_beneath(folder, path), folder + "/" + path, limit);
}

std::string file_stamp(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return "";
  const os::FileTimes times = os::times_of(about);
  std::string stamp;
  for (const auto part :
       {static_cast<std::int64_t>(about.st_dev), static_cast<std::int64_t>(about.st_ino),
        static_cast<std::int64_t>(about.st_size), static_cast<std::int64_t>(about.st_mode),
        static_cast<std::int64_t>(times.written.tv_sec),
        static_cast<std::int64_t>(times.written.tv_nsec),
        static_cast<std::int64_t>(times.changed.tv_sec),
        static_cast<std::int64_t>(times.changed.tv_nsec)})
    stamp += std::to_string(part) + ' ';
  return stamp;
}

std::string why_not_replaceable(const std::string& path) { return write_target(path).problem; }

void remove_stale(const std::string& path) {
  struct stat about {};
  if (::lstat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode)) ::unlink(path.c_str());
}

std::string write_file_atomically(const std::string& path, const std::string& text) {
  const WriteTarget place = write_target(path);
  if (!place.problem.empty()) return place.problem;
  const std::string draft = place.path + "." + std::to_string(::getpid()) + ".tmp";
  // What lies there is of an earlier process of our number, or somebody's trap: not to be followed.
  ::unlink(draft.c_str());
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return unwritable(path, reason(errno));
  std::size_t done = 0;
  int error = 0;
  while (error == 0 && done < text.size()) {
    const ssize_t put = ::write(fd, text.data() + done, text.size() - done);
    if (put > 0)
      done += static_cast<std::size_t>(put);
    else if (put == 0 || errno != EINTR)
      error = put == 0 ? ENOSPC : errno;
  }
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(draft.c_str(), place.path.c_str()) != 0) error = errno;
  if (error == 0) return "";
  ::unlink(draft.c_str());
  return unwritable(path, reason(error));
}

}  // namespace emulator
