#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/pipeline/registry.h"

namespace emulator::test {

// One line of a fixture's expectations that did not hold.
struct Difference {
  int line = 0;  // in the fixture file
  std::string what;
};

// A fixture file played from start to end. See docs/adding-a-provider.md for the format.
class Fixture {
 public:
  // The failure is `file:line: what is wrong`.
  static Result<Fixture, std::string> read(const std::string& file);

  // Plays every step against a world of its own, which has the providers of `more` as well.
  std::vector<Difference> play(std::vector<Registry::Entry> more = {}) const;
  // As `play`, and gives back the text of the file with the bodies that came.
  std::string rebased() const;

 private:
  struct Header {
    std::string name;
    std::optional<std::string> value;  // nullopt: must not be there
    int line = 0;
  };
  struct Step {
    int line = 0;
    std::optional<Duration> advance;
    std::string sandbox;  // whose clock is advanced; "" : that of the last request
    std::string method = "GET", path, body;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<std::pair<std::string, std::string>> keep;  // name, JSON pointer or header:<name>
    std::optional<unsigned> status;
    std::vector<Header> reply_headers;
    std::optional<std::string> reply_body;
    int body_line = 0;
    std::optional<std::string> picture_type, picture_size;
    bool pending = false;  // no reply yet
    bool held = false;     // no request: the reply to the pending one has come
    bool stream = false;   // the reply is streamed: `body` is what came so far
    std::size_t of = 0;    // no request: what has come since on the stream of this number, from 1
    std::optional<bool> ended;  // the stream
  };
  using Kept = std::map<std::string, std::string>;

  std::string file_, text_;
  std::string scenario_ = "default";
  std::vector<std::string> contracts_;
  std::vector<Step> steps_;
  bool strict_keys_ = false;

  friend class Player;
  friend class Reader;
};

}  // namespace emulator::test
