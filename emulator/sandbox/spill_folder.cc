#include "emulator/sandbox/spill_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <vector>

namespace emulator {
namespace {

// Others may remove the shared folder, when it is empty, just before we use it.
constexpr int kSpillTries = 8;
constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string shared_folder() {
  const char* root = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return std::string(root != nullptr && *root != '\0' ? root : "/tmp") + "/provider-emulator-" +
         std::to_string(::geteuid());
}

[[noreturn]] void fail_to_spill(const std::string& path, const std::string& why) {
  throw StorageFault("cannot make a folder for uploads in " + path + ": " + why +
                     " (TMPDIR names another place)");
}

[[noreturn]] void fail_to_spill(const std::string& path, int error) {
  fail_to_spill(path, std::system_category().message(error));
}

// Nobody else may have made it: they could read, or put things in our place.
bool is_ours(int folder) {
  struct stat about {};
  return ::fstat(folder, &about) == 0 && about.st_uid == ::geteuid() &&
         (about.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

std::vector<std::string> names_in(int folder) {
  std::vector<std::string> out;
  const int own = ::openat(folder, ".", kOpenFolder);
  if (own < 0) return out;
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::fdopendir(own), ::closedir);
  if (!list) {
    ::close(own);
    return out;
  }
  while (const dirent* entry = ::readdir(list.get())) {  // NOLINT(concurrency-mt-unsafe)
    const std::string name = entry->d_name;
    if (name != "." && name != "..") out.push_back(name);
  }
  return out;
}

void remove_folder(int shared, const std::string& name) {
  const int folder = ::openat(shared, name.c_str(), kOpenFolder);
  if (folder < 0) return;
  if (::flock(folder, LOCK_EX | LOCK_NB) == 0) {
    for (const std::string& file : names_in(folder)) ::unlinkat(folder, file.c_str(), 0);
    ::unlinkat(shared, name.c_str(), AT_REMOVEDIR);
  }
  ::close(folder);
}

}  // namespace

SpillFolder::~SpillFolder() {
  if (path_.empty()) return;
  ::rmdir(path_.c_str());
  ::close(lock_);
  ::rmdir(shared_folder().c_str());  // fails while others use it
}

const std::string& SpillFolder::path() {
  if (!path_.empty()) return path_;
  const std::string shared = shared_folder();
  for (int i = 0; i < kSpillTries; ++i) {
    if (::mkdir(shared.c_str(), 0700) != 0 && errno != EEXIST) fail_to_spill(shared, errno);
    const int open = ::open(shared.c_str(), kOpenFolder);
    if (open < 0 && errno == ENOENT) continue;
    if (open < 0) fail_to_spill(shared, errno);
    const bool ours = is_ours(open);
    ::close(open);
    if (!ours) fail_to_spill(shared, "it is another user's, or others may write there");
    std::string name = shared + "/" + std::to_string(::getpid()) + ".XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      if (errno == ENOENT) continue;
      fail_to_spill(shared, errno);
    }
    // Between its making and its lock somebody who cleans up may have taken it for a leftover.
    lock_ = ::open(name.c_str(), kOpenFolder);
    struct stat locked {
    }, there{};
    if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) == 0 && ::fstat(lock_, &locked) == 0 &&
        ::lstat(name.c_str(), &there) == 0 && there.st_ino == locked.st_ino) {
      path_ = std::move(name);
      return path_;
    }
    if (lock_ >= 0) ::close(lock_);
    lock_ = -1;
  }
  fail_to_spill(shared, "it comes and goes");
}

void SpillFolder::remove_leftovers() {
  const std::string path = shared_folder();
  const int shared = ::open(path.c_str(), kOpenFolder);
  if (shared < 0) return;
  if (is_ours(shared))
    for (const std::string& name : names_in(shared)) remove_folder(shared, name);
  ::close(shared);
  ::rmdir(path.c_str());
}

}  // namespace emulator
