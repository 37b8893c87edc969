#pragma once

#include <any>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/base/yaml.h"
#include "emulator/contract/clients.h"
#include "emulator/contract/common.h"
#include "emulator/contract/fact_table.h"
#include "emulator/contract/pictures.h"
#include "emulator/contract/size_rule.h"
#include "emulator/task/words.h"

// The facts of one provider as data: contract.yaml in typed tables. Document 1 of the file says how
// requests and the programs around find the provider (read at start); document 2 is everything else
// (read at first use).
namespace emulator::contract {

enum class Type : std::uint8_t {
  kString,
  kInteger,
  kNumber,
  kBoolean,
  kEnum,
  kUrl,
  kArray,
  kObject,
  kAny
};

struct Pattern;  // a compiled regular expression

// What a field brings, whatever it is called.
enum class Role : std::uint8_t { kNone, kPrompt, kSeed, kImage, kFormat };

// One field of a request body. Limits hold for the value after coercion.
struct Field {
  std::string name;
  Type type = Type::kAny;
  Role role = Role::kNone;
  bool required = false;
  bool nullable = false;
  std::optional<Json> default_value;
  std::optional<double> min, max;      // inclusive; numbers
  std::optional<double> above, below;  // exclusive; numbers
  std::optional<std::int64_t> multiple_of;
  std::optional<std::size_t> min_length, max_length;  // code points of a text, items of an array
  std::vector<Json> options;                          // kEnum, in the provider's order
  std::string pattern;                      // RE2 syntax, must match somewhere; "" for none
  std::shared_ptr<const Pattern> compiled;  // `pattern`, compiled by the loader
  std::shared_ptr<const Field> items;       // kArray
  std::vector<Field> fields;                // kObject, in schema order
  bool closed = false;                      // kObject: unknown keys are violations
  // What is said of the pictures it takes (`extra: { image: ... }`); null: it takes none.
  std::shared_ptr<const PictureRules> picture;
  bool literal = false;  // `extra: { literal: true }`: a wrong choice is worded as a Literal's
  OwnFacts own;          // the rest of `extra`, by the provider's table
};

// The rows of `extra` that mean the same with every provider.
std::span<const FactRow> extra_rows(const Field*);

// Something one can submit to: a path, a model.
struct Endpoint {
  std::string id;             // what scenarios match, e.g. "flux-pro-1.1-ultra"
  std::vector<Field> fields;  // in schema order
  bool closed = false;        // unknown keys of the body are violations
  double price = 0;           // per picture, in the provider's own unit
  SizeRule size;              // how pixel sizes are found
  std::string route;  // `extra: { route: NAME }`: submitted to by this way alone; "": by any
  OwnFacts own;       // the rest of `extra`, by the provider's table

  const Field* field(std::string_view name) const;
};
std::span<const FactRow> extra_rows(const Endpoint*);

// A path the provider serves. `{name}` matches one segment, `{name...}` the rest.
struct Route {
  std::string name;  // the dialect's word for it
  On on = On::kAccount;
  std::string door;    // role of the host, e.g. "api", "delivery"
  std::string method;  // GET also serves HEAD
  std::string path;
  std::string endpoint;  // id of the endpoint in the path ("flux-tools/{tool}"), which must exist;
                         // "" : the path says it all
  bool emulated = true;  // false: the provider has it, and we answer 501
};

// A reply that is fixed but for placeholders `{name}` in its strings.
struct ErrorText {
  unsigned http = 500;
  Json body;                 // sent as compact JSON, unless null
  std::string text;          // sent as it is when `body` is null
  std::string content_type;  // "" : application/json for `body`, text/plain for `text`
  std::vector<std::pair<std::string, std::string>> headers;
};

// What a task fails with, by a name of the provider's.
struct TaskErrorFacts {
  Json written;  // as the file has it, for comparisons and lists
  OwnFacts own;  // by the provider's table
};

// Document 1: how requests find the provider, and clients the emulator.
struct Doors {
  std::string provider;
  struct Host {
    std::string name;  // "api.bfl.ai", "api.*.bfl.ai"
    std::string door;
  };
  std::vector<Host> hosts;  // real hosts; the first that matches counts
  std::vector<std::pair<std::string, std::string>> prefixes;  // path prefix -> door, longest first
  std::vector<std::pair<std::string, std::string>> paths;     // path globs only it has -> door
  std::vector<std::string> real_keys;  // RE2 patterns of keys that look real and are masked
  Sdk sdk;
  std::vector<Profile> profiles;
  std::vector<TargetHeader> target_headers;
  std::optional<Trigger> trigger;  // not set: nothing to show of webhooks
};

struct Contract {
  Doors doors;
  std::vector<Route> routes;
  std::map<std::string, std::string, std::less<>> statuses;
  std::map<std::string, ErrorText, std::less<>> errors;  // refusal words and the dialect's own
  std::map<std::string, TaskErrorFacts, std::less<>> task_errors;  // for `error:` of scenarios
  std::vector<End> ends;                                           // endings it can word
  std::vector<RefusalKind> refusals;                               // refusals it can word
  std::vector<Endpoint> endpoints;
  CommonFacts common;  // values that mean the same with every provider
  std::any own;        // the others: the struct of the provider's table, read by `facts`
  Json values;         // object: all of them as they are written, for lists
  std::map<std::string, std::string, std::less<>> value_notes;  // name -> what it is, its source
  std::vector<std::string> guesses;  // names in `values` that nobody has confirmed

  const Endpoint* endpoint(std::string_view id) const;
  // An entry of `task_errors`, of the table the contract was read with; nullptr: there is none.
  template <class Error>
  const Error* task_error(std::string_view name) const {
    const auto found = task_errors.find(name);
    return found == task_errors.end() ? nullptr : &found->second.own.as<Error>();
  }
  // The provider's own values, which must be of the table the contract was read with.
  template <class Facts>
  const Facts& facts() const {
    return std::any_cast<const Facts&>(own);
  }
  // Whether there are requests of this kind: a route for them, or webhooks.
  bool has_requests(On on) const;
};

// A text and the name to print in front of its problems.
struct Source {
  std::string file;
  std::string text;
  // Of what is built in, instead of the text: what yaml::packed made of it.
  std::string_view packed = {};
};

// Reads document 1 alone. Of a user's file, which may be one document with a provider's name and
// facts, it reads the name and whatever doors there are.
Result<Doors, std::vector<std::string>> load_doors(const Source& base);

// Reads both documents of `base`, then lays every override over it in order: mappings are merged,
// everything else replaces. `own` is what the provider has beside what all have. Unknown keys and
// values, wrong types and dangling `like`s are problems, worded as `file:line:column:
// ...`, all of them at once. With `own_calls`, the names of the routes that the provider's code
// answers itself, so is a route that wants such an answer and gets none, and an answer without its
// route (own_routes.h).
Result<Contract, std::vector<std::string>> load(
    const Source& base, const std::vector<Source>& overrides = {}, const OwnTables& own = {},
    std::optional<std::span<const std::string_view>> own_calls = std::nullopt);

}  // namespace emulator::contract
