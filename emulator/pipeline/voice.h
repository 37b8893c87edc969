#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/judge/judge.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/registry.h"
#include "emulator/webhook/message.h"

namespace emulator {

// What webhooks of all tasks have in common; everything outlives the voices.
struct VoiceParts {
  // Makes a task's pictures reachable before a message says where they are.
  std::function<void(Sandbox& box, Task& task, const TaskView& view)> know_pictures;
  // Told of every attempt, as of an exchange; may be null.
  std::function<void(const Sandbox& box, const Exchange& exchange)> told;
  std::size_t kept_body = 0;          // bytes of a sent body the journal keeps
  const FileReader* files = nullptr;  // the user's; null where there are none
  judge::Judge* judge = nullptr;      // told of every attempt; may be null. Not owned
  std::string provider = "";          // its name; set by `Voices`
};

// The voices in which submissions are told of their tasks: links lead back to where the submission
// was made, the words are its dialect's, and the scenario may decide on each message
// (`on: webhook`). Loop thread only; the registry outlives it.
class Voices {
 public:
  Voices(Registry& registry, VoiceParts parts) : registry_(registry), parts_(std::move(parts)) {}

  // For the submission `call`.
  std::shared_ptr<const webhook::Voice> of(const Call& call);
  // The voice whose `made_from` gave `bytes`; null when no voice did.
  std::shared_ptr<const webhook::Voice> again(std::uint16_t provider, std::string_view bytes);

 private:
  const std::shared_ptr<const VoiceParts>& parts_of(std::uint16_t provider);

  Registry& registry_;
  const VoiceParts parts_;
  std::map<std::uint16_t, std::shared_ptr<const VoiceParts>> by_provider_;
};

}  // namespace emulator
