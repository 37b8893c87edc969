#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/json_text.h"
#include "emulator/base/result.h"
#include "emulator/contract/contract.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/origin.h"
#include "emulator/pipeline/refusal.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/sandbox/uploads.h"
#include "emulator/task/task.h"
#include "emulator/webhook/inbox.h"
#include "emulator/webhook/message.h"

namespace emulator {

// Reads a file of the user's (`image: {file: ...}`); handed in by the app. The failure says why
// not.
using FileReader = std::function<Result<std::string, std::string>(const std::string& path)>;

// How the key of a request stands with the emulator (`--auth`).
enum class KeyStanding {
  kLetIn,        // nothing more is asked
  kFormMatters,  // refused when it has not the provider's form
  kUnknown,      // refused, for its form if that is wrong
  kInactive,     // known, and refused
};

inline bool asks_for_form(KeyStanding standing) {
  return standing == KeyStanding::kFormMatters || standing == KeyStanding::kUnknown;
}

class OwnFiles;

// One request of one provider, as far as it is understood before anything is decided.
class Call {
 public:
  std::shared_ptr<const http::Request> request;
  std::uint16_t provider = 0;
  std::string door;   // role of the host; "" when the address does not say
  std::string path;   // inside the provider, prefix taken off
  std::string query;  // undecoded; of the target URL where one was given
  Origin origin;
  const contract::Route* route = nullptr;  // null: no such path, or not by this method
  std::vector<std::string> allowed;        // methods the path has, when only the method is wrong
  std::vector<std::pair<std::string, std::string>> captured;  // from the route's `{name}`s, decoded
  Sandbox* box = nullptr;  // set once known; the task's own for poll and the like
  std::string key_box;     // sandbox name the credential (or header) asks for
  Instant now{};           // on the sandbox's clock
  KeyStanding standing = KeyStanding::kLetIn;  // of the key it carries
  const FileReader* files = nullptr;    // the user's files; null where there are none. Not owned
  const OwnFiles* own_files = nullptr;  // what addresses in the body lead to; null: nothing
  JsonLimits json_limits =
      kStrangersJson;  // of the body, and of what comes over a connection it opens

  std::string_view capture(std::string_view name) const;
  // The first decoded value of a query parameter, or nullopt.
  std::optional<std::string> parameter(std::string_view name) const;
  // The body as JSON, decoded at the first use.
  const Result<Json, JsonProblem>& json() const;
  // Why the body was not decoded although it may be good JSON: it exceeds `json_limits`. Null while
  // nobody has asked for it.
  const JsonProblem* beyond_limits() const;
  // The body is not looked at any more: a long wait shall not keep it.
  void let_body_go();

 private:
  mutable std::shared_ptr<const Result<Json, JsonProblem>> json_;
};

// The name by which a caller may send a submission again without a second task being made.
struct RepeatKey {
  std::string key;
  std::string print;        // equal for equal submissions
  Duration life{};          // how long the key is remembered, from its first use
  bool must_match = false;  // refuse the key with another print as a conflict
};

// What a valid submission asks for; a task is made of it.
struct Submission {
  std::string endpoint;  // id, as scenarios match it
  Json input;            // with defaults, in field order
  std::string prompt;
  std::string model;  // shown in the picture; "" : the endpoint
  Plan plan;
  std::optional<Seed> seed;  // the caller's
  double cost = 0;
  std::optional<WebhookAsk> webhook;
  Json note;  // the dialect's own facts, kept with the task; null: none
  // Hold the reply until the task has ended, at most this long on the sandbox's clock.
  std::optional<Duration> wait;
  // While waiting: give up, and let the task go, when work has not begun by then.
  std::optional<Duration> start_by;
  // How long the caller wants links to be good for; a rule of the scenario goes before it.
  std::optional<Duration> links_live;
  // The reply follows the task as a stream (Dialect::followed), unless it has ended already.
  bool follow = false;
  // Refused as rate limited when that many tasks submitted with a limit are unfinished.
  std::optional<std::size_t> active_limit;
  // Where that key was used before, its task is the answer, and nothing is made or charged.
  std::optional<RepeatKey> repeat;
  // Accepted, yet bound to fail at once with this (validation that happens late).
  std::optional<End> doomed;
  // What the user should know of how this is answered, such as a model that is only guessed at:
  // told in the journal, and once for each endpoint in the log. "" : nothing.
  std::string remark;
};

// What a stream that follows a task sends at one moment.
struct Piece {
  std::string bytes;            // "" : nothing now
  bool last = false;            // the stream ends behind it
  std::optional<Instant> next;  // look again then; beginning, end and cancelling of the task
                                // are looked at in any case
};

// What an account may do at once and in a while.
struct Limits {
  std::optional<std::size_t> running;      // tasks at work; further ones are taken and wait
  std::optional<std::size_t> submissions;  // in one `window`; further ones are refused
  Duration window = std::chrono::minutes(1);
  bool announced = false;  // the refusal says when to come back (`retry-after`)
};

// What a dialect may use beside wording, for a provider's own calls. Loop thread.
class Desk {
 public:
  virtual ~Desk() = default;
  virtual Sandboxes& sandboxes() = 0;
  virtual Uploads& uploads() = 0;
  // Runs `action` at `due` on the sandbox's clock. `kind` "" is not reported by the clock call.
  virtual void at(Sandbox& box, Instant due, std::string kind, std::string id,
                  Agenda::Action action) = 0;
  // Does `request` as if it had come over the wire: decided, journalled, answered. For what a
  // client asks over a connection of another kind, such as a WebSocket.
  virtual void perform(std::shared_ptr<const http::Request> request, http::Respond respond) = 0;
  // Credits left to the sandbox with this provider at its present time.
  virtual double credits(Sandbox& box, std::uint16_t provider) = 0;
  // Makes a task's pictures reachable, if it has any to show.
  virtual void know_pictures(Sandbox& box, Task& task, const TaskView& view) = 0;
};

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
  // A call of the provider's own: account, upload, lists, streams. Must answer exactly once.
  virtual void other(const Call& call, Desk& desk, http::Respond respond) const;

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
  // `errors.<name>` of the contract with `{name}`s filled from `args`.
  http::Reply error(std::string_view name, const Json& args = Json::object()) const;

  const contract::Contract& contract_;
  const std::uint16_t provider_;
};

// The fields of an endpoint, or those that stand for ids the contract does not list (its endpoint
// `generic`); null when it has neither.
const std::vector<contract::Field>* fields_of(const contract::Contract& contract,
                                              std::string_view endpoint);

// The accepted body of a task, defaults filled in, in field order; null when there was none.
Json input_of(const contract::Contract& contract, const Task& task);

// Whether the scenario had picture `index` of the task flagged.
bool flagged(const Task& task, int index);

// Which of `type`, `loc`, `ctx` and `input` the errors of a provider's tasks have.
std::vector<std::string> error_parts_of(const contract::Contract& contract);

// A fact under `values` of a contract as a duration ("10m"); throws std::logic_error if it is none.
Duration duration_value(const contract::Contract& contract, std::string_view name);

// A reply of compact JSON with `content-type: application/json`.
http::Reply json_reply(unsigned status, const Json& body);
// The same of text that is JSON already, as JsonWriter makes it.
http::Reply json_text_reply(unsigned status, std::string text);
// An answer that is ours, not a provider's: header `x-emulator-error`, body `emulator_error`.
// What is said of a body that exceeds our limits on JSON.
http::Reply beyond_json_limits(const JsonProblem& problem);
http::Reply our_error(unsigned status, std::string_view code, std::string_view message,
                      const Json& more = nullptr);

}  // namespace emulator
