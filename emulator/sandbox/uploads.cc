#include "emulator/sandbox/uploads.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <iterator>
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
    std::string name =
        std::string(root != nullptr && *root != '\0' ? root : "/tmp") + "/provider-emulator.XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return false;
    folder = name;
    return true;
  }

  // Writes what `piece` gives for 0, 1, ... until nullopt into a new file; "" when that fails.
  std::string written(const std::function<std::optional<std::string_view>(std::size_t)>& piece) {
    if (!make_folder()) return "";
    const std::string path = folder + "/" + std::to_string(++next);
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return "";
    bool good = true;
    for (std::size_t number = 0; good; ++number) {
      const auto bytes = piece(number);
      if (!bytes) break;
      std::size_t done = 0;
      while (good && done < bytes->size()) {
        const ssize_t put = ::write(fd, bytes->data() + done, bytes->size() - done);
        good = put > 0;
        if (good) done += static_cast<std::size_t>(put);
      }
    }
    if (::close(fd) != 0) good = false;
    if (good) return path;
    ::unlink(path.c_str());
    return "";
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
  bool take(Entry entry) {
    entries.push_back(std::move(entry));
    const auto kept = std::prev(entries.end());
    by_key.emplace(kept->key, kept);
    // The oldest leave memory first; the new one only when nothing else is left to go.
    for (auto it = entries.begin(); memory > limits.memory && it != entries.end(); ++it)
      if (it->spilled.empty() && !spill(*it)) {
        drop(kept);
        return false;
      }
    return true;
  }

  void make_room(std::uint64_t size) {
    while (!entries.empty() && (total + size > limits.total || entries.size() >= limits.files))
      drop(entries.begin());
  }

  bool spill(Entry& entry) {
    const std::string path = written([&](std::size_t number) {
      return number == 0 ? std::optional<std::string_view>(entry.bytes) : std::nullopt;
    });
    if (path.empty()) return false;
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
  in.make_room(bytes.size());

  about.size = bytes.size();
  about.picture = image::inspect(bytes);
  in.memory += bytes.size();
  in.total += bytes.size();
  return in.take({Impl::key_of(provider, path), std::move(about), std::move(bytes), ""});
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
    bool complete = true;
    const std::string file = in.written([&](std::size_t number) -> std::optional<std::string_view> {
      if (number >= parts.size()) return std::nullopt;
      auto next = read(provider, parts[number]);
      complete = complete && next;
      bytes = next ? std::move(*next) : std::string();
      return bytes;
    });
    if (file.empty()) return false;
    if (!complete) {
      ::unlink(file.c_str());
      return false;
    }
    for (const std::string& part : parts) drop(provider, part);
    drop(provider, path);
    in.make_room(size);
    about.size = size;
    about.picture = Impl::inspected(file, size);
    in.total += size;
    return in.take({Impl::key_of(provider, path), std::move(about), "", file});
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
