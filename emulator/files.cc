#include "emulator/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace emulator {
namespace {

std::string reason(int error) { return std::system_category().message(error); }

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

Result<std::string, std::string> read_file(const std::string& path, std::size_t limit) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
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

std::string why_unreadable(const std::string& path, std::size_t limit) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return "cannot read " + path + ": " + reason(errno);
  struct stat about {};
  const bool known = ::fstat(fd, &about) == 0;
  ::close(fd);
  if (!known || !S_ISREG(about.st_mode)) return "cannot read " + path + ": it is not a file";
  if (static_cast<std::uint64_t>(about.st_size) > limit)
    return path + " is larger than " + std::to_string(limit) + " bytes";
  return "";
}

std::string file_stamp(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return "";
  std::string stamp;
  for (const auto part :
       {static_cast<std::int64_t>(about.st_dev), static_cast<std::int64_t>(about.st_ino),
        static_cast<std::int64_t>(about.st_size), static_cast<std::int64_t>(about.st_mode),
        static_cast<std::int64_t>(about.st_mtim.tv_sec),
        static_cast<std::int64_t>(about.st_mtim.tv_nsec),
        static_cast<std::int64_t>(about.st_ctim.tv_sec),
        static_cast<std::int64_t>(about.st_ctim.tv_nsec)})
    stamp += std::to_string(part) + ' ';
  return stamp;
}

std::string write_file_atomically(const std::string& path, const std::string& text) {
  const std::string draft = path + "." + std::to_string(::getpid()) + ".tmp";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return "cannot write " + path + ": " + reason(errno);
  const ssize_t put = ::write(fd, text.data(), text.size());
  const int failed = put == static_cast<ssize_t>(text.size()) ? 0 : errno == 0 ? EIO : errno;
  ::close(fd);
  if (failed != 0 || ::rename(draft.c_str(), path.c_str()) != 0) {
    const std::string why = reason(failed != 0 ? failed : errno);
    ::unlink(draft.c_str());
    return "cannot write " + path + ": " + why;
  }
  return "";
}

}  // namespace emulator
