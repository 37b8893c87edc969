#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::compare {

// Takes a JSON text apart as its bytes come: the objects in the list of exchanges of a HAR
// (`log.entries`) or of a cassette (`interactions`, `http_interactions`), one by one, whatever else
// stands around them. Keeps one of them at most, and of a larger one than the limit nothing.
class Elements {
 public:
  // Told of each object; one that is too large comes as "". False: no more of them are wanted.
  using Each = std::function<bool(std::string_view text, bool too_large)>;

  Elements(std::size_t limit, Each each) : limit_(limit), each_(std::move(each)) {}

  // False once no more bytes are wanted: the list was told to stop, or the text is broken.
  bool feed(std::string_view piece);
  // When all bytes have come: "" or what is wrong with the text as a whole.
  std::string end();

  bool found_list() const { return found_; }
  bool is_har() const { return har_; }

 private:
  void open(char bracket, std::uint64_t at);
  void close(char bracket, std::uint64_t at);
  void feed_string(char c);

  const std::size_t limit_;
  const Each each_;
  std::vector<char> open_;         // brackets
  std::vector<std::string> keys_;  // of the outer objects that are open
  std::string key_;
  bool in_string_ = false, escaped_ = false, is_key_ = false, expects_key_ = false;
  bool found_ = false, har_ = false, done_ = false, stopped_ = false;
  std::size_t list_depth_ = 0;  // how many brackets are open inside the list; 0: outside of it
  bool capturing_ = false, too_large_ = false;
  std::string element_;
  std::size_t elements_ = 0;
  std::uint64_t passed_ = 0;  // bytes of earlier pieces
  std::string problem_;
};

}  // namespace emulator::compare
