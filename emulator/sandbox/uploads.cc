#include "emulator/sandbox/uploads.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>

namespace emulator {

struct Uploads::Impl {
  struct Entry {
    std::string key;
    File about;
    std::string bytes;    // when in memory
    std::string spilled;  // path of the file on disk; "" when in memory
  };
  using Entries = std::list<Entry>;

  Limits limits;
  Entries entries;  // oldest first
  std::unordered_map<std::string, Entries::iterator> by_key;
  std::string folder;  // made at the first spill
  std::uint64_t next = 0;
  std::uint64_t memory = 0;
  std::uint64_t total = 0;

  static std::string key_of(std::uint16_t provider, std::string_view path) {
    return std::to_string(provider) + " " + std::string(path);
  }

  void drop(Entries::iterator entry) {
    if (entry->spilled.empty())
      memory -= entry->about.size;
    else
      ::unlink(entry->spilled.c_str());
    total -= entry->about.size;
    by_key.erase(entry->key);
    entries.erase(entry);
  }

  bool make_folder() {
    if (!folder.empty()) return true;
    const char* root = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nothing sets it
    std::string name = std::string(root != nullptr && *root != '\0' ? root : "/tmp") +
                       "/provider-emulator.XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return false;
    folder = name;
    return true;
  }

  bool spill(Entry& entry) {
    if (!make_folder()) return false;
    const std::string path = folder + "/" + std::to_string(++next);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    std::size_t done = 0;
    while (done < entry.bytes.size()) {
      const ssize_t put = ::write(fd, entry.bytes.data() + done, entry.bytes.size() - done);
      if (put <= 0) break;
      done += static_cast<std::size_t>(put);
    }
    ::close(fd);
    if (done < entry.bytes.size()) {
      ::unlink(path.c_str());
      return false;
    }
    entry.spilled = path;
    memory -= entry.about.size;
    std::string().swap(entry.bytes);
    return true;
  }
};

Uploads::Uploads(Limits limits) : impl_(std::make_unique<Impl>()) { impl_->limits = limits; }

Uploads::~Uploads() {
  for (const Impl::Entry& entry : impl_->entries)
    if (!entry.spilled.empty()) ::unlink(entry.spilled.c_str());
  if (!impl_->folder.empty()) ::rmdir(impl_->folder.c_str());
}

bool Uploads::put(std::uint16_t provider, std::string_view path, File about, std::string bytes) {
  Impl& in = *impl_;
  if (bytes.size() > in.limits.total) return false;
  drop(provider, path);
  while (!in.entries.empty() && (in.total + bytes.size() > in.limits.total ||
                                 in.entries.size() >= in.limits.files))
    in.drop(in.entries.begin());

  about.size = bytes.size();
  in.memory += bytes.size();
  in.total += bytes.size();
  in.entries.push_back({Impl::key_of(provider, path), std::move(about), std::move(bytes), ""});
  const auto entry = std::prev(in.entries.end());
  in.by_key.emplace(entry->key, entry);

  // The oldest leave memory first; the new one only when nothing else is left to go.
  for (auto it = in.entries.begin(); in.memory > in.limits.memory && it != in.entries.end(); ++it)
    if (it->spilled.empty() && !in.spill(*it)) {
      in.drop(entry);
      return false;
    }
  return true;
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
  if (fd < 0) return std::nullopt;
  std::string bytes(entry.about.size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  ::close(fd);
  if (done < bytes.size()) return std::nullopt;
  return bytes;
}

bool Uploads::drop(std::uint16_t provider, std::string_view path) {
  const auto found = impl_->by_key.find(Impl::key_of(provider, path));
  if (found == impl_->by_key.end()) return false;
  impl_->drop(found->second);
  return true;
}

void Uploads::drop_sandbox(std::string_view name) {
  for (auto it = impl_->entries.begin(); it != impl_->entries.end();) {
    const auto entry = it++;
    if (entry->about.sandbox == name) impl_->drop(entry);
  }
}

std::uint64_t Uploads::bytes() const { return impl_->total; }
std::uint64_t Uploads::bytes_in_memory() const { return impl_->memory; }
std::size_t Uploads::files() const { return impl_->entries.size(); }

}  // namespace emulator
