#pragma once

#include <set>
#include <string>
#include <string_view>

#include "emulator/compare/recording.h"

namespace emulator::compare {

// Everything in a recording that must not be shown: credentials of requests, signatures of links,
// secrets that answers handed out.
class Secrets {
 public:
  // Takes note of what one exchange gives away.
  void learn(const Recorded& recorded);
  // The text without any of it, and without whatever looks like a key of anybody's.
  std::string hidden(std::string_view text) const;

 private:
  void add(std::string_view secret);
  void add_query(std::string_view url);
  void add_members(std::string_view body);

  std::set<std::string, std::less<>> known_;
};

}  // namespace emulator::compare
