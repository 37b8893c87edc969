// The examples of docs/control-api.md, in their order, over a real socket: what stands there is
// what comes.
#include <doctest.h>
#include <httplib.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "emulator/base/json_text.h"
#include "tests/support/test_server.h"

namespace emulator::test {
namespace {

struct Block {
  std::string language, text;
};

std::vector<Block> blocks_of(const std::string& page) {
  std::vector<Block> out;
  std::istringstream lines(page);
  std::string line;
  bool inside = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) out.push_back({line.substr(3), ""});
    } else if (inside) {
      out.back().text += line + "\n";
    }
  }
  return out;
}

// The words of shell lines; a text in quotes is one word, a line's end is the word "\n".
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  std::string word;
  bool any = false;
  char quote = 0;
  const auto close = [&] {
    if (any) out.push_back(word);
    word.clear();
    any = false;
  };
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      any = true;
    } else if (c == ' ' || c == '\n') {
      close();
      if (c == '\n') out.emplace_back("\n");
    } else {
      word += c;
      any = true;
    }
  }
  return out;
}

// Runs one `curl` line.
std::string run(httplib::Client& client, const std::vector<std::string>& words) {
  constexpr std::string_view kBase = "$EMULATOR";
  httplib::Request request;
  request.method = "GET";
  bool method_given = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-X") {
      request.method = words.at(++i);
      method_given = true;
    } else if (word == "-d") {
      request.body = words.at(++i);
      if (!method_given) request.method = "POST";
    } else if (word == "-H") {
      const std::string& header = words.at(++i);
      const auto colon = header.find(": ");
      request.headers.emplace(header.substr(0, colon), header.substr(colon + 2));
    } else if (word.starts_with(kBase)) {
      request.path = word.substr(kBase.size());
    } else {
      REQUIRE(word == "-s");
    }
  }
  REQUIRE(!request.path.empty());
  const auto reply = client.send(request);
  REQUIRE(reply);
  return reply->body;
}

bool same_text(const std::string& shown, const std::string& got) {
  const auto dots = shown.find("...");
  return dots == std::string::npos ? shown == got : got.starts_with(shown.substr(0, dots));
}

// Members that are not shown may be there; everything shown must be.
void compare(const Json& shown, const Json& got, const std::string& at) {
  CAPTURE(at);
  if (shown.is_object()) {
    REQUIRE(got.is_object());
    for (const auto& [key, value] : shown.items()) {
      CAPTURE(key);
      REQUIRE(got.contains(key));
      compare(value, got[key], at + "." + key);
    }
  } else if (shown.is_array()) {
    REQUIRE(got.is_array());
    CHECK(got.size() == shown.size());
    for (std::size_t i = 0; i < shown.size() && i < got.size(); ++i)
      compare(shown[i], got[i], at + "[" + std::to_string(i) + "]");
  } else if (shown.is_string()) {
    REQUIRE(got.is_string());
    CAPTURE(got);
    CHECK(same_text(shown.get<std::string>(), got.get<std::string>()));
  } else {
    CHECK(shown == got);
  }
}

// A line of dots stands for any number of lines; empty ones do not count.
void compare(const std::string& shown, const std::string& got) {
  std::istringstream wanted(shown), lines(got);
  std::string want, line;
  bool skipping = false;
  while (std::getline(wanted, want)) {
    if (want.empty()) continue;
    if (want.find_first_not_of(" .") == std::string::npos) {
      skipping = true;
      continue;
    }
    bool found = false;
    while (!found && std::getline(lines, line)) {
      if (line.empty()) continue;
      found = line == want;
      if (!skipping) break;
    }
    CAPTURE(want);
    CAPTURE(line);
    CHECK(found);
    skipping = false;
  }
}

}  // namespace

TEST_CASE("the examples of the control API's page come as they are printed") {
  std::ifstream file(DOCS "/control-api.md");
  std::stringstream page;
  page << file.rdbuf();
  TestServer server(TestServer::quiet());
  httplib::Client client("127.0.0.1", server.port());
  std::string latest;
  int commands = 0, compared = 0;
  for (const Block& block : blocks_of(page.str())) {
    if (block.language == "sh") {
      std::vector<std::string> line;
      for (const std::string& word : words_of(block.text)) {
        if (word != "\n") {
          line.push_back(word);
          continue;
        }
        if (line.empty()) continue;
        REQUIRE(line.front() == "curl");
        CAPTURE(block.text);
        latest = run(client, line);
        ++commands;
        line.clear();
      }
    } else if (block.language == "json") {
      CAPTURE(latest);
      const auto shown = decode_json(block.text);
      REQUIRE(shown);
      const auto got = decode_json(latest);
      REQUIRE(got);
      compare(*shown, *got, "$");
      ++compared;
    } else if (block.language == "text") {
      CAPTURE(latest);
      compare(block.text, latest);
      ++compared;
    }
  }
  CHECK(commands >= 10);
  CHECK(compared >= 9);
}

}  // namespace emulator::test
