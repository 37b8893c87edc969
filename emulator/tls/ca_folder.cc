#include "emulator/tls/ca_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace emulator::tls {
namespace {

// Far more than a certificate and a key take.
constexpr std::size_t kMostBytes = 64u << 10;

std::string cause_of(int error) { return std::generic_category().message(error); }

std::string key_file(const std::string& folder) { return folder + "/ca-key.pem"; }

// An open file that closes itself.
struct Opened {
  explicit Opened(int opened) : number(opened) {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (number >= 0) ::close(number);
  }
  int number;
};

// The text of a small file. `error` is 0, or why there is none.
std::string read_small(const std::string& path, int& error, mode_t* mode = nullptr) {
  std::string out;
  const Opened file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about {};
  error = file.number < 0 || ::fstat(file.number, &about) != 0 ? errno : 0;
  if (error == 0 && !S_ISREG(about.st_mode)) error = EINVAL;
  if (error != 0) return out;
  if (mode != nullptr) *mode = about.st_mode;
  char piece[4096];
  for (ssize_t got = 0; out.size() < kMostBytes;) {
    got = ::read(file.number, piece, sizeof piece);
    if (got < 0) error = errno;
    if (got <= 0) break;
    out.append(piece, static_cast<std::size_t>(got));
  }
  return out;
}

// Whole or not at all, with these rights from the start.
int write_whole(const std::string& path, const std::string& text, mode_t mode) {
  const std::string draft = path + ".new";
  ::unlink(draft.c_str());
  int error = 0;
  {
    const Opened file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (file.number < 0) return errno;
    std::size_t done = 0;
    while (done < text.size() && error == 0) {
      const ssize_t put = ::write(file.number, text.data() + done, text.size() - done);
      if (put < 0) {
        error = errno;
      } else {
        done += static_cast<std::size_t>(put);
      }
    }
    if (error == 0 && ::fchmod(file.number, mode) != 0) error = errno;
  }
  if (error == 0 && ::rename(draft.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) ::unlink(draft.c_str());
  return error;
}

int make_folder(const std::string& folder) {
  const std::filesystem::path above = std::filesystem::path(folder).parent_path();
  std::error_code error;
  if (!above.empty()) std::filesystem::create_directories(above, error);
  if (error) return error.value();
  if (::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return 0;
  return errno;
}

Failure<std::string> unusable(const std::string& what, const std::string& why,
                              const std::string& remedy) {
  return Failure{what + ": " + why + "; " + remedy};
}

constexpr const char* kOther = "name another folder with --ca-dir";

Result<std::shared_ptr<const Ca>, std::string> read_kept(const std::string& folder,
                                                         const std::string& certificate,
                                                         Seconds now) {
  const std::string place = key_file(folder);
  int error = 0;
  mode_t mode = 0;
  const std::string key = read_small(place, error, &mode);
  if (error == ENOENT)
    return unusable(certificate_file(folder), "its key " + place + " is missing",
                    "remove it, so that both are made anew, or " + std::string(kOther));
  if (error != 0) return unusable(place, "cannot be read (" + cause_of(error) + ")", kOther);
  if ((mode & 077) != 0)
    return unusable(place, "others may read or write it, and could vouch for what they like",
                    "chmod 600 " + place);
  auto read = Ca::read(certificate, key, now);
  if (!read)
    return unusable(certificate_file(folder), read.error(),
                    "remove it and " + place + ", so that both are made anew, or " + kOther);
  return read;
}

}  // namespace

std::string certificate_file(const std::string& folder) { return folder + "/ca.pem"; }

std::string default_ca_folder(const std::string& data_home, const std::string& home) {
  if (data_home.starts_with('/')) return data_home + "/provider-emulator";
  if (home.starts_with('/')) return home + "/.local/share/provider-emulator";
  return "";
}

Result<std::shared_ptr<const Ca>, std::string> ca_in(const std::string& folder,
                                                     const std::vector<std::string>& domains,
                                                     Seconds now) {
  if (folder.empty())
    return Failure{std::string(
        "there is no folder to keep a CA in, for HOME is not set; name one with --ca-dir")};
  if (const int error = make_folder(folder); error != 0)
    return unusable(folder, "cannot be made (" + cause_of(error) + ")", kOther);
  const Opened door(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (door.number < 0)
    return unusable(folder, "cannot be opened (" + cause_of(errno) + ")", kOther);
  // Whoever comes second finds what the first has made.
  ::flock(door.number, LOCK_EX);

  int error = 0;
  const std::string kept = read_small(certificate_file(folder), error);
  if (error == 0) return read_kept(folder, kept, now);
  if (error != ENOENT)
    return unusable(certificate_file(folder), "cannot be read (" + cause_of(error) + ")", kOther);
  auto made = Ca::make(domains, now);
  if (!made) return made;
  error = write_whole(key_file(folder), (*made)->key_pem(), 0600);
  if (error == 0) error = write_whole(certificate_file(folder), (*made)->certificate_pem(), 0644);
  if (error != 0) return unusable(folder, "cannot be written to (" + cause_of(error) + ")", kOther);
  return made;
}

}  // namespace emulator::tls
