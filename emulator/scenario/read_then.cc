#include <algorithm>

#include "emulator/scenario/keys.h"
#include "emulator/scenario/then_parts.h"

// Reads `then`: what a rule does. The table of its keys; what each takes is read in then_*.cc.
namespace emulator::scenario {

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
    text += "; did you mean " + in_quotes(*meant) + "? It has " + listed(known);
  } else {
    text += "; it has " + listed(known);
  }
  reader.problem(node.at, std::move(text));
}

namespace {

Json span_schema() { return reference("span"); }

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
                                    in_quotes(to_string(*then.end)) + ": leave out one of them");
    }
  }
  if (const yaml::Node* nsfw = node.find("nsfw");
      nsfw && then.end && then.end != End::kSucceed && then.end != End::kNsfw) {
    reader.problem(nsfw->at, "\"nsfw\" flags pictures, and the end " +
                                 in_quotes(to_string(*then.end)) +
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
