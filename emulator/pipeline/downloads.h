#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "emulator/http/message.h"
#include "emulator/pipeline/known_files.h"
#include "emulator/pipeline/pictures.h"

namespace emulator {

// Answers to downloads of pictures: without drawing where what is known of the file suffices, and
// by as little drawing on the loop as can be. Loop thread only.
class Downloads {
 public:
  struct Options {
    std::uint64_t most_pixels = 20'000'000;  // of the largest picture that is drawn
    std::size_t known = 10'000;              // pictures whose sizes are remembered
  };
  struct Wanted {
    std::shared_ptr<const http::Request> request;
    image::Picture picture;
    std::optional<scenario::ImageTrouble> trouble;
    http::Headers headers;  // beside content type, length and etag

    // The bytes are a file of the user's in the picture's place.
    bool own_file() const;
  };
  // The failure is why the user's file could not be read.
  using Reply = Result<http::Reply, std::string>;
  // What is to be drawn first, beside the loop.
  struct Drawing {
    std::size_t room = 0;             // bytes of memory that `work` takes; about
    std::function<void(Pace&)> work;  // any thread
    std::function<Reply()> and_then;  // loop thread, once, when `work` is over
  };

  Downloads(Options options, FileReader read_file)
      : options_(options), read_file_(std::move(read_file)), known_(options.known) {}

  std::variant<Reply, Drawing> answer(Wanted wanted);
  // All that is kept only to spare work.
  void forget() { known_.forget(); }

 private:
  std::optional<http::Reply> undrawn(const Wanted& wanted, const std::string& tag);
  Drawing drawing(Wanted wanted, const std::string& tag);

  const Options options_;
  const FileReader read_file_;
  KnownFiles known_;
};

}  // namespace emulator
