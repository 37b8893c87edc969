#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "emulator/judge/judge.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/webhook/message.h"

namespace emulator {

// What webhooks of all tasks have in common; everything outlives the voices.
struct VoiceParts {
  // Makes a task's pictures reachable before a message says where they are.
  std::function<void(Sandbox& box, Task& task, const TaskView& view)> know_pictures;
  // Told of every attempt, as of an exchange; may be null.
  std::function<void(const Sandbox& box, const Exchange& exchange)> told;
  std::string provider;               // its name
  std::size_t kept_body = 0;          // bytes of a sent body the journal keeps
  const FileReader* files = nullptr;  // the user's; null where there are none
  judge::Judge* judge = nullptr;      // told of every attempt; may be null. Not owned
};

// How the submission `call` is told of its task: links lead back to where it was made, the words
// are its dialect's, and the scenario may decide on each message (`on: webhook`).
std::shared_ptr<const webhook::Voice> make_voice(const Call& call, const Dialect& dialect,
                                                 std::shared_ptr<const VoiceParts> parts);

// The voice whose `made_from` gave `bytes`; null when no voice did.
std::shared_ptr<const webhook::Voice> make_voice_again(std::string_view bytes,
                                                       const Dialect& dialect,
                                                       const contract::Doors& doors,
                                                       std::shared_ptr<const VoiceParts> parts);

}  // namespace emulator
