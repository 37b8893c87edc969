#include "emulator/scenario/values.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "emulator/base/json_text.h"

namespace emulator::scenario {
namespace {

template <class T>
bool read_whole(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// Numbers as JSON has them; what only looks like one (007, 1e, 0x10, .inf) is a text.
Json scalar_value(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const bool leading_zero =
      digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
  if (digits.empty() || digits[0] < '0' || digits[0] > '9' || leading_zero) {
    return std::string(text);
  }
  if (std::int64_t whole = 0; read_whole(text, whole)) return whole;
  if (std::uint64_t whole = 0; read_whole(text, whole)) return whole;
  if (double number = 0; text.back() != '.' && read_whole(text, number) && std::isfinite(number)) {
    return number;
  }
  return std::string(text);
}

}  // namespace

Json json_of(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Node::Kind::kNull:
      return nullptr;
    case yaml::Node::Kind::kScalar:
      return node.quoted ? Json(node.scalar) : scalar_value(node.scalar);
    case yaml::Node::Kind::kSequence: {
      Json out = Json::array();
      for (const yaml::Node& item : node.items) out.push_back(json_of(item));
      return out;
    }
    case yaml::Node::Kind::kMapping: {
      Json out = object_with_room(node.entries.size());
      auto& members = out.get_ref<Json::object_t&>();
      // The reader of the file has refused keys that are given twice.
      for (const auto& [key, value] : node.entries)
        members.emplace_back(key.scalar, json_of(value));
      return out;
    }
  }
  return nullptr;
}

yaml::Node node_of(const Json& value) {
  yaml::Node node;
  if (value.is_null()) return node;
  if (value.is_object()) {
    node.kind = yaml::Node::Kind::kMapping;
    for (const auto& [name, item] : value.items()) {
      yaml::Node key;
      key.kind = yaml::Node::Kind::kScalar;
      key.scalar = name;
      key.quoted = true;
      node.entries.emplace_back(std::move(key), node_of(item));
    }
  } else if (value.is_array()) {
    node.kind = yaml::Node::Kind::kSequence;
    for (const Json& item : value) node.items.push_back(node_of(item));
  } else {
    node.kind = yaml::Node::Kind::kScalar;
    node.quoted = value.is_string();
    node.scalar = node.quoted ? value.get<std::string>() : compact_json(value);
  }
  return node;
}

std::string shown(const yaml::Node& node) {
  constexpr std::size_t kLongest = 60;
  switch (node.kind) {
    case yaml::Node::Kind::kNull:
      return "null";
    case yaml::Node::Kind::kScalar:
      return node.scalar.size() <= kLongest ? node.scalar : node.scalar.substr(0, kLongest) + "...";
    case yaml::Node::Kind::kSequence: {
      std::string out = "[";
      for (const yaml::Node& item : node.items) {
        if (out.size() > kLongest) return out + ", ...]";
        out += (out.size() > 1 ? ", " : "") + shown(item);
      }
      return out + "]";
    }
    case yaml::Node::Kind::kMapping: {
      std::string out = "{";
      for (const auto& [key, value] : node.entries) {
        if (out.size() > kLongest) return out + ", ...}";
        out += (out.size() > 1 ? ", " : "") + shown(key) + ": " + shown(value);
      }
      return out + "}";
    }
  }
  return "";
}

}  // namespace emulator::scenario
