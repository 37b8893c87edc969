#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/compare/recording.h"
#include "emulator/compare/secrets.h"

namespace emulator::compare {

// A HAR as it is written: entry by entry, so that what has been recorded is in the file, and read
// again, even when nobody lives to end it. One thread.
class HarText {
 public:
  // Takes the text, piece by piece, in order.
  using Put = std::function<void(const std::string& piece)>;

  // Puts the beginning. `version`: the program's.
  HarText(std::string_view version, Put put);

  // Puts one exchange, with `***` in the place of keys, tokens, cookies and signatures: those of
  // this exchange and of all before it. A status of 0: there was no answer, for the reason `why`.
  void add(const Recorded& recorded, std::string_view why = "");
  void end();

  std::size_t count() const { return count_; }

 private:
  Json entry(const Recorded& recorded, std::string_view why) const;
  Json headers(const http::Headers& fields) const;
  // A body under "text", as base64 where it is no text.
  void put_text(Json& into, const std::string& body) const;

  const Put put_;
  Secrets secrets_;
  std::size_t count_ = 0;
};

}  // namespace emulator::compare
