#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/contract/fact_table.h"
#include "emulator/contract/pictures.h"
#include "emulator/task/words.h"

// The values that mean the same with every provider that has them. What one provider alone knows is
// in its own table (providers/<name>/facts.h).
namespace emulator::contract {

struct Pattern;

struct RateLimit {
  std::size_t submissions = 0;  // in one `window`; further ones are refused
  Duration window = std::chrono::minutes(1);
  bool announced = false;  // the refusal says when to come back (`retry-after`)
};

// Waits between attempts of a webhook: `[1s, 5s, { times: 3, wait: 30s }]`.
struct Waits {
  std::vector<Duration> each;  // fewer than 1,000
};

// How long a receiver may take: of each attempt, the last one of all others.
struct TimeLimits {
  std::vector<Duration> each;  // all of more than 0
};

struct LargeWaits {
  std::size_t from = 0;  // bodies of so many bytes or more
  Waits schedule;
};

struct StatusRange {
  unsigned first = 0, last = 0;  // "3xx" is 300 to 399
};

// A header, with the scheme a key stands behind: "authorization Bearer", "x-key".
struct CredentialForm {
  std::string header, scheme;  // scheme "": the header's value is the key
};

// Prices of one picture by the value of a field, in the provider's unit. Any other value costs what
// the endpoint does.
struct PriceBy {
  std::string field;
  std::map<std::string, double, std::less<>> of;
};
std::span<const FactRow> fact_rows(const PriceBy*);
// `input` is an object. nullopt: it has no such field, or that says something else.
std::optional<double> price_in(const PriceBy& prices, const Json& input);

// Two integers: `[1, 2048]`.
struct Bounds {
  int low = 0, high = 0;  // inclusive; low <= high
};
void read_value(Reader& read, const Part& part, const FactRow& row, Bounds& out);
std::string kind_of(const FactRow& row, const Bounds*);

// What models of some ids give: `{ video: [GLOB, ...] }`.
struct ModelKind {
  std::string kind;
  std::vector<std::string> globs;
};

struct Deprecated {
  std::string endpoint, host, route;  // globs; "" for any
  std::string instead, source;
};

struct ClientRule {
  std::string why, source;
};

struct ClientRules {
  std::map<std::string, ClientRule, std::less<>> by_code;  // by codes of findings
};

// An answer that shows a good end without its picture: the patch of the reply to such requests.
struct EmptyResult {
  On on = On::kPoll;
  Json patch;
};

struct CommonFacts {
  // Accounts and keys
  double credits = 0;
  std::optional<std::size_t> active_limit;
  std::map<std::string, std::size_t, std::less<>> active_limits;
  std::optional<std::size_t> running_limit;
  std::optional<RateLimit> rate_limit;
  std::shared_ptr<const Pattern> key_form;  // the whole key; null: any
  std::string inactive_key = "unauthenticated";
  std::optional<Duration> idempotency_life;

  // Tasks, pictures, models
  Duration link_life{0};
  std::optional<Duration> kept_for;
  PictureRules incoming_pictures;
  std::vector<std::string> error_parts;
  std::optional<bool> any_endpoint;
  std::vector<ModelKind> model_kinds;
  Json try_it;

  // Webhooks
  bool webhooks = true;
  Waits webhook_schedule;
  std::optional<LargeWaits> webhook_schedule_large;
  TimeLimits webhook_time_limits{{std::chrono::seconds(10)}};
  std::vector<StatusRange> webhook_settled;
  int webhook_redirects = 0;
  std::string webhook_user_agent;

  // What clients are held against
  Duration poll_floor{0};
  Duration poll_patience = std::chrono::minutes(10);
  Duration unknown_at_first = std::chrono::seconds(5);
  std::string poll_address;
  std::vector<CredentialForm> credential_forms;
  std::vector<std::string> keyless_routes;
  std::vector<std::string> listing_routes;
  bool ignores_unknown = false;
  std::vector<Deprecated> deprecated;
  ClientRules client_rules;
  std::optional<EmptyResult> empty_result;
};

std::span<const FactRow> fact_rows(const CommonFacts*);

}  // namespace emulator::contract
