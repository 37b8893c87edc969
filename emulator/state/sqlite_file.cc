#include "emulator/state/sqlite_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace emulator::state {
namespace {

// "PEmu", where SQLite has files say whose they are.
constexpr std::uint32_t kOurs = 0x50456d75;
// What leads from each form to the next; the form of a file is how many of them it has had. Those
// that were released are never changed.
constexpr const char* kForms[] = {R"(
  CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE scenario(id INTEGER PRIMARY KEY, value BLOB NOT NULL);
  CREATE TABLE sandbox(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, used INTEGER NOT NULL,
                       tasks INTEGER NOT NULL, scenario INTEGER NOT NULL, due INTEGER NOT NULL,
                       value BLOB NOT NULL);
  CREATE TABLE task(id INTEGER PRIMARY KEY, value BLOB NOT NULL);
  CREATE TABLE note(sandbox INTEGER, provider INTEGER, name BLOB, value BLOB NOT NULL,
                    PRIMARY KEY(sandbox, provider, name)) WITHOUT ROWID;
  CREATE TABLE webhook(sandbox INTEGER, number INTEGER, value BLOB NOT NULL,
                       PRIMARY KEY(sandbox, number)) WITHOUT ROWID;
  CREATE TABLE upload(id INTEGER PRIMARY KEY, sandbox INTEGER NOT NULL, provider INTEGER NOT NULL,
                      path BLOB NOT NULL, value BLOB NOT NULL, bytes BLOB NOT NULL,
                      UNIQUE(provider, path));
  CREATE INDEX upload_of ON upload(sandbox);
  CREATE TABLE letter(number INTEGER PRIMARY KEY, value BLOB NOT NULL);
)"};
constexpr std::uint32_t kForm = std::size(kForms);

std::string system_says(int error) { return std::system_category().message(error); }

std::uint32_t big_endian(const unsigned char* at) {
  return static_cast<std::uint32_t>(at[0]) << 24 | static_cast<std::uint32_t>(at[1]) << 16 |
         static_cast<std::uint32_t>(at[2]) << 8 | at[3];
}

std::string damaged(const std::string& path, const std::string& why) {
  return about_state(path) + "it is damaged (" + why +
         "); it is left as it is. Give --state another file, or put a copy in its place";
}

}  // namespace

std::string about_state(const std::string& path) { return "cannot keep state in " + path + ": "; }

Lock::~Lock() {
  if (fd_ >= 0) ::close(fd_);
}

std::string Lock::acquire(const std::string& path) {
  struct stat seen {};
  if (::stat(path.c_str(), &seen) == 0 && !S_ISREG(seen.st_mode))
    return about_state(path) + (S_ISDIR(seen.st_mode)
                                    ? "it is a folder; name a file in it (--state)"
                                    : "it is no regular file (--state)");
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) {
    const int error = errno;
    if (error == EACCES || error == EROFS || error == EPERM)
      return about_state(path) + "it may not be written (" + system_says(error) + ") (--state)";
    return about_state(path) + system_says(error) + " (--state)";
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return "";
  if (errno == EWOULDBLOCK)
    return about_state(path) + "another emulator has it; end that one, or give each its own file";
  return about_state(path) + "it cannot be locked: " + system_says(errno);
}

Untouched::~Untouched() {
  if (path_.empty()) return;
  ::unlink((path_ + "-wal").c_str());
  ::unlink((path_ + "-shm").c_str());
}

void Untouched::watch(const std::string& path) {
  if (::access((path + "-wal").c_str(), F_OK) != 0) path_ = path;
}

// What is read here is what the file says of itself at its beginning. It is written there with the
// tables, before the log comes into use, and so is true whatever the log holds.
std::string why_not_ours(int descriptor, const std::string& path) {
  struct stat seen {};
  if (::fstat(descriptor, &seen) != 0) return about_state(path) + system_says(errno);
  if (seen.st_size == 0) return "";
  std::array<unsigned char, 100> head{};
  const ssize_t got = ::pread(descriptor, head.data(), head.size(), 0);
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  const std::string_view start(reinterpret_cast<const char*>(head.data()), kMagic.size());
  if (got < static_cast<ssize_t>(head.size()) || start != kMagic)
    return about_state(path) + "it holds something else, and is left as it is (--state)";
  if (big_endian(&head[68]) != kOurs)
    return about_state(path) + "it is a database of something else, and is left as it is (--state)";
  const std::uint32_t form = big_endian(&head[60]);
  if (form > kForm)
    return about_state(path) + "a newer provider-emulator wrote it (form " + std::to_string(form) +
           ", known here up to " + std::to_string(kForm) +
           "); it is left as it is. Use that one, or give --state another file";
  const std::uint32_t in_header = static_cast<std::uint32_t>(head[16]) << 8 | head[17];
  const std::uint64_t page = in_header == 1 ? 65'536 : in_header;
  const std::uint64_t whole = page * big_endian(&head[28]);
  const bool has_log = ::access((path + "-wal").c_str(), F_OK) == 0;
  if (!has_log && static_cast<std::uint64_t>(seen.st_size) < whole)
    return damaged(path, std::to_string(seen.st_size) + " of " + std::to_string(whole) + " bytes");
  return "";
}

std::string bring_up_to_date(Connection& connection, const std::string& path) {
  Statement ask;
  if (!ask.prepare(connection, "PRAGMA user_version")) return damaged(path, connection.problem());
  if (ask.step() != SQLITE_ROW) return damaged(path, connection.problem());
  auto form = static_cast<std::uint32_t>(ask.whole_at(0));
  ask.reset();
  for (; form < kForm; ++form) {
    const std::string sql = "BEGIN IMMEDIATE;" + std::string(kForms[form]) +
                            "PRAGMA application_id=" + std::to_string(kOurs) +
                            "; PRAGMA user_version=" + std::to_string(form + 1) +
                            "; COMMIT; PRAGMA wal_checkpoint(TRUNCATE);";
    if (const std::string why = connection.run(sql.c_str()); !why.empty()) {
      static_cast<void>(connection.run("ROLLBACK"));
      return about_state(path) + why;
    }
  }
  // The log is a file beside it. To have every batch on the disk when the machine loses its power,
  // and not only when this process ends, would cost a wait for the disk with each.
  // To move pages from the log to the file does wait for the disk, so it is seldom done.
  std::string why = connection.run(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=8192;");
  if (!why.empty()) return damaged(path, why);
  return "";
}

}  // namespace emulator::state
