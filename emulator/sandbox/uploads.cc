#include "emulator/sandbox/uploads.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "emulator/sandbox/spill_folder.h"

namespace emulator {
namespace {

[[noreturn]] void fail_upload(const char* what, const std::string& path, int error) {
  throw StorageFault(std::string(what) + " " + path + ": " + std::system_category().message(error));
}

}  // namespace

struct Uploads::Impl {
  struct Entry {
    std::string key;
    File about;
    std::string bytes;    // when in memory
    std::string spilled;  // path of the file on disk; "" when in memory
    std::size_t counted = 0;
  };
  using Entries = std::list<Entry>;

  Limits limits;
  Entries entries;  // oldest first
  std::unordered_map<std::string, Entries::iterator> by_key;
  SpillFolder folder;
  std::uint64_t next = 0;
  std::uint64_t memory = 0;
  std::uint64_t total = 0;
  std::size_t words = 0;  // bytes of keys, names and the like
  Charge charge;
  Changed changed;  // may be empty

  void tell(const Entry& entry) const {
    if (changed) tell(entry, changed);
  }
  static void tell(const Entry& entry, const Changed& changed) {
    const auto blank = entry.key.find(' ');
    changed(static_cast<std::uint16_t>(std::stoul(entry.key.substr(0, blank))),
            std::string_view(entry.key).substr(blank + 1), entry.about.sandbox);
  }

  static std::size_t words_of(const Entry& entry) {
    return sizeof(Entry) + 100 + 2 * entry.key.size() + entry.about.content_type.size() +
           entry.about.name.size() + entry.about.sandbox.size() + entry.about.note.size() +
           entry.spilled.size();
  }
  void count() { charge.set(static_cast<std::size_t>(memory) + words); }

  static std::string key_of(std::uint16_t provider, std::string_view path) {
    return std::to_string(provider) + " " + std::string(path);
  }

  void drop(Entries::iterator entry) {
    tell(*entry);
    if (entry->spilled.empty())
      memory -= entry->about.size;
    else
      ::unlink(entry->spilled.c_str());
    total -= entry->about.size;
    words -= entry->counted;
    by_key.erase(entry->key);
    entries.erase(entry);
    count();
  }

  // Writes what `piece` gives for 0, 1, ... until nullopt into a new file, and returns its path.
  std::string written(const std::function<std::optional<std::string_view>(std::size_t)>& piece) {
    std::string path = folder.path() + "/" + std::to_string(++next);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) fail_upload("cannot keep an upload in", path, errno);
    int error = 0;
    try {
      for (std::size_t number = 0; error == 0; ++number) {
        const auto bytes = piece(number);
        if (!bytes) break;
        error = put_all(fd, *bytes);
      }
    } catch (...) {
      ::close(fd);
      ::unlink(path.c_str());
      throw;
    }
    if (::close(fd) != 0 && error == 0) error = errno;
    if (error == 0) return path;
    ::unlink(path.c_str());
    fail_upload("cannot keep an upload in", path, error);
  }

  // 0 or `errno`.
  static int put_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(fd, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) return put < 0 ? errno : ENOSPC;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return 0;
  }

  // How a file of ours looks as a picture, without a copy of it in memory.
  static image::Inspection inspected(const std::string& path, std::uint64_t size) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return {};
    void* const bytes = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    ::close(fd);
    if (bytes == MAP_FAILED) return {};
    const image::Inspection out = image::inspect({static_cast<const char*>(bytes), size});
    ::munmap(bytes, size);
    return out;
  }

  // Takes an entry that is counted in `total`, and in `memory` unless it is spilled already.
  void take(Entry entry) {
    entries.push_back(std::move(entry));
    const auto kept = std::prev(entries.end());
    by_key.emplace(kept->key, kept);
    kept->counted = words_of(*kept);
    words += kept->counted;
    count();
    // The oldest leave memory first; the new one only when nothing else is left to go.
    try {
      for (auto it = entries.begin(); memory > limits.memory && it != entries.end(); ++it)
        if (it->spilled.empty()) spill(*it);
    } catch (...) {
      drop(kept);
      throw;
    }
    count();
  }

  void make_room(std::uint64_t size) {
    while (!entries.empty() && (total + size > limits.total || entries.size() >= limits.files))
      drop(entries.begin());
  }

  void spill(Entry& entry) {
    entry.spilled = written([&](std::size_t number) {
      return number == 0 ? std::optional<std::string_view>(entry.bytes) : std::nullopt;
    });
    memory -= entry.about.size;
    std::string().swap(entry.bytes);
  }
};

Uploads::Uploads(Limits limits, Memory* memory) : impl_(std::make_unique<Impl>()) {
  impl_->limits = limits;
  impl_->charge = Charge(memory, Held::kUploads);
}

Uploads::~Uploads() {
  for (const Impl::Entry& entry : impl_->entries)
    if (!entry.spilled.empty()) ::unlink(entry.spilled.c_str());
}

void Uploads::on_change(Changed told) { impl_->changed = std::move(told); }

void Uploads::put_back(std::uint16_t provider, std::string_view path, File about,
                       std::string bytes) {
  Impl& in = *impl_;
  if (bytes.size() > in.limits.total || find(provider, path) != nullptr) return;
  in.make_room(bytes.size());
  about.size = bytes.size();
  in.memory += bytes.size();
  in.total += bytes.size();
  in.take({Impl::key_of(provider, path), std::move(about), std::move(bytes), ""});
}

bool Uploads::put(std::uint16_t provider, std::string_view path, File about, std::string bytes) {
  Impl& in = *impl_;
  if (bytes.size() > in.limits.total) return false;
  drop(provider, path);
  in.make_room(bytes.size());

  about.size = bytes.size();
  about.picture = image::inspect(bytes);
  in.memory += bytes.size();
  in.total += bytes.size();
  in.take({Impl::key_of(provider, path), std::move(about), std::move(bytes), ""});
  in.tell(in.entries.back());
  return true;
}

bool Uploads::join(std::uint16_t provider, std::string_view path, File about,
                   const std::vector<std::string>& parts) {
  Impl& in = *impl_;
  std::uint64_t size = 0;
  for (const std::string& part : parts) {
    const File* known = find(provider, part);
    if (known == nullptr) return false;
    size += known->size;
  }
  if (size > in.limits.total) return false;
  std::string whole;
  if (size > in.limits.memory) {
    std::string bytes;
    const std::string file = in.written([&](std::size_t number) -> std::optional<std::string_view> {
      if (number >= parts.size()) return std::nullopt;
      bytes = read(provider, parts[number]).value_or("");
      return bytes;
    });
    for (const std::string& part : parts) drop(provider, part);
    drop(provider, path);
    in.make_room(size);
    about.size = size;
    about.picture = Impl::inspected(file, size);
    in.total += size;
    in.take({Impl::key_of(provider, path), std::move(about), "", file});
    in.tell(in.entries.back());
    return true;
  }
  for (const std::string& part : parts) {
    const auto bytes = read(provider, part);
    if (!bytes) return false;
    whole += *bytes;
  }
  for (const std::string& part : parts) drop(provider, part);
  return put(provider, path, std::move(about), std::move(whole));
}

const Uploads::File* Uploads::find(std::uint16_t provider, std::string_view path) const {
  const auto found = impl_->by_key.find(Impl::key_of(provider, path));
  return found == impl_->by_key.end() ? nullptr : &found->second->about;
}

std::optional<std::string> Uploads::read(std::uint16_t provider, std::string_view path) const {
  const auto found = impl_->by_key.find(Impl::key_of(provider, path));
  if (found == impl_->by_key.end()) return std::nullopt;
  const Impl::Entry& entry = *found->second;
  if (entry.spilled.empty()) return entry.bytes;
  const int fd = ::open(entry.spilled.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail_upload("cannot read the upload", entry.spilled, errno);
  std::string bytes(entry.about.size, '\0');
  std::size_t done = 0;
  int error = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  ::close(fd);
  if (error != 0) fail_upload("cannot read the upload", entry.spilled, error);
  if (done < bytes.size())
    throw StorageFault("cannot read the upload " + entry.spilled + ": somebody has cut it off");
  return bytes;
}

bool Uploads::drop(std::uint16_t provider, std::string_view path) {
  const auto found = impl_->by_key.find(Impl::key_of(provider, path));
  if (found == impl_->by_key.end()) return false;
  impl_->drop(found->second);
  return true;
}

void Uploads::each(const Changed& visit) const {
  for (const Impl::Entry& entry : impl_->entries) Impl::tell(entry, visit);
}

void Uploads::drop_sandbox(std::string_view name) {
  for (auto it = impl_->entries.begin(); it != impl_->entries.end();) {
    const auto entry = it++;
    if (entry->about.sandbox == name) impl_->drop(entry);
  }
}

void Uploads::let_memory_go(std::uint64_t bytes) {
  Impl& in = *impl_;
  const std::uint64_t goal = in.memory - std::min(in.memory, bytes);
  try {
    for (auto it = in.entries.begin(); in.memory > goal && it != in.entries.end(); ++it)
      if (it->spilled.empty() && it->about.size > 0) in.spill(*it);
  } catch (const StorageFault&) {
    // The disk takes no more: what is in memory stays there, and others let go of theirs.
  }
}

std::uint64_t Uploads::bytes() const { return impl_->total; }
std::uint64_t Uploads::bytes_in_memory() const { return impl_->memory; }
std::size_t Uploads::files() const { return impl_->entries.size(); }

}  // namespace emulator
