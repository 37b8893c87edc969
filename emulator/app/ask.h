#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "emulator/base/json.h"
#include "emulator/base/result.h"
#include "emulator/http/message.h"

// What commands ask an emulator that runs, or any other HTTP server.
namespace emulator {

struct Question {
  std::string method = "GET";
  std::string url;
  http::Headers headers;
  std::string body;
  // Told of each piece of the answer as it comes, on another thread, for as long as it takes.
  std::function<void(std::string_view)> hear = {};
};

struct Answered {
  unsigned status = 0;
  std::string body;
};

// Sends one request and waits for what becomes of it, 10 s at most, or without end where somebody
// hears. The failure says why there is no answer. At most 256 MiB are read.
Result<Answered, std::string> asked(Question question);

// The same, of an emulator's control API: a path below /_emulator. The failure is one line that
// names the address and the remedy, an error of the emulator's among them.
Result<Json, std::string> asked_control(const std::string& at, const std::string& token,
                                        const std::string& path);

// The text of a member; "" where it is none.
std::string text_in(const Json& object, const char* name);

}  // namespace emulator
