#include <algorithm>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/scenario/facts.h"
#include "emulator/scenario/keys.h"
#include "emulator/scenario/span.h"
#include "emulator/scenario/then_parts.h"
#include "emulator/scenario/values.h"

// Reads the parts of `then` that change one reply, and its way over the wire.
namespace emulator::scenario {

// ---- one reply

void read_refuse(Reader& reader, const yaml::Node& node, Then& then) {
  const auto kind = from_word(node.scalar, kRefusalWords);
  if (!node.is_scalar() || !kind) {
    return reader.unknown_word(node, "refuse", texts_of(kRefusalWords));
  }
  then.refuse = *kind;
  check_word(reader, node, "refuse", &ProviderWords::refusals);
}

void read_retry_after(Reader& reader, const yaml::Node& node, Then& then) {
  then.retry_after = read_span(reader, node, "retry_after");
}
void read_delay(Reader& reader, const yaml::Node& node, Then& then) {
  then.delay = read_span(reader, node, "delay");
}

namespace {

bool is_header_name(std::string_view name) {
  constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kSigns.find(c) != std::string_view::npos;
  });
}

bool is_header_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

// A word in braces that is no fact is a slip, or a text that has to say so.
void check_facts(Reader& reader, const yaml::Node& node) {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    names.reserve(std::size(kFacts));
    for (const FactName& fact : kFacts) names.emplace_back(fact.name);
    return names;
  }();
  for_facts(node.scalar, [&](std::string_view word) {
    if (std::find(kNames.begin(), kNames.end(), word) != kNames.end()) return;
    const std::string written = "{" + std::string(word) + "}";
    const auto meant = nearest(word, kNames);
    reader.problem(node.at, "unknown fact " + in_quotes(written) + "; " +
                                (meant ? "did you mean " + in_quotes("{" + *meant + "}") + "? Else "
                                       : "known are " + listed(kNames) + "; ") +
                                "write " + in_quotes("{" + written + "}") + " for the text itself");
  });
  for (const yaml::Node& item : node.items) check_facts(reader, item);
  for (const auto& [key, value] : node.entries) check_facts(reader, value);
}

void read_reply_headers(Reader& reader, const yaml::Node& node, ReplyChange& change) {
  if (!node.is_mapping()) {
    return reader.expected(node, "headers", "names and values, such as {x-cache: HIT}");
  }
  for (const auto& [name, value] : node.entries) {
    if (!is_header_name(name.scalar)) {
      reader.problem(name.at, in_quotes(name.scalar) + " is not the name of a header");
    } else if (!value.is_scalar() || !is_header_value(value.scalar)) {
      reader.expected(value, name.scalar, "a text on one line");
    } else {
      check_facts(reader, value);
      change.headers.emplace_back(name.scalar, value.scalar);
    }
  }
}

}  // namespace

void read_reply(Reader& reader, const yaml::Node& node, Then& then) {
  struct Row {
    std::string_view name;
    void (*read)(Reader&, const yaml::Node&, ReplyChange&);
  };
  static constexpr Row kRows[] = {
      {"status",
       [](Reader& r, const yaml::Node& value, ReplyChange& change) {
         if (const auto status = r.whole(value, "status", 200, 599)) {
           change.status = static_cast<unsigned>(*status);
         }
       }},
      {"headers", read_reply_headers},
      {"body",
       [](Reader& r, const yaml::Node& value, ReplyChange& change) {
         if (value.is_null()) return r.expected(value, "body", "a text or a JSON value");
         change.body = value.is_scalar() ? value.scalar : compact_json(json_of(value));
       }},
      {"patch",
       [](Reader& r, const yaml::Node& value, ReplyChange& change) {
         if (!value.is_mapping())
           return r.expected(value, "patch", "members to merge into the body");
         check_facts(r, value);
         change.patch = json_of(value);
       }},
  };
  if (!node.is_mapping() || node.entries.empty()) {
    return reader.expected(node, "reply", "{status, headers, body} or {patch: ...}");
  }
  ReplyChange change;
  read_keys(reader, node, "reply", kRows,
            [&](const Row& row, const yaml::Node&, const yaml::Node& value) {
              row.read(reader, value, change);
            });
  if (node.find("body") && node.find("patch")) {
    reader.problem(node.at, "\"reply\": \"body\" replaces what \"patch\" would change: keep one");
  }
  then.reply = std::move(change);
}

// ---- the wire

namespace {

std::optional<Wire> read_cut(Reader& reader, const yaml::Node& node) {
  Wire wire{Wire::Kind::kCut, 0, -1};
  if (node.is_scalar() && node.scalar.ends_with('%')) {
    const auto percent = reader.percent(node, "cut");
    if (!percent) return std::nullopt;
    wire.share = *percent / 100;
    if (*percent < 100) return wire;
    reader.problem(node.at, "\"cut\": 100% is the whole body: write less");
    return std::nullopt;
  }
  const auto bytes = parse_size(node.scalar);
  if (!node.is_scalar() || !bytes) {
    reader.expected(node, "cut", "a share such as 50%, or bytes such as 1000 or 4KB");
    return std::nullopt;
  }
  wire.bytes = *bytes;
  return wire;
}

std::optional<Wire> read_slow(Reader& reader, const yaml::Node& node) {
  std::string_view size = node.scalar;
  const bool per_second = size.ends_with("/s");
  if (per_second) size.remove_suffix(2);
  const auto bytes = parse_size(trimmed(size));
  if (node.is_scalar() && per_second && bytes && *bytes > 0) {
    return Wire{Wire::Kind::kSlow, *bytes, -1};
  }
  reader.expected(node, "slow", "bytes a second, such as 2KB/s");
  return std::nullopt;
}

}  // namespace

void read_wire(Reader& reader, const yaml::Node& node, Then& then) {
  if (node.is_mapping() && node.entries.size() == 1) {
    const auto& [key, value] = node.entries.front();
    if (key.scalar == "cut") {
      then.wire = read_cut(reader, value);
    } else if (key.scalar == "slow") {
      then.wire = read_slow(reader, value);
    } else {
      reader.unknown_key(key, "wire", {"cut", "slow"});
    }
    return;
  }
  const auto kind = from_word(node.scalar, kWireWords);
  if (node.is_scalar() && kind) {
    then.wire = Wire{*kind, 0, -1};
  } else if (node.is_scalar() && !node.scalar.empty()) {
    reader.unknown_word(node, "wire", texts_of(kWireWords));
  } else {
    reader.expected(
        node, "wire",
        "one of " + listed(texts_of(kWireWords)) + ", or {cut: 50%}, {cut: 1000} or {slow: 2KB/s}");
  }
}

// ---- schema

Json refuse_schema() { return one_of_texts(texts_of(kRefusalWords)); }

Json reply_schema() {
  Json reply = object_schema(
      {{"status", whole_schema(200, 599)},
       {"headers",
        {{"type", "object"},
         {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}}},
       {"body", {{"description", "a text, or a value that is sent as compact JSON"}}},
       {"patch",
        {{"type", "object"},
         {"description",
          "merged into the worded body (RFC 7386); {id} and other facts are filled in"}}}});
  reply["minProperties"] = 1;
  reply["not"] = {{"required", {"body", "patch"}},
                  {"properties", {{"body", true}, {"patch", true}}}};
  return reply;
}

Json wire_schema() {
  Json cut = object_schema(
      {{"cut", {{"anyOf", Json::array({reference("percentage"), reference("size")})}}}});
  cut["required"] = {"cut"};
  Json slow = object_schema({{"slow", {{"type", "string"}, {"pattern", "/s$"}}}});
  slow["required"] = {"slow"};
  return {{"anyOf",
           Json::array({one_of_texts(texts_of(kWireWords)), std::move(cut), std::move(slow)})}};
}

}  // namespace emulator::scenario
