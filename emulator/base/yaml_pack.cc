// A node is a byte that says what it is, its place, and what it holds: the bytes of a text, the
// items of a list, keys and values of a mapping. Numbers take as few bytes as they need. A line is
// told by how far it is from that of the node before, a document by how many bytes it takes.
#include "emulator/base/yaml_pack.h"

#include <cstdint>

namespace emulator::yaml {
namespace {

constexpr unsigned kKind = 3;  // the bits of Node::Kind
constexpr unsigned kQuoted = 4;
constexpr unsigned kTagged = 8;

void put_number(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out += text;
}

// A difference of either sign: 0, -1, 1, -2, ...
void put_step(std::string& out, std::int64_t step) {
  put_number(out, step < 0 ? static_cast<std::uint64_t>(-step) * 2 - 1
                           : static_cast<std::uint64_t>(step) * 2);
}

void put_node(std::string& out, const Node& node, int& line) {
  out += static_cast<char>(static_cast<unsigned>(node.kind) | (node.quoted ? kQuoted : 0) |
                           (node.tag.empty() ? 0 : kTagged));
  put_step(out, node.at.line - line);
  line = node.at.line;
  put_number(out, static_cast<std::uint64_t>(node.at.column));
  if (!node.tag.empty()) put_text(out, node.tag);
  switch (node.kind) {
    case Node::Kind::kNull:
      break;
    case Node::Kind::kScalar:
      put_text(out, node.scalar);
      break;
    case Node::Kind::kSequence:
      put_number(out, node.items.size());
      for (const Node& item : node.items) put_node(out, item, line);
      break;
    case Node::Kind::kMapping:
      put_number(out, node.entries.size());
      for (const auto& [key, value] : node.entries) {
        put_node(out, key, line);
        put_node(out, value, line);
      }
      break;
  }
}

class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  std::uint64_t number() {
    std::uint64_t out = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint64_t one = byte();
      out |= (one & 0x7F) << shift;
      if (one < 0x80) return out;
    }
  }

  std::string_view text() {
    const auto size = static_cast<std::size_t>(number());
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(out.size());
    return out;
  }

  // Nodes are filled where they stand: moving them would take as long as reading them.
  void node(Node& out) {
    const unsigned head = byte();
    out.kind = static_cast<Node::Kind>(head & kKind);
    out.quoted = (head & kQuoted) != 0;
    const std::uint64_t step = number();
    line_ += step % 2 == 0 ? static_cast<int>(step / 2) : -static_cast<int>(step / 2) - 1;
    out.at = {line_, static_cast<int>(number())};
    if ((head & kTagged) != 0) out.tag = text();
    switch (out.kind) {
      case Node::Kind::kNull:
        break;
      case Node::Kind::kScalar:
        out.scalar = text();
        break;
      case Node::Kind::kSequence:
        out.items.resize(static_cast<std::size_t>(number()));
        for (Node& item : out.items) node(item);
        break;
      case Node::Kind::kMapping:
        out.entries.resize(static_cast<std::size_t>(number()));
        for (auto& [key, value] : out.entries) {
          node(key);
          node(value);
        }
        break;
    }
  }

 private:
  unsigned byte() {
    const auto out = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return out;
  }

  std::string_view rest_;
  int line_ = 0;
};

}  // namespace

std::string packed(std::span<const Node> documents) {
  std::string out;
  for (const Node& document : documents) {
    std::string one;
    int line = 0;
    put_node(one, document, line);
    put_text(out, one);
  }
  return out;
}

std::optional<Node> unpacked(std::string_view bytes, std::size_t index) {
  Unpacker documents(bytes);
  for (; !documents.at_end(); --index) {
    const std::string_view document = documents.text();
    if (index > 0) continue;
    std::optional<Node> out(std::in_place);
    Unpacker(document).node(*out);
    return out;
  }
  return std::nullopt;
}

}  // namespace emulator::yaml
