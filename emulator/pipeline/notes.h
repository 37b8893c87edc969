#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/base/json.h"
#include "emulator/sandbox/sandbox.h"

namespace emulator {

// What a dialect remembers in one sandbox: files it gave a place to, finetunes, keys. Nobody else
// sees them, the oldest go where there are too many, and they outlast the process where the sandbox
// does. A handle, to be passed by value; the sandbox outlives it. Loop thread.
class Notes {
 public:
  Notes() = default;  // of no sandbox: nothing is found, and nothing kept
  Notes(Sandbox& box, std::uint16_t provider) : box_(&box), provider_(provider) {}

  const Json* find(std::string_view key) const {
    return box_ != nullptr ? box_->find_note(provider_, key) : nullptr;
  }
  void put(const std::string& key, Json note) const {
    if (box_ != nullptr) box_->put_note(provider_, key, std::move(note));
  }
  // False when there was none.
  bool drop(std::string_view key) const {
    return box_ != nullptr && box_->drop_note(provider_, key);
  }
  // Calls `visit(key, note)` for each whose key begins with `prefix`, in the order of the keys.
  template <class Visit>
  void each(std::string_view prefix, const Visit& visit) const {
    if (box_ == nullptr) return;
    const auto& notes = box_->account(provider_).notes;
    for (auto note = notes.lower_bound(prefix);
         note != notes.end() && std::string_view(note->first).starts_with(prefix); ++note)
      visit(note->first, note->second);
  }

 private:
  Sandbox* box_ = nullptr;
  std::uint16_t provider_ = 0;
};

}  // namespace emulator
