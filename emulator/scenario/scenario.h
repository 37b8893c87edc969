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
#include "emulator/base/random.h"
#include "emulator/base/result.h"
#include "emulator/base/yaml.h"
#include "emulator/http/message.h"
#include "emulator/task/finding_words.h"
#include "emulator/task/words.h"

// A scenario file as values: what users write, read once, checked whole. Immutable after loading,
// so it may be shared by sandboxes.
namespace emulator::scenario {

// A duration that is drawn anew each time: fixed, even in a range, or log-normal by two quantiles.
struct Span {
  enum class Kind : std::uint8_t { kFixed, kRange, kLogNormal };
  Kind kind = Kind::kFixed;
  Duration low{0};   // the value; the lower end; the median (p50)
  Duration high{0};  // -; the upper end; the 99th percentile
  Duration drawn(Draw& draw) const;
};

// The provider-worded error of an ending: a named one, or a code and a message.
struct TaskError {
  std::string name;  // "" when given by code and message
  Json code;         // number or text; null when not given
  std::string message;
  // For providers whose errors are lists of items (ProviderWords::error_parts).
  std::string type;                     // "" when not given
  std::optional<Json> loc, ctx, input;  // a list; an object; any value

  // The first of those parts that is given and not in `known`; "" when there is none.
  std::string_view part_beyond(const std::vector<std::string>& known) const;
};

enum class LinkState : std::uint8_t { kExpired, kGone, kForbidden };

struct Wire {
  enum class Kind : std::uint8_t {
    kLost,
    kReset,
    kEmpty,
    kHang,
    kCut,
    kSlow,
    kGarbage,
    kWrongLength,
    kWrongType,
    kBadJson
  };
  Kind kind;
  std::uint64_t bytes = 0;  // kCut: bytes of the body, kSlow: bytes per second
  double share = -1;        // kCut: share of the body, 0 to 1, instead of bytes; else -1
};

struct ImageTrouble {
  enum class Kind : std::uint8_t {
    kNone,
    kBlack,
    kTruncated,
    kZeroBytes,
    kWrongType,
    kWrongSize,
    kRotated,
    kBomb,
    kFile
  };
  Kind kind = Kind::kNone;
  int width = 0, height = 0;    // `{size: 1x1}`; 0 when not given
  std::string style;            // "cells", "smooth", "noise"; "" when not given
  std::optional<bool> caption;  // drawn on the picture; not given: as the emulator was started
  std::string file;             // kFile: path, relative to the scenario file's folder
};

struct WebhookTrouble {
  bool drop = false, early = false, bad_signature = false, wrong_key = false;
  bool old_timestamp = false, changed_body = false, slow_body = false, forced_retries = false;
  bool reordered = false;
  int times = 1;  // deliveries of the same event
  std::optional<Span> delay;
};

struct ReplyChange {
  std::optional<unsigned> status;
  std::vector<std::pair<std::string, std::string>> headers;  // values may name facts (facts.h)
  std::optional<std::string> body;  // replaces the worded body; JSON values are sent compactly
  Json patch;  // merged into the worded JSON body (RFC 7386); else null. Texts may name facts
};

// What a rule does. Everything is optional; nothing set means "as by default".
struct Then {
  std::optional<Span> queue, run, links_live, retry_after, delay;
  std::optional<int> polls;
  std::optional<End> end;
  std::optional<TaskError> error;
  std::vector<bool> nsfw;
  std::optional<LinkState> links;
  std::optional<RefusalKind> refuse;
  std::optional<ReplyChange> reply;
  std::optional<Wire> wire;
  std::optional<ImageTrouble> image;
  std::optional<WebhookTrouble> webhook;

  // Takes over from `other` what is not set here. What only makes sense together stays together:
  // a count of polls is not taken beside times that are set here, nor times beside polls, nor the
  // error of another ending.
  void fill_from(const Then& other);
};

// The conditions of a rule, compiled, and which rules a request can meet at all. Opaque outside
// scenario/.
struct When;
struct Index;

struct Rule {
  std::string name;  // "" when not named
  yaml::Mark at;     // where the rule begins
  std::shared_ptr<const When> when;
  std::vector<Then> steps;  // one for `then`, several for `sequence`
  bool repeat = false;      // `sequence`: starts over
  bool go_on = false;       // later rules may add
};

struct Expectation {
  yaml::Mark at;
  std::shared_ptr<const When> when;
  Json shown;  // `when` as it was written, for reports
  std::uint64_t at_least = 0;
  std::uint64_t at_most = UINT64_MAX;
};

// What is not to be told of clients. "" for any.
struct Allowed {
  FindingCode code = FindingCode::kPaidTwice;
  std::string provider, endpoint;  // a name; a glob over endpoints
};

// Times that were seen at a real provider, under a name that `queue` and `run` take.
struct Profile {
  std::string name;
  std::optional<Span> queue, run;  // not set where nobody has published a figure
  std::string source;              // which records, how many, of when
  std::string provider{};          // its name
  std::vector<std::string>
      endpoints{};  // globs: those it was seen at; the longest that fits counts
};
using Profiles = std::vector<Profile>;

struct Scenario {
  std::string name;
  std::string about;
  std::string file;  // for messages and the journal
  std::string text;  // as it was read
  std::optional<std::uint64_t> seed;
  Then defaults;  // queue, run, links_live
  // Whose times stand before `defaults` at the endpoints that they were seen at; null: nobody's.
  std::shared_ptr<const Profiles> recorded;
  std::optional<double> credits;
  std::vector<Rule> rules;
  std::vector<Expectation> expect;
  std::vector<Allowed> allow;
  std::shared_ptr<const Index> index;  // over `rules`; where it is null, every rule is looked at
};

// What one provider can do, for checking rules that name it.
struct ProviderWords {
  std::string provider;
  std::vector<std::string> endpoints;
  std::vector<std::string> ends, refusals, errors;  // words
  bool webhooks = true;
  bool any_endpoint = false;               // ids outside `endpoints` are served too
  std::vector<std::string> requests{};     // words of what can be asked; empty: not known
  std::vector<std::string> error_parts{};  // of `loc`, `ctx`, `input`, `type`: what its errors have
};

// How much a scenario may be. Strangers may send one to be read.
struct Limits {
  std::size_t bytes = 1u << 20;          // of its text
  std::size_t pattern_bytes = 4u << 20;  // that all its patterns take once they are compiled
};

// All provider names, and the words of one (nullptr for an unknown name). Looked up only for rules
// that name a provider, so that a start without such rules reads no contract.
struct Vocabulary {
  std::vector<std::string> providers;
  std::function<const ProviderWords*(std::string_view provider)> words;
  Limits limits = {};
  std::shared_ptr<const Profiles> profiles = nullptr;  // of all providers; null: none
};

// The same with the words of every provider looked up, so that other threads may use it.
Vocabulary looked_up(const Vocabulary& vocabulary);

struct Loaded {
  std::shared_ptr<const Scenario> scenario;
  std::vector<yaml::Problem> warnings;  // rules that can never match, and the like
};

// What `defaults` of a scenario leave out: as in the built-in scenario `default`.
Then usual_defaults();
// Whether a text may name files of the user's (`image: {file: ...}`). Only what the user keeps in a
// scenario file may: whoever reaches a port must not choose what is read from the disk.
enum class Files : bool { kRefused, kAllowed };

// Reads and checks a scenario whole. `file` is for messages and relative paths only. All problems
// at once, in the order of the text; nothing is taken over when there is one.
Result<Loaded, std::vector<yaml::Problem>> load(std::string file, std::string text,
                                                const Vocabulary& vocabulary,
                                                Files files = Files::kRefused);

// Reads one `then` as written in a prompt directive or header: `run: 20s, end: nsfw`. The failure
// is one line; no place in it, as there is no file. It names no file of the user's, and of the
// vocabulary it knows the profiles alone.
Result<Then, std::string> load_then(std::string_view text, const Vocabulary& vocabulary);

// Reads one `when` given as JSON (control API: verify). Conditions that count (nth, every, first,
// after, chance) are refused: whoever asks counts.
Result<std::shared_ptr<const When>, std::string> load_when(const Json& when,
                                                           const Vocabulary& vocabulary);

}  // namespace emulator::scenario
