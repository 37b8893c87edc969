#pragma once

#include <httplib.h>

#include <functional>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "tests/stories/story_file.h"
#include "tests/support/test_server.h"
#include "tests/unit/http/raw_client.h"

// A client of each provider that does what the least of them does: submits, polls, downloads.
namespace emulator::test {

// What came for a request. Status 0: the connection ended without an answer, or within it.
struct Answer {
  int status = 0;
  Json body;         // null when it is no JSON
  std::string text;  // the body as it came
  httplib::Headers headers;

  std::string header(const std::string& name) const;
};

struct Submitted {
  Answer answer;
  std::string poll;    // path; "" when nothing was accepted
  std::string result;  // path of the result, where it has one of its own; else that of `poll`
};

// One emulator with a scenario that comes with it, clocks that stand still, seed 1, and the sandbox
// "k". Every request is a connection of its own.
class Stage {
 public:
  explicit Stage(const std::string& scenario, const std::string& key = "k");

  Answer send(const std::string& provider, const std::string& method, const std::string& path,
              const std::string& body = "", httplib::Headers more = {});
  // Submits the prompt "a" to a usual model, with the members of `more` added.
  Submitted submit(const std::string& provider, const Json& more = Json::object());
  Answer poll(const std::string& provider, const Submitted& task);
  Answer result(const std::string& provider, const Submitted& task);
  // Submits, waits a second, and asks for the end.
  Answer ended(const std::string& provider, const std::string& after = "1s");
  Answer download(const std::string& provider, const Answer& ended, std::size_t number = 0);

  void advance(const std::string& by);
  // Sends, moves the clock once the request has arrived, and returns what came then.
  Answer send_and_advance(const std::function<Answer()>& send, const std::string& by);
  // True when nothing comes for a request and its connection stays open.
  bool hangs(const std::string& request);
  std::string raw_request(const std::string& provider, const std::string& method,
                          const std::string& path, const std::string& body = "") const;
  Json control(const std::string& path);
  std::size_t tasks();
  // Requests of a kind so far.
  std::size_t asked(const std::string& on);

  // The address of picture `number` in an answer that shows the end; "" when there is none.
  static std::string link(const std::string& provider, const Answer& ended, std::size_t number = 0);
  // The provider's status word in an answer.
  static std::string status(const std::string& provider, const Answer& answer);

 private:
  httplib::Headers headers(const std::string& provider) const;

  TestServer server_;
  std::string key_;
};

// A story: a scenario that comes with the emulator, and what a client meets in it.
struct Story {
  const char* scenario;
  void (*play)(Stage& stage);
};

std::vector<Story> common_stories();
std::vector<Story> bfl_stories();
std::vector<Story> fal_stories();
std::vector<Story> wavespeed_stories();
std::vector<Story> other_stories();

// The providers built in.
const std::vector<std::string>& providers();
// What fixtures/<provider>/story.yaml says.
const StoryFile& told_of(const std::string& provider);

// The path and query of an address; "/" for what is no text.
std::string path_of(const Json& url);

}  // namespace emulator::test
