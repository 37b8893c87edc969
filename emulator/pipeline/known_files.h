#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace emulator {

// What is known of pictures that were drawn before, by their tags: enough to answer a HEAD, or a
// range that cannot be had, without drawing. Those not asked for the longest time go first. Loop
// thread only.
class KnownFiles {
 public:
  struct File {
    std::uint64_t size = 0;
    std::string md5;  // raw, 16 bytes
  };

  explicit KnownFiles(std::size_t most) : most_(most) {}

  // Null when it is not known. Good until the next call.
  const File* find(const std::string& tag) {
    const auto found = by_tag_.find(tag);
    if (found == by_tag_.end()) return nullptr;
    files_.splice(files_.begin(), files_, found->second);
    return &found->second->second;
  }

  void keep(const std::string& tag, File file) {
    if (find(tag) != nullptr || most_ == 0) return;
    files_.emplace_front(tag, std::move(file));
    by_tag_.emplace(tag, files_.begin());
    if (files_.size() <= most_) return;
    by_tag_.erase(files_.back().first);
    files_.pop_back();
  }

  void forget() {
    by_tag_ = {};
    files_.clear();
  }

 private:
  using Files = std::list<std::pair<std::string, File>>;
  std::size_t most_;
  Files files_;
  std::unordered_map<std::string, Files::iterator> by_tag_;
};

}  // namespace emulator
