#include "emulator/base/yaml.h"

#include <doctest.h>

#include <string>

namespace emulator::yaml {
namespace {

Node good(std::string_view text, const Limits& limits = {}) {
  auto node = load(text, limits);
  if (!node) {
    FAIL(to_line("text", node.error()));
    return {};
  }
  return *std::move(node);
}

std::string complaint(std::string_view text, const Limits& limits = {}) {
  const auto node = load(text, limits);
  return node ? "read" : to_line("f", node.error());
}

std::string repeated(std::string_view piece, std::size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += piece;
  return out;
}

std::string place(const Node& node) {
  return std::to_string(node.at.line) + ":" + std::to_string(node.at.column);
}

TEST_CASE("a text becomes a tree whose values know where they stand") {
  const Node root = good("name: x\nlist: [a, 'b', \"c\"]\nnone:\ndeep: { k: 1 }\n");
  REQUIRE(root.is_mapping());
  REQUIRE(root.entries.size() == 4);
  CHECK(place(root) == "1:1");
  CHECK(root.find("name")->scalar == "x");
  CHECK_FALSE(root.find("name")->quoted);
  const Node& list = *root.find("list");
  REQUIRE(list.is_sequence());
  REQUIRE(list.items.size() == 3);
  CHECK(place(list) == "2:7");
  CHECK(place(list.items[1]) == "2:11");
  CHECK(list.items[1].quoted);
  CHECK(list.items[2].quoted);
  CHECK(root.find("none")->is_null());
  CHECK(place(*root.find("none")) == "3:1");
  CHECK(root.find("deep")->find("k")->scalar == "1");
  CHECK(root.find("missing") == nullptr);
  CHECK(list.find("name") == nullptr);
}

TEST_CASE("columns count characters, not bytes") {
  const Node root = good("é: [ü, x]\n");
  CHECK(place(*root.find("é")) == "1:4");
  CHECK(place(root.find("é")->items[1]) == "1:8");
}

TEST_CASE("an empty text is a null value") {
  CHECK(good("").is_null());
  CHECK(good("# only a comment\n").is_null());
  CHECK(good("\xEF\xBB\xBF").is_null());
}

TEST_CASE("a byte order mark is skipped and lines may end as on Windows") {
  const Node root = good(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: two\r\n");
  CHECK(root.find("a")->scalar == "1");
  CHECK(root.find("b")->scalar == "two");
  CHECK(place(*root.find("a")) == "1:4");
}

TEST_CASE("JSON is read as it is") {
  const Node root = good(
      "{\n\t\"a\":1,\"text\":\"\\u00e9 \\ud83d\\ude00 \\\\ud83d \\/\",\"list\":[true,null,{}]}");
  CHECK(root.find("a")->scalar == "1");
  CHECK(root.find("text")->scalar == "é 😀 \\ud83d /");
  CHECK(root.find("text")->quoted);
  CHECK(root.find("list")->items[1].is_null());
}

TEST_CASE("block texts count as quoted and standard tags are followed") {
  CHECK(good("a: |\n  one\n  two\n").find("a")->scalar == "one\ntwo\n");
  CHECK(good("a: |\n  one\n").find("a")->quoted);
  CHECK(good("a: !!str 1\n").find("a")->quoted);
  CHECK_FALSE(good("a: !!int 1\n").find("a")->quoted);
}

TEST_CASE("what cannot be read is refused with its place, its cause and a remedy") {
  struct Row {
    const char* name;
    std::string text;
    const char* complaint;
  };
  const Row rows[] = {
      {"alias", "a: *x",
       "f:1:4: aliases are not supported: write the value out (a text that begins with \"*\" "
       "needs quotes)"},
      {"alias of an anchor", "a: [*x]",
       "f:1:5: aliases are not supported: write the value out (a text that begins with \"*\" "
       "needs quotes)"},
      {"glob without quotes", "*-ultra",
       "f:1:1: aliases are not supported: write the value out (a text that begins with \"*\" "
       "needs quotes)"},
      {"anchor", "a: &x 1",
       "f:1:4: anchors are not supported: write the value out (a text that begins with \"&\" "
       "needs quotes)"},
      {"tag", "a: !foo 1",
       "f:1:4: the tag \"!foo\" is not supported here: leave it out (a text that begins with "
       "\"!\" needs quotes)"},
      {"tag of another kind", "a: !!seq {}",
       "f:1:4: the tag \"!!seq\" is not supported here: leave it out (a text that begins with "
       "\"!\" needs quotes)"},
      {"binary", "a: !!binary eA==",
       "f:1:4: the tag \"!!binary\" is not supported here: leave it out (a text that begins with "
       "\"!\" needs quotes)"},
      {"merge key", "<<: {}", "f:1:1: merge keys are not supported: write the values out"},
      {"duplicate key", "a: 1\nb: 2\na: 3", "f:3:1: the key \"a\" is given twice; first at 1:1"},
      {"duplicate key in JSON", "{\"a\":1,\"a\":2}",
       "f:1:8: the key \"a\" is given twice; first at 1:2"},
      {"list as a key", "? [a]\n: 1", "f:1:3: a key must be a text, not a list"},
      {"mapping as a key", "? {a: 1}\n: 1", "f:1:3: a key must be a text, not a mapping"},
      {"null as a key", "~: 1", "f:1:1: a key must be a text: it is missing or null"},
      {"no key", ": 1", "f:1:1: a key must be a text: it is missing or null"},
      {"second document", "a: 1\n---\nb: 2", "f:2:1: a second document: write one a file"},
      {"left over", "a: 1\n...\nb: 2",
       "f:3:1: unexpected text after the end of the document: check the indentation"},
      {"left over after a list", "- a\nb: 1",
       "f:2:1: unexpected text after the end of the document: check the indentation"},
      {"stray bracket", "a: 1\n]", "f:2:1: \"]\" or \"}\" without its beginning"},
      {"tab in the indentation", "a:\n\tb: 1",
       "f:2:1: a tab in the indentation: indent with blanks"},
      {"tab after blanks", "rules:\n  - when: {}\n  \tthen: {}\n",
       "f:3:3: a tab in the indentation: indent with blanks"},
      {"two colons", "a: b: c",
       "f:1:5: \": \" is not allowed here: check the indentation, or put a text that contains "
       "\": \" in quotes"},
      {"open list", "a: [1, 2", "f:1:4: \"[\" without its \"]\", or a missing comma"},
      {"open mapping", "a: {b: 1", "f:1:4: \"{\" without its \"}\", or a missing comma"},
      {"open quote", "a: 'x", "f:1:6: a quoted text is never closed"},
      {"wrong indentation", "a: 1\n  b: 2",
       "f:2:4: \": \" is not allowed here: check the indentation, or put a text that contains "
       "\": \" in quotes"},
      {"reserved character", "a: @x",
       "f:1:4: a text must not begin with this character: put the text in quotes"},
      {"unknown escape", "a: \"\\q\"",
       "f:1:7: an unknown escape after \"\\\": write \"\\\\\", or use single quotes"},
      {"lone surrogate", "{\"a\":\"\\ud83d\"}", "f:1:13: an escape that is no Unicode character"},
      {"control character", std::string("a\x04: 1"),
       "f:1:2: a control character (4): write it as an escape in a double-quoted text"},
      {"zero byte", std::string("a: \0", 4),
       "f:1:4: a control character (0): write it as an escape in a double-quoted text"},
      {"not UTF-8", "a: \xff", "f:1:4: not UTF-8 text: save the file as UTF-8"},
      {"overlong", "a: \xc0\xaf", "f:1:4: not UTF-8 text: save the file as UTF-8"},
      {"surrogate in bytes", "a: \xed\xa0\x80", "f:1:4: not UTF-8 text: save the file as UTF-8"},
      {"cut off character", "a: \xf0\x9f\x98", "f:1:4: not UTF-8 text: save the file as UTF-8"},
      {"Latin 1 in the middle of a line", "a: caf\xe9 b",
       "f:1:7: not UTF-8 text: save the file as UTF-8"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(complaint(row.text) == row.complaint);
  }
}

TEST_CASE("duplicates are found among many keys too") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  CHECK(good(text).entries.size() == 5000);
  CHECK(complaint(text + "k17: 2\n") == "f:5001:1: the key \"k17\" is given twice; first at 18:1");
}

TEST_CASE("every limit ends the reading") {
  Limits small;
  small.bytes = 1000;
  small.nodes = 20;
  small.depth = 4;
  small.scalar = 30;
  struct Row {
    const char* name;
    std::string text;
    const char* complaint;
  };
  const Row rows[] = {
      {"bytes", repeated("# x\n", 1001), "f: too large: more than 1,000 bytes"},
      {"values", repeated("- a\n", 100), "f:20:3: too large: more than 20 values and keys"},
      {"commas", "[" + repeated("a,", 100), "f:1:81: too large: more than 20 values and keys"},
      {"depth", "[[[[[]]]]]", "f:1:5: nested too deeply: more than 4 levels"},
      {"depth of block lists", "- - - - - a", "f:1:9: nested too deeply: more than 4 levels"},
      {"text", "a: " + std::string(31, 'x'), "f:1:4: too large: a text of more than 30 bytes"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(complaint(row.text, small) == row.complaint);
  }
  CHECK(complaint("[[[[]]]]", small) == "read");
  CHECK(complaint("a: " + std::string(30, 'x'), small) == "read");
}

TEST_CASE("hostile texts are refused without eating memory, time or the stack") {
  const char* const pieces[] = {
      "[",      "{",         "- ",   "? ",  ": ",   "[,",    "{,",     "&a ",   "*a ",
      "!a ",    "''",        "\"",   "[a",  "{a: ", "[?",    "[:",     "---\n", "]",
      "}",      ",",         "%a\n", "|\n", "[&a",  "[!a ",  "--- - ", "? - ",  "[\n",
      "!!str ", "{\"a\":1,", "[[a,", "'",   "\\",   "- - - "};
  for (const char* piece : pieces) {
    CAPTURE(piece);
    CHECK(complaint(repeated(piece, 256u << 10)) != "");
  }
  // Ten copies of ten copies, nine times over, if aliases were followed.
  std::string laughs = "a: &a [x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string before = "*" + std::string(1, static_cast<char>(c - 1));
    laughs += std::string(1, c) + ": &" + c + " [" + before + "," + before + "]\n";
  }
  CHECK(complaint(laughs).find("anchors are not supported") != std::string::npos);
  CHECK(complaint(std::string(10u << 20, 'x')) == "f: too large: more than 4,194,304 bytes");
  CHECK(complaint(std::string(2u << 20, 'x')) ==
        "f:1:1: too large: a text of more than 1,048,576 bytes");
}

TEST_CASE("one of several documents is read by its number") {
  const std::string text = "a: 1\n---\nb: 2\n---\nc: 3\n";
  const auto second = load_document(text, 1);
  REQUIRE(second);
  CHECK(second->find("b")->scalar == "2");
  CHECK(place(*second->find("b")) == "3:4");
  const auto first = load_document(text, 0);
  REQUIRE(first);
  CHECK(first->find("a")->scalar == "1");
  const auto fourth = load_document(text, 3);
  REQUIRE_FALSE(fourth);
  CHECK(to_line("f", fourth.error()) ==
        "f: there is no document number 4: documents are split by a line \"---\"");
  const auto none = load_document("", 1);
  CHECK_FALSE(none);
  const auto empty = load_document("", 0);
  REQUIRE(empty);
  CHECK(empty->is_null());
}

TEST_CASE("a problem is worded as file, line, column and text") {
  CHECK(to_line("a.yaml", {{3, 4}, "no"}) == "a.yaml:3:4: no");
  CHECK(to_line("a.yaml", {{3, 0}, "no"}) == "a.yaml:3: no");
  CHECK(to_line("a.yaml", {{0, 0}, "no"}) == "a.yaml: no");
  CHECK(to_line("", {{0, 0}, "no"}) == "no");
}

}  // namespace
}  // namespace emulator::yaml
