#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/contract/contract.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/call.h"
#include "emulator/pipeline/cancelling.h"
#include "emulator/pipeline/picture_wording.h"
#include "emulator/pipeline/refusal.h"
#include "emulator/pipeline/replies.h"
#include "emulator/pipeline/services.h"
#include "emulator/pipeline/streaming.h"
#include "emulator/pipeline/submission.h"
#include "emulator/pipeline/task_input.h"
#include "emulator/pipeline/webhook_wording.h"
#include "emulator/task/task.h"

namespace emulator {

// How one provider says what was decided. Holds no state, reads no clock, chooses nothing: equal
// arguments give equal replies. What not every provider has is an interface of its own, which a
// dialect inherits beside this one. Loop thread.
class Dialect {
 public:
  Dialect(const contract::Contract& contract, std::uint16_t provider)
      : contract_(contract), provider_(provider) {}
  virtual ~Dialect() = default;

  const contract::Contract& contract() const { return contract_; }

  // What every provider says.

  // The credential a request carries, as text; "" for none. Names the sandbox.
  virtual std::string key_of(const http::Request& request) const = 0;
  // What is wrong with the request before its body matters: key, body that is no JSON. `standing`
  // is that of its key; a path that needs no key lets it be. The default finds nothing wrong.
  virtual std::optional<Refusal> check(const Call& call, KeyStanding standing) const;
  // Reads and validates a submission.
  virtual Result<Submission, Refusal> read(const Call& call) const = 0;
  // A new id in the provider's form, for the task that the submission `call` makes.
  virtual std::string task_id(const Call& call, Draw& draw) const = 0;
  virtual http::Reply accepted(const Call& call, const Task& task, const TaskView& view) const = 0;
  // Poll and result. `task` was found and, where keys count, is the caller's.
  virtual http::Reply shown(const Call& call, const Task& task, const TaskView& view) const = 0;
  // Poll, result, cancel of an id that is unknown, gone, or another's.
  virtual http::Reply unknown_task(const Call& call) const = 0;
  // Any refusal. The default words `errors.<name>` of the contract.
  virtual http::Reply refused(const Call& call, const Refusal& refusal) const;
  // No such path, or not by that method (`call.allowed` then lists the right ones).
  virtual http::Reply no_route(const Call& call) const;
  // What the provider has and the emulator has not: a route with `emulated: false`. An answer of
  // ours, 501.
  virtual http::Reply not_emulated(const Call& call) const;

  // What few do otherwise.

  // The limits a submission meets, beside the tasks a contract's `active_limit` lets be unfinished.
  // The default reads `running_limit: 4` and `rate_limit: { submissions: 60, window: 1m,
  // announced: true }` under `values` of the contract, where they are.
  virtual AccountLimits limits(const Submission& submission) const;
  // A last word before a task is accepted, when its fate is known; nullopt takes it.
  virtual std::optional<Refusal> declined(const Call&, const Task&) const { return std::nullopt; }
  // The id of the task a request addresses, by default the capture `id`; "" when it names none.
  virtual std::string addressed(const Call& call) const;
  // False when the path a task was found by is not one of its own; it is then unknown.
  virtual bool addresses(const Call&, const Task&) const { return true; }
  // True when another key's task is unknown to a caller.
  virtual bool keys_separate_tasks() const { return true; }
  // How long after its end a task is still known; nullopt: for good.
  virtual std::optional<Duration> kept_for() const { return std::nullopt; }

  // What the provider can beside, each null where it cannot. Settled when the dialect is made.
  const PictureWording* pictures() const { return can_.pictures; }
  const WebhookWording* webhooks() const { return can_.webhooks; }
  const Streaming* streaming() const { return can_.streaming; }
  const Cancelling* cancelling() const { return can_.cancelling; }

  // Views of the dialect itself, by the interfaces it has; for whoever makes it (provider_code.h).
  struct Capabilities {
    const PictureWording* pictures = nullptr;
    const WebhookWording* webhooks = nullptr;
    const Streaming* streaming = nullptr;
    const Cancelling* cancelling = nullptr;
  };
  void settle(const Capabilities& can) { can_ = can; }

 protected:
  // The refusal of a well-formed key that is unknown or inactive (the contract's value
  // `inactive_key` names its kind); nullopt when it is let in.
  std::optional<Refusal> unwelcome(KeyStanding standing) const;
  // error_reply of the dialect's own contract.
  http::Reply error(std::string_view name, const Json& args = Json::object()) const {
    return error_reply(contract_, name, args);
  }

  const contract::Contract& contract_;
  const std::uint16_t provider_;

 private:
  Capabilities can_;
};

}  // namespace emulator
