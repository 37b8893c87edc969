#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/http/client.h"
#include "emulator/http/message.h"
#include "emulator/sandbox/sandbox.h"
#include "emulator/scenario/scenario.h"
#include "emulator/task/task.h"

// What a provider's service says to a receiver, and who words it.
namespace emulator::webhook {

// One event of a task in the provider's words.
struct Message {
  std::string event;  // "completed", "failed", "progress"
  std::string body;   // the bytes as they are sent and signed
};

// Everything the headers of one attempt are made of, the signature among them.
struct Sealing {
  const Sandbox& box;
  const WebhookAsk& ask;
  std::string_view task;  // its id
  std::string_view event;
  std::shared_ptr<const std::string> body;  // never null
  Instant happened;                         // when the event was
  Instant sent;                             // when this attempt is made
  bool bad_signature = false;               // as signed, then changed
  bool wrong_key = false;                   // signed well, with a key that is not the receiver's
};

// What an attempt is sent with.
struct Sealed {
  http::Headers headers;
  std::optional<http::LateHeader> late = std::nullopt;
};

// How a provider delivers.
struct Rules {
  std::vector<Duration> waits;                         // from a failed attempt to the next
  std::vector<Duration> time_limits;                   // of each attempt; the last for all others
  std::vector<std::pair<unsigned, unsigned>> settled;  // statuses not tried again, from and to
  int redirects = 0;                                   // followed
};

// A signature that was changed on the way; the same length, and never what it was.
inline std::string spoiled(std::string signature) {
  if (!signature.empty()) signature.back() = signature.back() == '0' ? '1' : '0';
  return signature;
}

struct Record;

// What the part that delivers has to ask about one task. Kept with what is still to be delivered.
// Loop thread.
class Voice {
 public:
  virtual ~Voice() = default;
  // From which the same voice can be made again, by another process: bytes that only whoever made
  // this one reads.
  virtual std::string made_from() const { return ""; }
  // Shares of the work, between 0 and 1, at which the receiver is told of progress.
  virtual std::vector<double> progress(const Task& task) const = 0;
  // What is said of the task as it stood at `at`; nullopt: nothing.
  virtual std::optional<Message> compose(Sandbox& box, Task& task, const TaskView& view,
                                         Instant at) const = 0;
  virtual Sealed seal(const Sealing& sealing) const = 0;
  virtual Rules rules(std::size_t body_size) const = 0;
  // What the scenario has go wrong with this message.
  virtual std::optional<scenario::WebhookTrouble> trouble(Sandbox& box, const Task& task,
                                                          const Message& message) const = 0;
  // Told of every attempt that is over: for the journal and the log.
  virtual void attempted(Sandbox& box, const Record& record, const http::Post& post,
                         const http::Receipt& receipt, Instant began) const = 0;
};

}  // namespace emulator::webhook
