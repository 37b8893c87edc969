#pragma once

#include <map>
#include <string>

#include "emulator/base/json.h"

namespace emulator::test {

// How the least of clients uses a provider: fixtures/<provider>/story.yaml. Pointers are JSON
// pointers. Its form is in docs/adding-a-provider.md.
struct StoryFile {
  std::string path;                            // of a submission
  std::map<std::string, std::string> headers;  // of every request; `{key}` is the client's key
  Json body;                                   // of a submission
  std::string under;     // pointer to the object of the body that holds the fields; "" : the body
  std::string id;        // pointer to the task's id in the answer; "" where `poll` is a pointer
  std::string poll;      // pointer to the address to poll, or path with `{id}`
  std::string result;    // pointer to the address of the result; "" : the same as `poll`
  std::string pictures;  // pointer to a picture, or a list of them, in the answer at the end
  std::string picture;   // pointer from one of these to its address; "" : it is the address
  std::string status;    // pointer to the word for how it stands
  std::string done, failed;             // that word, of tasks that ended well, and badly
  std::map<std::string, int> refusals;  // status of the answer by kind, as scenarios name them
};

// Throws std::runtime_error, `file:line:column: what is wrong`, for a text that is none.
StoryFile read_story_file(const std::string& file, const std::string& text);

}  // namespace emulator::test
