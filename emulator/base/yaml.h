#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/base/result.h"

namespace emulator::yaml {

// A place in a text: line and column count from 1; 0 means "the text as a whole".
struct Mark {
  int line = 0;
  int column = 0;
};

// One thing wrong with a text, worded for the person who wrote it.
struct Problem {
  Mark at;
  std::string text;
};

// Writes `file:line:column: text`, leaving out line and column where they are 0.
std::string to_line(std::string_view file, const Problem& problem);

// A value of a YAML text with its place. Plain tree: aliases, anchors, merge keys, tags other than
// the standard ones, and duplicate keys are refused while loading.
struct Node {
  enum class Kind { kNull, kScalar, kSequence, kMapping };

  Node() {}  // written out: Clang 14 cannot make it while `entries` waits for Node to be complete

  Kind kind = Kind::kNull;
  Mark at;
  std::string scalar;                          // kScalar: the text, unquoted and unescaped
  bool quoted = false;                         // kScalar: was quoted, so is text whatever it says
  std::string tag;                             // load_tagged: other than the standard ones, else ""
  std::vector<Node> items;                     // kSequence
  std::vector<std::pair<Node, Node>> entries;  // kMapping, in order; keys are scalars

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }

  // The value under `key`, or nullptr. Mappings only; nullptr for anything else.
  const Node* find(std::string_view key) const;
};

struct Limits {
  std::size_t bytes = 4u << 20;   // of the whole text
  std::size_t nodes = 400'000;    // values and keys
  std::size_t depth = 64;         // nested sequences and mappings
  std::size_t scalar = 1u << 20;  // bytes of one scalar
};

// Reads the one document in `text` (an empty text is a null node). Bounded by `limits` in time and
// memory; library exceptions end here. JSON texts are read too, as the YAML subset they are.
Result<Node, Problem> load(std::string_view text, const Limits& limits = {});

// As `load`, and lets any tag be: it stands in `Node::tag` ("!!binary", "!!python/tuple"), and
// nothing is made of it.
Result<Node, Problem> load_tagged(std::string_view text, const Limits& limits = {});

// Reads only document number `index` (from 0, split by `---`) of a text that holds several.
Result<Node, Problem> load_document(std::string_view text, std::size_t index,
                                    const Limits& limits = {});

}  // namespace emulator::yaml
