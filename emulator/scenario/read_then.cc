#include <algorithm>
#include <cmath>

#include "emulator/base/json_text.h"
#include "emulator/scenario/keys.h"
#include "emulator/scenario/span.h"
#include "emulator/scenario/values.h"

// Reads `then`: what a rule does.
namespace emulator::scenario {
namespace {

// `bfl has no "cancelled" ending; it has ...`, for a rule that names a provider.
void check_word(Reader& reader, const yaml::Node& node, std::string_view what,
                const std::vector<std::string> ProviderWords::*list) {
  const ProviderWords* words = reader.words();
  if (!words) return;
  const std::vector<std::string>& known = words->*list;
  if (std::find(known.begin(), known.end(), node.scalar) != known.end()) return;
  std::string text =
      words->provider + " has no " + std::string(what) + " " + in_quotes(node.scalar);
  if (known.empty()) {
    text += "; it has none";
  } else if (const auto meant = nearest(node.scalar, known)) {
    text += "; did you mean " + in_quotes(*meant) + "?";
  } else {
    text += "; it has " + listed(known);
  }
  reader.problem(node.at, std::move(text));
}

// ---- the fate of a task

void read_queue(Reader& reader, const yaml::Node& node, Then& then) {
  then.queue = read_span(reader, node, "queue", &Profile::queue);
}
void read_run(Reader& reader, const yaml::Node& node, Then& then) {
  then.run = read_span(reader, node, "run", &Profile::run);
}
void read_links_live(Reader& reader, const yaml::Node& node, Then& then) {
  then.links_live = read_span(reader, node, "links_live");
}

void read_polls(Reader& reader, const yaml::Node& node, Then& then) {
  if (const auto polls = reader.whole(node, "polls", 1, kMostPolls)) {
    then.polls = static_cast<int>(*polls);
  }
}

void read_end(Reader& reader, const yaml::Node& node, Then& then) {
  const auto end = from_word(node.scalar, kEndWords);
  if (!node.is_scalar() || !end) return reader.unknown_word(node, "end", texts_of(kEndWords));
  then.end = *end;
  // Every task can succeed, and every task can fail to end; neither needs words of its own.
  if (*end == End::kSucceed || *end == End::kStuck) return;
  const ProviderWords* words = reader.words();
  const auto has = [&](End other) {
    return words &&
           std::find(words->ends.begin(), words->ends.end(), word(other)) != words->ends.end();
  };
  if (*end == End::kNsfw && has(End::kOutputModerated)) return;  // worded as that, without a flag
  check_word(reader, node, "end", &ProviderWords::ends);
}

void read_error(Reader& reader, const yaml::Node& node, Then& then) {
  TaskError error;
  if (node.is_scalar() && !node.scalar.empty()) {
    error.name = node.scalar;
    check_word(reader, node, "error", &ProviderWords::errors);
  } else if (const yaml::Node* message = node.find("message"); message) {
    const yaml::Node* code = node.find("code");
    for (const auto& [key, value] : node.entries) {
      if (&value != message && &value != code) {
        reader.unknown_key(key, "error", {"code", "message"});
      }
    }
    if (code && !code->is_scalar()) reader.expected(*code, "code", "a number or a text");
    if (code) error.code = json_of(*code);
    error.message = reader.text(*message, "message").value_or("");
  } else {
    return reader.expected(node, "error", "the name of an error, or {code: 1234, message: TEXT}");
  }
  then.error = std::move(error);
}

void read_nsfw(Reader& reader, const yaml::Node& node, Then& then) {
  if (node.is_scalar()) {
    if (const auto flag = reader.truth(node, "nsfw")) then.nsfw = {*flag};
    return;
  }
  if (!node.is_sequence() || node.items.empty()) {
    return reader.expected(node, "nsfw", "a flag by picture, such as [true, false]");
  }
  for (const yaml::Node& item : node.items) {
    if (const auto flag = reader.truth(item, "nsfw")) then.nsfw.push_back(*flag);
  }
}

void read_links(Reader& reader, const yaml::Node& node, Then& then) {
  const auto links = from_word(node.scalar, kLinkWords);
  if (!node.is_scalar() || !links) return reader.unknown_word(node, "links", texts_of(kLinkWords));
  then.links = *links;
}

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
      change.headers.emplace_back(name.scalar, value.scalar);
    }
  }
}

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

// ---- pictures

// `1x1` into width and height.
bool read_pixels(Reader& reader, const yaml::Node& node, ImageTrouble& image) {
  const std::string_view text = node.scalar;
  const std::size_t cross = text.find('x');
  const auto side = [&](std::string_view digits) {
    int pixels = 0;
    if (digits.empty() || digits.size() > 5) return 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return 0;
      pixels = pixels * 10 + (c - '0');
    }
    return pixels <= kMostPixels ? pixels : 0;
  };
  if (node.is_scalar() && cross != std::string_view::npos) {
    image.width = side(text.substr(0, cross));
    image.height = side(text.substr(cross + 1));
    if (image.width > 0 && image.height > 0) return true;
  }
  reader.expected(node, "size",
                  "pixels such as 1x1, at most " + std::to_string(kMostPixels) + " a side");
  return false;
}

// Only what lies beside the scenario file: whoever may send a prompt may write this.
bool is_path_inside(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string_view::npos)
    return false;
  if (path.find('\\') != std::string_view::npos) return false;
  const std::vector<std::string_view> parts = split(path, '/');
  return std::none_of(parts.begin(), parts.end(),
                      [](std::string_view part) { return part == ".."; });
}

void read_image(Reader& reader, const yaml::Node& node, Then& then) {
  ImageTrouble image;
  if (node.is_scalar()) {
    const auto kind = from_word(node.scalar, kImageWords);
    if (!kind) return reader.unknown_word(node, "image", texts_of(kImageWords));
    image.kind = *kind;
    then.image = std::move(image);
    return;
  }
  if (!node.is_mapping() || node.entries.empty()) {
    return reader.expected(node, "image",
                           "one of " + listed(texts_of(kImageWords)) +
                               ", or {size: 1x1}, {style: cells} or {file: PATH}");
  }
  struct Row {
    std::string_view name;
    void (*read)(Reader&, const yaml::Node&, ImageTrouble&);
  };
  static constexpr Row kRows[] = {
      {"size", [](Reader& r, const yaml::Node& v, ImageTrouble& i) { read_pixels(r, v, i); }},
      {"style",
       [](Reader& r, const yaml::Node& value, ImageTrouble& trouble) {
         if (std::find(kStyles.begin(), kStyles.end(), value.scalar) != kStyles.end()) {
           trouble.style = value.scalar;
         } else {
           r.unknown_word(value, "style", {kStyles.begin(), kStyles.end()});
         }
       }},
      {"file",
       [](Reader& r, const yaml::Node& value, ImageTrouble& trouble) {
         if (!value.is_scalar() || !is_path_inside(value.scalar)) {
           return r.expected(value, "file",
                             "a path below the scenario file's folder, without \"..\"");
         }
         trouble.kind = ImageTrouble::Kind::kFile;
         trouble.file = value.scalar;
       }},
  };
  read_keys(reader, node, "image", kRows,
            [&](const Row& row, const yaml::Node&, const yaml::Node& value) {
              row.read(reader, value, image);
            });
  if (node.find("file") && node.entries.size() > 1) {
    reader.problem(node.at, "\"image\": a file is sent as it is: leave out the rest");
  }
  then.image = std::move(image);
}

// ---- webhooks

void read_webhook_key(Reader& reader, const yaml::Node& key, const yaml::Node& value,
                      WebhookTrouble& trouble) {
  if (key.scalar == "times") {
    if (const auto times = reader.whole(value, "times", 1, kMostDeliveries)) {
      trouble.times = static_cast<int>(*times);
    }
    return;
  }
  if (key.scalar == "delay") {
    trouble.delay = read_span(reader, value, "delay");
    return;
  }
  std::vector<std::string> known{"times", "delay"};
  for (const WebhookFlag& row : kWebhookFlags) {
    if (row.name == key.scalar) {
      if (const auto set = reader.truth(value, row.name)) trouble.*row.flag = *set;
      return;
    }
    known.emplace_back(row.name);
  }
  reader.unknown_key(key, "webhook", known);
}

void read_webhook(Reader& reader, const yaml::Node& node, Then& then) {
  std::vector<std::string> flags;
  for (const WebhookFlag& row : kWebhookFlags) flags.emplace_back(row.name);
  WebhookTrouble trouble;
  if (node.is_scalar()) {
    const auto row =
        std::find_if(kWebhookFlags.begin(), kWebhookFlags.end(),
                     [&](const WebhookFlag& flag) { return flag.name == node.scalar; });
    if (row == kWebhookFlags.end()) return reader.unknown_word(node, "webhook", flags);
    trouble.*row->flag = true;
  } else if (node.is_mapping() && !node.entries.empty()) {
    for (const auto& [key, value] : node.entries) read_webhook_key(reader, key, value, trouble);
    if (trouble.drop && node.entries.size() > 1) {
      reader.problem(node.at, "\"webhook\": what is dropped is not sent: leave out the rest");
    }
  } else {
    return reader.expected(node, "webhook",
                           "one of " + listed(flags) + ", or {times: 2} or {delay: 3s}");
  }
  if (const ProviderWords* words = reader.words(); words && !words->webhooks) {
    reader.problem(node.at, words->provider + " sends no webhooks");
  }
  then.webhook = std::move(trouble);
}

// ---- the table

Json span_schema() { return reference("span"); }
Json queue_schema() { return reference("queue"); }
Json run_schema() { return reference("run"); }
Json polls_schema() { return whole_schema(1, kMostPolls); }
Json end_schema() { return one_of_texts(texts_of(kEndWords)); }
Json refuse_schema() { return one_of_texts(texts_of(kRefusalWords)); }
Json links_schema() { return one_of_texts(texts_of(kLinkWords)); }

Json error_schema() {
  Json parts = object_schema(
      {{"code", {{"type", {"integer", "string"}}}}, {"message", {{"type", "string"}}}});
  parts["required"] = {"message"};
  return {{"anyOf", Json::array({Json{{"type", "string"}, {"minLength", 1}}, std::move(parts)})}};
}

Json nsfw_schema() {
  const Json flag = {{"type", "boolean"}};
  const Json flags = {{"type", "array"}, {"items", flag}, {"minItems", 1}};
  return {{"anyOf", Json::array({flag, flags})}};
}

Json reply_schema() {
  Json reply = object_schema(
      {{"status", whole_schema(200, 599)},
       {"headers",
        {{"type", "object"},
         {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}}},
       {"body", {{"description", "a text, or a value that is sent as compact JSON"}}},
       {"patch", {{"type", "object"}, {"description", "merged into the worded body (RFC 7386)"}}}});
  reply["minProperties"] = 1;
  reply["not"] = {{"required", {"body", "patch"}}};
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

Json image_schema() {
  Json parts = object_schema({{"size", {{"type", "string"}, {"pattern", "^[0-9]+x[0-9]+$"}}},
                              {"style", one_of_texts({kStyles.begin(), kStyles.end()})},
                              {"file", {{"type", "string"}, {"minLength", 1}}}});
  parts["minProperties"] = 1;
  return {{"anyOf", Json::array({one_of_texts(texts_of(kImageWords)), std::move(parts)})}};
}

Json webhook_schema() {
  std::vector<std::string> flags;
  Json properties = {{"times", whole_schema(1, kMostDeliveries)}, {"delay", reference("span")}};
  for (const WebhookFlag& row : kWebhookFlags) {
    flags.emplace_back(row.name);
    properties[std::string(row.name)] = {{"type", "boolean"}};
  }
  Json parts = object_schema(std::move(properties));
  parts["minProperties"] = 1;
  return {{"anyOf", Json::array({one_of_texts(flags), std::move(parts)})}};
}

constexpr OnSet kSubmit = bit(On::kSubmit);
constexpr OnSet kReplies = kAnyOn & static_cast<OnSet>(~bit(On::kWebhook));

constexpr ThenKey kThenKeys[] = {
    {"queue", kSubmit, read_queue, queue_schema, "how long a task waits before work begins"},
    {"run", kSubmit, read_run, run_schema, "how long the work takes"},
    {"links_live", kSubmit, read_links_live, span_schema, "how long image links work"},
    {"polls", kSubmit, read_polls, polls_schema, "the poll that shows the end, instead of times"},
    {"end", kSubmit, read_end, end_schema, "how the task ends"},
    {"error", kSubmit, read_error, error_schema, "what the provider says about an end that fails"},
    {"nsfw", kSubmit, read_nsfw, nsfw_schema, "the provider's flag, by picture"},
    {"links", static_cast<OnSet>(kSubmit | bit(On::kDownload)), read_links, links_schema,
     "what image links answer instead of the picture"},
    {"refuse", kReplies, read_refuse, refuse_schema, "the provider's no to this request"},
    {"retry_after", kReplies, read_retry_after, span_schema, "sent with a refusal, whole seconds"},
    {"delay", kReplies, read_delay, span_schema, "before the first byte of this reply"},
    {"reply", kReplies, read_reply, reply_schema, "last resort: changes the worded reply"},
    {"wire", kReplies, read_wire, wire_schema, "what goes wrong on the connection"},
    {"image", static_cast<OnSet>(kSubmit | bit(On::kDownload)), read_image, image_schema,
     "what is wrong with the picture"},
    {"webhook", static_cast<OnSet>(kSubmit | bit(On::kWebhook)), read_webhook, webhook_schema,
     "what goes wrong with the webhook"},
};

// ---- what does not go together

void check_together(Reader& reader, const yaml::Node& node, Then& then) {
  if (const yaml::Node* polls = node.find("polls"); polls && (then.queue || then.run)) {
    reader.problem(polls->at, "\"polls\" counts instead of time: leave out \"queue\" and \"run\"");
  }
  if (const yaml::Node* retry = node.find("retry_after"); retry && !node.find("refuse")) {
    reader.problem(retry->at, "\"retry_after\" is sent with a refusal: add \"refuse\"");
  }
  if (const yaml::Node* error = node.find("error"); error && then.error) {
    if (!node.find("end")) {
      then.end = End::kFailed;
    } else if (then.end == End::kSucceed || then.end == End::kStuck || then.end == End::kVanished) {
      reader.problem(error->at, "\"error\" needs an end that fails, not " +
                                    in_quotes(word(*then.end)) + ": leave out one of them");
    }
  }
  if (const yaml::Node* nsfw = node.find("nsfw");
      nsfw && then.end && then.end != End::kSucceed && then.end != End::kNsfw) {
    reader.problem(nsfw->at, "\"nsfw\" flags pictures, and the end " + in_quotes(word(*then.end)) +
                                 " has none: leave out one of them");
  }
}

// A word of `end` or `refuse` where a key should be: `[[stuck]]`.
bool is_misplaced_word(Reader& reader, const yaml::Node& key, std::string_view where) {
  std::string_view under;
  if (from_word(key.scalar, kEndWords)) under = "end";
  if (from_word(key.scalar, kRefusalWords)) under = "refuse";
  if (under.empty()) return false;
  reader.problem(key.at, "unknown key " + in_quotes(key.scalar) + " under " + in_quotes(where) +
                             "; did you mean \"" + std::string(under) + ": " + key.scalar + "\"?");
  return true;
}

}  // namespace

std::span<const ThenKey> then_keys() { return kThenKeys; }
std::span<const ThenKey> default_keys() { return std::span(kThenKeys).first(3); }

Then read_then(Reader& reader, const yaml::Node& node, std::string_view where,
               std::span<const ThenKey> keys) {
  Then then;
  if (!node.is_mapping()) {
    reader.expected(node, where, "what to do, such as {queue: 20s, end: nsfw}, or {} for nothing");
    return then;
  }
  std::vector<std::string> names;
  for (const auto& [key, value] : node.entries) {
    const auto row = std::find_if(keys.begin(), keys.end(), [&name = key.scalar](const ThenKey& k) {
      return k.name == name;
    });
    if (row != keys.end()) {
      row->read(reader, value, then);
    } else if (!is_misplaced_word(reader, key, where)) {
      if (names.empty()) {
        for (const ThenKey& known : keys) names.emplace_back(known.name);
      }
      reader.unknown_key(key, where, names);
    }
  }
  check_together(reader, node, then);
  return then;
}

}  // namespace emulator::scenario
