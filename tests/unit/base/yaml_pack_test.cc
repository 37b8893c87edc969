#include "emulator/base/yaml_pack.h"

#include <doctest.h>

#include <string>
#include <vector>

namespace emulator::yaml {
namespace {

// All there is of a node, as text.
std::string shown(const Node& node) {
  std::string out = std::to_string(static_cast<int>(node.kind)) + '@' +
                    std::to_string(node.at.line) + ':' + std::to_string(node.at.column);
  if (node.quoted) out += 'q';
  out += '<' + node.tag + '|' + node.scalar;
  for (const Node& item : node.items) out += ' ' + shown(item);
  for (const auto& [key, value] : node.entries) out += ' ' + shown(key) + '=' + shown(value);
  return out + '>';
}

Node read(const std::string& text, std::size_t index) {
  auto node = load_document(text, index);
  REQUIRE(node);
  return *std::move(node);
}

}  // namespace

TEST_CASE("what was packed is the tree that was read, with every place") {
  const std::string text =
      "# from\n\na: [1, \"1\", '', ~, {}]\n\"b\":\n  - {deep: [[], {x: null}], \"\xc3\xa4\": y}\n"
      "  - |\n    two\n    lines\nempty:\nlast: " +
      std::string(300, 'z') + "\n---\nsecond: true\n";
  const std::vector<Node> documents{read(text, 0), read(text, 1)};
  const std::string bytes = packed(documents);
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const auto back = unpacked(bytes, i);
    REQUIRE(back);
    CHECK(shown(*back) == shown(documents[i]));
  }
  CHECK_FALSE(unpacked(bytes, 2));
}

TEST_CASE("an empty document, a tag, and a place before the one that was last are kept") {
  auto tagged = load_tagged("a: !!binary eA==");
  REQUIRE(tagged);
  Node backwards = read("[a, b]", 0);
  backwards.items[1].at = {0, 0};
  backwards.items[0].at = {1'000'000, 70'000};
  const std::vector<Node> documents{Node(), *tagged, backwards};
  const std::string bytes = packed(documents);
  for (std::size_t i = 0; i < documents.size(); ++i)
    CHECK(shown(*unpacked(bytes, i)) == shown(documents[i]));
}

TEST_CASE("of nothing, nothing is unpacked") { CHECK_FALSE(unpacked("", 0)); }

}  // namespace emulator::yaml
