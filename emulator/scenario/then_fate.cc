#include <algorithm>

#include "emulator/scenario/keys.h"
#include "emulator/scenario/span.h"
#include "emulator/scenario/then_parts.h"
#include "emulator/scenario/values.h"

// Reads the parts of `then` that decide the fate of a task.
namespace emulator::scenario {

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

Json queue_schema() { return reference("queue"); }

Json run_schema() { return reference("run"); }

Json polls_schema() { return whole_schema(1, kMostPolls); }

Json end_schema() { return one_of_texts(texts_of(kEndWords)); }

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

Json links_schema() { return one_of_texts(texts_of(kLinkWords)); }

}  // namespace emulator::scenario
