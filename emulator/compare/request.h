#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "emulator/base/json.h"
#include "emulator/compare/recording.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/dialect.h"

namespace emulator::compare {

// Ids and links that the recorded answers handed out, and those that ours did in their place: later
// requests speak of them.
class Instances {
 public:
  void know(const std::string& theirs, const std::string& ours);
  // What two bodies have at the same places.
  void learn(const Json& theirs, const Json& ours);
  // A text with theirs replaced by ours: itself when it is one, else each id in it.
  std::string ours(std::string_view text) const;
  // A body with theirs replaced in every text of its JSON, or throughout where it is no JSON.
  std::string ours_in_body(const std::string& body) const;
  bool empty() const { return known_.empty(); }

 private:
  bool replace_in(Json& value) const;
  std::unordered_map<std::string, std::string> known_;
};

// The recorded request as it is sent again: to the same address, without what belonged to the wire
// or to the recorder's account.
http::Request request_of(const Recorded& recorded, const Instances& instances);

// Whether the recorded request carried a credential; blanked ones count.
bool had_key(const Recorded& recorded);

// Gives the request a good key, in whichever header the provider reads it from.
void give_key(http::Request& request, const Dialect& dialect);

// Names of headers and query parameters that carry secrets.
bool is_secret_header(std::string_view name);
bool is_secret_parameter(std::string_view name);

}  // namespace emulator::compare
