#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/compare/recording.h"
#include "emulator/contract/contract.h"
#include "emulator/http/message.h"

namespace emulator::compare {

enum class Class : std::uint8_t {
  kStatus,
  kHeader,
  kMissing,      // they have it, we do not
  kExtra,        // we have it, they do not
  kOrder,        // of an object's members
  kType,         // of a value, or of a picture
  kEnumeration,  // a word of a set
  kText,         // of an error
  kForm,         // of an id, a time, a link
  kSize,         // of a picture
  kValue,
};
std::string_view to_string(Class kind);
// The class of a word; false when there is none.
bool class_of(std::string_view word, Class& out);

// One thing that the recording and our answer do not have in common.
struct Difference {
  Class kind = Class::kValue;
  std::string path;          // "status", "header:NAME", "body", or a JSON pointer into the body
  std::string theirs, ours;  // as JSON where they are values; "" for nothing. May hold secrets
  std::string contract;      // where our contract says otherwise: "statuses.succeed"; "" nowhere
};

// What is known of an exchange beside its two answers.
struct Terms {
  const contract::Contract* contract = nullptr;  // null: nobody's
  Json asked;                                    // the request's body; null where it is no JSON
  std::string endpoint;                          // the contract's
  std::set<std::string, std::less<>> headers;    // names that the contract or an answer of ours has
  bool listed_headers = false;                   // theirs are all that count, and by their values
  bool open = false;                             // the task had not ended: lists may yet grow
  std::size_t most = 1'000;                      // so many differences are listed at most
};

// Every difference between what was recorded and our answer: status first, then headers, then the
// body in the order of theirs.
std::vector<Difference> differences(const Recorded& theirs, const http::Reply& ours,
                                    const Terms& terms);

// How much the differences say that the answers are of different kinds: 0 for none, little for
// values, much for a status or a word.
int weight(const std::vector<Difference>& all);

// Whether two values that no object or list is, at such a path, count as the same.
bool same_leaf(const std::string& path, const Json& theirs, const Json& ours, const Terms& terms);

// The JSON of a body, or null; of server-sent events, a list of theirs.
Json json_of_body(std::string_view body, std::string_view content_type);

}  // namespace emulator::compare
