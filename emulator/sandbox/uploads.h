#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/memory.h"
#include "emulator/image/inspect.h"

namespace emulator {

// Files that clients uploaded, served again byte for byte from the path they were given, until they
// expire. Bounded: past `memory` bytes they are spilled to a temporary folder of our own, past
// `total` the oldest go. What goes wrong with that folder is thrown as StorageFault. Loop thread
// only.
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

  // What lies in memory is counted in `memory`, if there is one; it outlives this.
  explicit Uploads(Limits limits, Memory* memory = nullptr);
  ~Uploads();  // removes what was spilled
  Uploads(const Uploads&) = delete;
  Uploads& operator=(const Uploads&) = delete;

  // Told of every file that has come or is about to go, and which sandbox uploaded it. It must not
  // call back at once.
  using Changed = std::function<void(std::uint16_t provider, std::string_view path,
                                     const std::string& sandbox)>;
  void on_change(Changed told);
  // Calls `visit` for every file, with the sandbox that uploaded it. It must not change any.
  void each(const Changed& visit) const;
  // A file that was kept before, by an earlier process. Nobody is told of it.
  void put_back(std::uint16_t provider, std::string_view path, File about, std::string bytes);
  // Keeps `bytes` under (provider, path), replacing what was there. False when they alone are
  // larger than `total`.
  bool put(std::uint16_t provider, std::string_view path, File about, std::string bytes);
  // Keeps what lies under `parts`, one behind the other, under (provider, path), and lets go of the
  // parts. A result larger than `memory` never lies in memory whole. False, and nothing changed,
  // when a part is not there or the whole is larger than `total`.
  bool join(std::uint16_t provider, std::string_view path, File about,
            const std::vector<std::string>& parts);
  // What is known of a file; nullptr when there is none. Good until the next call that changes.
  const File* find(std::uint16_t provider, std::string_view path) const;
  // Its bytes; nullopt when there is none.
  std::optional<std::string> read(std::uint16_t provider, std::string_view path) const;
  bool drop(std::uint16_t provider, std::string_view path);
  // Drops everything a sandbox uploaded.
  void drop_sandbox(std::string_view name);

  // When there is no memory left: files go from memory to disk until about so many bytes are free.
  void let_memory_go(std::uint64_t bytes);

  std::uint64_t bytes() const;
  std::uint64_t bytes_in_memory() const;
  std::size_t files() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
