#pragma once

#include <yaml-cpp/eventhandler.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "emulator/base/yaml_events.h"
#include "emulator/base/yaml_stop.h"

namespace emulator::yaml {

// Makes the tree of a document from the library's events; the first that is out of order ends the
// parsing by a Stop.
class Builder final : public YAML::EventHandler {
 public:
  Builder(Places& places, const Limits& limits, bool any_tag)
      : places_(places), limits_(limits), any_tag_(any_tag) {}

  Node take() { return std::move(root_); }
  // Where the innermost list or mapping that is still being read begins.
  std::optional<Mark> open_at() const {
    if (frames_.empty()) return std::nullopt;
    return frames_.back().node.at;
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node = made(Node::Kind::kNull, mark, anchor);
    // The library gives a missing value the place of whatever comes next.
    if (Frame* frame = top(); frame && frame->key && frame->key->at.line != node.at.line) {
      node.at = frame->key->at;
    }
    put(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Stop{{places_.of(mark), std::string(kAliases)}};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = made(Node::Kind::kScalar, mark, anchor);
    if (value.size() > limits_.scalar) {
      throw Stop{{node.at, "too large: a text of more than " + counted(limits_.scalar) + " bytes"}};
    }
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (tag != "?" && !node.quoted) check_tag(node, tag, {"int", "float", "bool", "null"});
    node.scalar = value;
    put(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(made(Node::Kind::kSequence, mark, anchor), tag, "seq");
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(made(Node::Kind::kMapping, mark, anchor), tag, "map");
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    std::optional<Node> key;                     // read, and its value is not yet
    std::unordered_map<std::string, Mark> seen;  // once there are many keys
  };

  Frame* top() { return frames_.empty() ? nullptr : &frames_.back(); }

  Node made(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Node node;
    node.kind = kind;
    node.at = places_.of(mark);
    if (anchor != YAML::NullAnchor) {
      throw Stop{{node.at,
                  "anchors are not supported: write the value out "
                  "(a text that begins with \"&\" needs quotes)"}};
    }
    if (++nodes_ > limits_.nodes) {
      throw Stop{{node.at, "too large: more than " + counted(limits_.nodes) + " values and keys"}};
    }
    return node;
  }

  void check_tag(Node& node, const std::string& tag,
                 std::initializer_list<std::string_view> fitting) {
    constexpr std::string_view kStandard = "tag:yaml.org,2002:";
    const bool standard = tag.starts_with(kStandard);
    for (const std::string_view word : fitting) {
      if (standard && std::string_view(tag).substr(kStandard.size()) == word) return;
    }
    const std::string shown = standard ? "!!" + tag.substr(kStandard.size()) : tag;
    if (any_tag_) {
      node.tag = shown;
      return;
    }
    throw Stop{{node.at, "the tag " + in_quotes(shown) + " is not supported here: leave it out " +
                             "(a text that begins with \"!\" needs quotes)"}};
  }

  void open(Node node, const std::string& tag, std::string_view fitting) {
    if (tag != "?" && tag != "!" && !tag.empty()) check_tag(node, tag, {fitting});
    if (Frame* frame = top(); frame && frame->node.is_mapping() && !frame->key) {
      throw Stop{{node.at, "a key must be a text, not a " +
                               std::string(node.is_mapping() ? "mapping" : "list")}};
    }
    if (frames_.size() >= limits_.depth) {
      throw Stop{{node.at, "nested too deeply: more than " + counted(limits_.depth) + " levels"}};
    }
    frames_.push_back(Frame{std::move(node), std::nullopt, {}});
  }

  void close() {
    Node node = std::move(frames_.back().node);
    frames_.pop_back();
    put(std::move(node));
  }

  void put(Node node) {
    Frame* frame = top();
    if (!frame) {
      root_ = std::move(node);
    } else if (frame->node.is_sequence()) {
      frame->node.items.push_back(std::move(node));
    } else if (frame->key) {
      frame->node.entries.emplace_back(std::move(*frame->key), std::move(node));
      frame->key.reset();
    } else {
      check_key(*frame, node);
      frame->key = std::move(node);
    }
  }

  void check_key(Frame& frame, const Node& key) {
    if (!key.is_scalar()) {
      throw Stop{{key.at, "a key must be a text: it is missing or null"}};
    }
    if (key.scalar == "<<" && !key.quoted) {
      throw Stop{{key.at, "merge keys are not supported: write the values out"}};
    }
    if (const std::optional<Mark> first = seen_before(frame, key)) {
      throw Stop{{key.at, "the key " + in_quotes(key.scalar) + " is given twice; first at " +
                              std::to_string(first->line) + ":" + std::to_string(first->column)}};
    }
  }

  // Looks through the few keys most mappings have; from `kMany` on, in a table.
  std::optional<Mark> seen_before(Frame& frame, const Node& key) {
    constexpr std::size_t kMany = 16;
    const auto& entries = frame.node.entries;
    if (entries.size() < kMany) {
      for (const auto& entry : entries) {
        if (entry.first.scalar == key.scalar) return entry.first.at;
      }
      return std::nullopt;
    }
    if (frame.seen.empty()) {
      for (const auto& entry : entries) frame.seen.emplace(entry.first.scalar, entry.first.at);
    }
    const auto [place, added] = frame.seen.emplace(key.scalar, key.at);
    if (added) return std::nullopt;
    return place->second;
  }

  Places& places_;
  const Limits& limits_;
  const bool any_tag_;
  std::vector<Frame> frames_;
  std::size_t nodes_ = 0;
  Node root_;
};

}  // namespace emulator::yaml
