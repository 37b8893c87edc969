#include "emulator/pipeline/record.h"

#include <doctest.h>

#include <string>

namespace emulator {

TEST_CASE("bodies are shortened where they are long for no reader's good") {
  const std::string run(5'000, 'Q');
  struct Row {
    const char* name;
    std::string body;
    std::size_t limit;
    std::string kept;
  };
  const Row rows[] = {
      {"small", R"({"prompt":"a cat"})", 100, R"({"prompt":"a cat"})"},
      {"empty", "", 100, ""},
      {"over the limit", "abcdef", 4, "abcd"},
      {"base64", "\"" + run + "\"", 10'000, "\"" + run.substr(0, 48) + "...[5000 characters]\""},
      {"two of them", run + " " + run, 10'000,
       run.substr(0, 48) + "...[5000 characters] " + run.substr(0, 48) + "...[5000 characters]"},
      {"a word of 1,023", std::string(1'023, 'x') + " y", 10'000, std::string(1'023, 'x') + " y"},
      {"a word of 1,024", std::string(1'024, 'x') + " y", 10'000,
       std::string(48, 'x') + "...[1024 characters] y"},
      {"long text", std::string(3'000, ' ') + "end", 4'000, std::string(3'000, ' ') + "end"},
      {"no text", std::string("\x89PNG\r\n\x1a\n\0\0", 10), 100, ""},
      {"text in UTF-8", "\xC3\xA9t\xC3\xA9", 100, "\xC3\xA9t\xC3\xA9"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(shortened(row.body, row.limit) == row.kept);
  }
}

TEST_CASE("a control byte makes a body binary, wherever it stands; blanks and line ends do not") {
  for (std::size_t size = 1; size < 40; ++size)
    for (std::size_t at = 0; at < size; ++at) {
      std::string body(size, '{');
      for (const char c : {'\t', '\n', '\r', '\f', '\x7F', '\x80', '\xFF', ' '}) {
        body[at] = c;
        CHECK(shortened(body, 100) == body);
      }
      for (const char c : {'\0', '\x01', '\x1F', '\x0B'}) {
        body[at] = c;
        CHECK(shortened(body, 100) == "");
      }
    }
}

TEST_CASE("secrets in a query are masked by the name of their parameter") {
  CHECK(masked_query("a=1&b=2") == "a=1&b=2");
  CHECK(masked_query("") == "");
  CHECK(masked_query("id=7&fal_jwt_token=abcdefgh") == "id=7&fal_jwt_token=abcd~9c56cc51");
  CHECK(masked_query("api%5Fkey=abcdefgh") == "api%5Fkey=abcd~9c56cc51");
  CHECK(masked_query("token&secret=") == "token&secret=");
}

TEST_CASE("a request is kept as it is unless there is something to leave out") {
  auto request = std::make_shared<http::Request>();
  request->method = "POST";
  request->target = request->path = "/x";
  request->body = "{}";
  CHECK(recorded(request, 1'000, {}) == request);
  const auto masked = recorded(request, 1'000, {"key", "k~1"});
  CHECK(masked != request);
  CHECK(masked->target == "/x");
  request->body = std::string(100'000, 'A');
  const auto kept = recorded(request, 1'000, {});
  CHECK(kept->body.size() < 100);
  CHECK(kept->method == "POST");
}

}  // namespace emulator
