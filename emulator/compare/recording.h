#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/http/message.h"
#include "emulator/image/picture.h"

namespace emulator::yaml {
struct Node;
}

// What somebody recorded, as plain values, whichever program wrote it down.
namespace emulator::compare {

// What only our own fixtures say of an exchange.
struct FixtureStep {
  Duration advance{0};                                    // of the clock, before the request
  std::string advance_box;                                // whose; "" : that of the last request
  std::vector<std::pair<std::string, std::string>> keep;  // name, JSON pointer or header:<name>
  std::vector<std::string> absent;                        // headers that must not be there
};

// One request and what was answered. Bodies are as the client saw them: without compression.
struct Recorded {
  std::size_t number = 0;  // in its file, from 1
  int line = 0;            // in its file; 0 where it has no lines to speak of
  std::string method, url;
  http::Headers headers;
  std::string body;
  bool body_known = true;          // false: there was one, and it was not written down
  std::optional<Instant> at;       // when it was sent
  std::optional<Duration> took{};  // until the whole answer was there
  unsigned status = 0;
  http::Headers reply_headers;
  std::optional<std::string> reply;         // nullopt: not written down, or only a picture
  std::string picture_type;                 // of a reply that is a picture, which is not kept
  std::optional<image::Size> picture_size;  // and its size, where it can be read
  std::string unread;  // why the reply's body cannot be compared; "" where it can
  std::optional<FixtureStep> fixture;

  // About what it takes of memory.
  std::size_t bytes() const;
};

struct Recording {
  enum class Kind { kHar, kCassette, kFixture };
  std::string file;
  Kind kind = Kind::kHar;
  std::vector<Recorded> exchanges;
  std::vector<std::string> problems;  // what could not be read; a line each, with place
  std::map<std::string, std::size_t> other_hosts;  // requests to hosts of nobody we stand in for
  std::size_t unanswered = 0;                      // requests that were blocked or broken off
  // Fixtures alone.
  std::string scenario;
  std::vector<std::string> contracts;
  bool strict_keys = false;
};

// Everything that a file can make grow.
struct ReadLimits {
  std::uint64_t file = 64u << 20;      // bytes of a cassette or fixture, which is read whole
  std::uint64_t exchange = 64u << 20;  // bytes of one exchange, and of its body decompressed
  std::uint64_t exchanges = 100'000;   // of one file, to the providers' hosts
  std::uint64_t kept = 256ull << 20;   // bytes of all that is kept of one file
};

// Fills the room with the next bytes; 0 at the end. Throws nothing.
using Source = std::function<std::size_t(char* into, std::size_t room)>;
// Whether an exchange is with somebody we stand in for.
using Wanted = std::function<bool(const Recorded&)>;

// Reads a HAR, a cassette or a fixture, whichever it is. A HAR, and a cassette in JSON, is read as
// a stream: no more than one exchange lies in memory beside what is kept. What cannot be read is
// told in `problems`, with its place, and the rest is there. Makes no object of any kind that a
// file names: a YAML tag of Python's is a problem of its exchange.
Recording read_recording(std::string file, const Source& source, const ReadLimits& limits,
                         const Wanted& wanted);

// ---- parts of it, by format

// What one element of a file became.
struct Taken {
  std::optional<Recorded> recorded;
  std::string problem;      // "" or what is wrong, without place
  bool unanswered = false;  // nothing to compare, and nothing wrong
};

// Reads one entry of a HAR (the JSON text of it).
Taken har_entry(std::string_view text, std::uint64_t body_limit);
// Reads one interaction of a cassette (VCR.py with its YAML and JSON serializers, of every version;
// Ruby's VCR too).
Taken json_interaction(std::string_view text, std::uint64_t body_limit);

// The YAML formats, into `out`. `take` is told of each exchange in order, and answers false when
// there is room for no more.
using Take = std::function<bool(Taken taken, int line)>;
void read_yaml(std::string_view text, const ReadLimits& limits, Recording& out, const Take& take);
// One of our own fixtures.
void read_fixture(const yaml::Node& root, Recording& out, const Take& take);

// Undoes what `content-encoding` says, and drops headers that speak of the wire alone. A body that
// cannot be undone is gone, and `unread` says why.
void undo_encoding(Recorded& recorded, std::uint64_t body_limit);
// The same, and puts a picture's type and size in place of its bytes.
void settle(Recorded& recorded, std::uint64_t body_limit);

}  // namespace emulator::compare
