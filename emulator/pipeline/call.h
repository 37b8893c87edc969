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
#include "emulator/pipeline/notes.h"
#include "emulator/pipeline/origin.h"
#include "emulator/sandbox/sandbox.h"

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
  const Sandbox* box = nullptr;  // set once known; the task's own for poll and the like
  Notes notes;                   // the provider's own in `box`
  std::uint64_t exchange = 0;    // number in the journal of `box`; 0: it stands in none
  Instant now{};                 // on the sandbox's clock
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
  // Chance for one purpose: equal for equal sandbox, exchange and purpose.
  Draw draw(std::string_view purpose) const { return box->draw(purpose, exchange); }
  // From now on the call is about `in`, with its time and its notes.
  void set_sandbox(Sandbox& in) {
    box = &in;
    notes = Notes(in, provider);
    now = in.now();
  }
  // The body is not looked at any more: a long wait shall not keep it.
  void let_body_go();

 private:
  mutable std::shared_ptr<const Result<Json, JsonProblem>> json_;
};

}  // namespace emulator
