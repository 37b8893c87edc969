#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/image/inspect.h"

namespace emulator {

// Files that clients uploaded, served again byte for byte from the path they were given, until they
// expire. Bounded: past `memory` bytes they are spilled to a temporary folder of our own, past
// `total` the oldest go. Loop thread only.
class Uploads {
 public:
  struct Limits {
    std::uint64_t memory = 64u << 20;  // bytes kept in memory
    std::uint64_t total = 2ull << 30;  // bytes in memory and on disk together
    std::size_t files = 100'000;
  };
  struct File {
    std::string content_type;
    std::string name;                // as the client called it; may be ""
    std::string sandbox;             // name of the one that uploaded it
    Instant uploaded{};              // on that sandbox's clock
    std::optional<Instant> expires;  // on that sandbox's clock; nullopt: never
    std::uint64_t size = 0;
    std::string note;           // the dialect's own facts, as compact JSON
    image::Inspection picture;  // how it looks as a picture; set when it is kept
  };

  explicit Uploads(Limits limits);
  ~Uploads();  // removes what was spilled
  Uploads(const Uploads&) = delete;
  Uploads& operator=(const Uploads&) = delete;

  // Keeps `bytes` under (provider, path), replacing what was there. False when they alone are
  // larger than `total`, or could not be spilled.
  bool put(std::uint16_t provider, std::string_view path, File about, std::string bytes);
  // Keeps what lies under `parts`, one behind the other, under (provider, path), and lets go of the
  // parts. A result larger than `memory` never lies in memory whole. False, and nothing changed,
  // when a part is not there or the whole cannot be kept.
  bool join(std::uint16_t provider, std::string_view path, File about,
            const std::vector<std::string>& parts);
  // What is known of a file; nullptr when there is none. Good until the next call that changes.
  const File* find(std::uint16_t provider, std::string_view path) const;
  // Its bytes; nullopt when there is none (or the spilled file has been taken away).
  std::optional<std::string> read(std::uint16_t provider, std::string_view path) const;
  bool drop(std::uint16_t provider, std::string_view path);
  // Drops everything a sandbox uploaded.
  void drop_sandbox(std::string_view name);

  std::uint64_t bytes() const;
  std::uint64_t bytes_in_memory() const;
  std::size_t files() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
