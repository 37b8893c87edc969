#pragma once

#include <optional>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/call.h"
#include "emulator/pipeline/notes.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/task/task.h"
#include "emulator/webhook/inbox.h"
#include "emulator/webhook/message.h"

namespace emulator {

// What a provider's webhooks say, and what a receiver makes of them. A dialect that sends webhooks
// is one of these as well. Pure, as a dialect is, but for `rotate_webhook_keys`. Loop thread.
class WebhookWording {
 public:
  virtual ~WebhookWording() = default;

  // What is said of a task as it stands; nullopt: nothing. Of the submission `call` has origin,
  // door and path.
  virtual std::optional<webhook::Message> webhook_message(const Call& call, const Task& task,
                                                          const TaskView& view) const = 0;
  // The headers beside content type and user agent; they carry the signature.
  virtual webhook::Sealed webhook_seal(const webhook::Sealing& sealing) const = 0;
  // What a receiver that knows the documentation makes of a request it is sent; nullopt when the
  // request has not the form of this provider's webhooks. The task it speaks of is looked for.
  virtual std::optional<webhook::Verdict> webhook_verdict(const http::Request& request,
                                                          const Sandboxes& sandboxes) const = 0;
  // Shares of the work, between 0 and 1, at which the submitter wants to be told of progress.
  virtual std::vector<double> webhook_progress(const Task&) const { return {}; }
  // Makes the next of a sandbox's signing keys the one that signs, where the provider has such, and
  // returns what it now publishes; null where it has none.
  virtual Json rotate_webhook_keys(const Sandbox&, Notes) const { return nullptr; }
};

}  // namespace emulator
