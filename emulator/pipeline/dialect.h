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
#include "emulator/pipeline/refusal.h"
#include "emulator/pipeline/replies.h"
#include "emulator/pipeline/services.h"
#include "emulator/pipeline/streaming.h"
#include "emulator/pipeline/submission.h"
#include "emulator/pipeline/task_input.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/sandbox/uploads.h"
#include "emulator/task/task.h"
#include "emulator/webhook/inbox.h"
#include "emulator/webhook/message.h"

namespace emulator {

// How one provider says what was decided. Holds no state, reads no clock, chooses nothing: equal
// arguments give equal replies. Loop thread.
class Dialect {
 public:
  Dialect(const contract::Contract& contract, std::uint16_t provider)
      : contract_(contract), provider_(provider) {}
  virtual ~Dialect() = default;

  const contract::Contract& contract() const { return contract_; }

  // The credential a request carries, as text; "" for none. Names the sandbox.
  virtual std::string key_of(const http::Request& request) const = 0;

  // What is wrong with the request before its body matters: key, body that is no JSON. `standing`
  // is that of its key; a path that needs no key lets it be. The default finds nothing wrong.
  virtual std::optional<Refusal> check(const Call& call, KeyStanding standing) const;

  // Reads and validates a submission.
  virtual Result<Submission, Refusal> read(const Call& call) const = 0;

  // The limits a submission meets, beside the tasks a contract's `active_limit` lets be unfinished.
  // The default reads `running_limit: 4` and `rate_limit: { submissions: 60, window: 1m,
  // announced: true }` under `values` of the contract, where they are.
  virtual Limits limits(const Submission& submission) const;

  // A new id in the provider's form.
  virtual std::string task_id(Draw& draw, Instant now) const = 0;
  // The same where the form depends on how the task was submitted.
  virtual std::string task_id_for(const Call& call, Draw& draw) const {
    return task_id(draw, call.now);
  }
  // The id of the task a request addresses; "" when it names none.
  virtual std::string addressed(const Call& call) const;

  virtual http::Reply accepted(const Call& call, const Task& task, const TaskView& view) const = 0;
  // Poll and result. `task` was found and, where keys count, is the caller's.
  virtual http::Reply shown(const Call& call, const Task& task, const TaskView& view) const = 0;
  // Poll, result, cancel of an id that is unknown, gone, or another's.
  virtual http::Reply unknown_task(const Call& call) const = 0;
  // True when another key's task is unknown to a caller.
  virtual bool keys_separate_tasks() const { return true; }
  // False when the path a task was found by is not one of its own; it is then unknown.
  virtual bool addresses(const Call&, const Task&) const { return true; }
  // A last word before a task is accepted, when its fate is known; nullopt takes it.
  virtual std::optional<Refusal> declined(const Call&, const Task&) const { return std::nullopt; }
  // The answer to a cancel; `view` is the state before it. The task is cancelled by the pipeline
  // when it had not ended.
  virtual http::Reply cancelled(const Call& call, const Task& task, const TaskView& view) const;
  // False when a task that has not ended goes on to its end although its cancelling was accepted.
  virtual bool lets_go(const Task&, const TaskView&) const { return true; }

  // The head of a reply that follows a task until it ends, for requests `on: stream` and for
  // Submission::follow; nullopt when the call is none such, and `other` answers it.
  virtual std::optional<http::Reply> followed(const Call&, const Task&, const TaskView&) const {
    return std::nullopt;
  }
  // What such a stream sends now. `kept` is the dialect's own, null at first, for this one stream.
  virtual Piece follow(const Call&, const Task&, const TaskView&, Json& kept) const {
    static_cast<void>(kept);
    return {"", true, std::nullopt};
  }

  // Any refusal. The default words `errors.<name>` of the contract.
  virtual http::Reply refused(const Call& call, const Refusal& refusal) const;
  // No such path, or not by that method (`call.allowed` then lists the right ones).
  virtual http::Reply no_route(const Call& call) const;
  // What the provider has and the emulator has not: a route with `emulated: false`. An answer of
  // ours, 501.
  virtual http::Reply not_emulated(const Call& call) const;

  // Pictures: path of number `index` (the same whenever it is asked), the query that goes with it
  // (may carry a signature and the time), and what a download gets.
  virtual std::string picture_path(const Sandbox& box, const Task& task, int index) const = 0;
  virtual std::string picture_query(const Sandbox& box, const Task& task, std::string_view path,
                                    Instant signed_at) const;
  virtual std::string_view picture_door() const = 0;
  // Why a link is not (or no longer) good; nullopt when it is.
  virtual std::optional<http::Reply> picture_refused(const Call& call, const Task& task,
                                                     const TaskView& view) const = 0;
  enum class Missing { kUnknown, kExpired, kGone, kForbidden };
  virtual http::Reply picture_missing(const Call& call, Missing why) const = 0;
  // A scripted refusal of a download, in the words of the store the link leads to, which are not
  // the API's. A store knows neither keys nor credit, so want of either is no right to see the
  // file; the default words every other kind with `errors.store_<kind>` of the contract, or as the
  // API does where the contract has none.
  virtual http::Reply store_refused(const Call& call, const Refusal& refusal) const;
  // Headers of a picture beside content type, length and etag.
  virtual void picture_headers(const Call& call, const Task& task, http::Headers& headers) const;
  // How long a link is good for when no scenario says otherwise.
  virtual Duration link_life() const = 0;
  // True when the provider hands out a black picture for a flagged one.
  virtual bool blacks_out(const Task& task, int index) const;
  // How long after its end a task is still known; nullopt: for good.
  virtual std::optional<Duration> kept_for() const { return std::nullopt; }
  // The same of its pictures.
  virtual std::optional<Duration> pictures_kept_for() const { return kept_for(); }
  // Why a file that a client uploaded is not handed out; nullopt when it is. Expiry is looked at
  // by the pipeline.
  virtual std::optional<http::Reply> upload_refused(const Call&, const Uploads::File&) const {
    return std::nullopt;
  }
  // Headers of an uploaded file beside content type, length and etag.
  virtual void upload_headers(const Call&, const Uploads::File&, http::Headers&) const {}

  // Webhooks. What is said of a task as it stands; nullopt: nothing. Of the submission `call` has
  // origin, door and path.
  virtual std::optional<webhook::Message> webhook(const Call&, const Task&, const TaskView&) const {
    return std::nullopt;
  }
  // Shares of the work, between 0 and 1, at which the submitter wants to be told of progress.
  virtual std::vector<double> webhook_progress(const Task&) const { return {}; }
  // The headers beside content type and user agent; they carry the signature.
  virtual webhook::Sealed webhook_headers(const webhook::Sealing&) const { return {}; }
  // What a receiver that knows the documentation makes of a request it is sent; nullopt when the
  // request has not the form of this provider's webhooks. The task it speaks of is looked for.
  virtual std::optional<webhook::Verdict> webhook_verdict(const http::Request&, Sandboxes&) const {
    return std::nullopt;
  }
  // Makes the next of a sandbox's signing keys the one that signs, where the provider has such, and
  // returns what it now publishes; null where it has none.
  virtual Json rotate_webhook_keys(Sandbox&) const { return nullptr; }

  // The absolute link to a picture, for wording. Query included.
  std::string picture_link(const Origin& origin, const Sandbox& box, const Task& task, int index,
                           Instant now) const;

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
};

// Which of `type`, `loc`, `ctx` and `input` the errors of a provider's tasks have.
std::vector<std::string> error_parts_of(const contract::Contract& contract);

// A fact under `values` of a contract as a duration ("10m"); throws std::logic_error if it is none.
Duration duration_value(const contract::Contract& contract, std::string_view name);

}  // namespace emulator
