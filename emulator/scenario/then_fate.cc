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
           std::find(words->ends.begin(), words->ends.end(), to_string(other)) != words->ends.end();
  };
  if (*end == End::kNsfw && has(End::kOutputModerated)) return;  // worded as that, without a flag
  check_word(reader, node, "end", &ProviderWords::ends);
}

namespace {

void read_code(Reader& reader, const yaml::Node& node, TaskError& error) {
  if (!node.is_scalar()) return reader.expected(node, "code", "a number or a text");
  error.code = json_of(node);
}

void read_message(Reader& reader, const yaml::Node& node, TaskError& error) {
  error.message = reader.text(node, "message").value_or("");
}

void read_type(Reader& reader, const yaml::Node& node, TaskError& error) {
  if (!node.is_scalar() || node.scalar.empty()) {
    return reader.expected(node, "type", "a text such as content_policy_violation");
  }
  error.type = node.scalar;
}

void read_loc(Reader& reader, const yaml::Node& node, TaskError& error) {
  const auto is_step = [](const yaml::Node& item) {
    return item.is_scalar() && (json_of(item).is_string() || json_of(item).is_number_integer());
  };
  if (!node.is_sequence() || node.items.empty() ||
      !std::all_of(node.items.begin(), node.items.end(), is_step)) {
    return reader.expected(node, "loc", "a list such as [body, image_urls, 0]");
  }
  error.loc = json_of(node);
}

void read_ctx(Reader& reader, const yaml::Node& node, TaskError& error) {
  if (!node.is_mapping()) return reader.expected(node, "ctx", "members such as {max_length: 2500}");
  error.ctx = json_of(node);
}

void read_input(Reader&, const yaml::Node& node, TaskError& error) { error.input = json_of(node); }

struct ErrorKey {
  std::string_view name;
  void (*read)(Reader& reader, const yaml::Node& node, TaskError& error);
};
constexpr ErrorKey kErrorKeys[] = {{"code", read_code}, {"message", read_message},
                                   {"type", read_type}, {"loc", read_loc},
                                   {"ctx", read_ctx},   {"input", read_input}};

// What a provider's errors have no place for, and what goes with what.
void check_error(Reader& reader, const yaml::Node& node, const TaskError& error) {
  if (!node.find("message")) {
    reader.problem(node.at, "\"error\" needs \"message\": what the provider says");
  }
  const ProviderWords* words = reader.words();
  static const std::vector<std::string> kAll{"type", "loc", "ctx", "input"};
  const std::string_view beyond = error.part_beyond(words ? words->error_parts : kAll);
  if (!beyond.empty()) {
    std::vector<std::string> has{"code", "message"};
    has.insert(has.end(), words->error_parts.begin(), words->error_parts.end());
    return reader.problem(
        node.find(beyond)->at,
        words->provider + "'s errors have no " + in_quotes(beyond) + "; they have " + listed(has));
  }
  if (!error.type.empty() && error.code.is_string()) {
    reader.problem(node.find("code")->at,
                   "\"code\": a text says what \"type\" says: leave out one of them");
  }
  if (error.type.empty() && !error.code.is_string()) {
    for (const char* part : {"loc", "ctx", "input"}) {
      if (const yaml::Node* value = node.find(part)) {
        reader.problem(value->at,
                       in_quotes(part) + " belongs to an error with a type: add \"type\"");
      }
    }
  }
}

}  // namespace

void read_error(Reader& reader, const yaml::Node& node, Then& then) {
  TaskError error;
  if (node.is_scalar() && !node.scalar.empty()) {
    error.name = node.scalar;
    check_word(reader, node, "error", &ProviderWords::errors);
  } else if (node.is_mapping() && !node.entries.empty()) {
    read_keys(reader, node, "error", kErrorKeys,
              [&](const ErrorKey& row, const yaml::Node&, const yaml::Node& value) {
                row.read(reader, value, error);
              });
    check_error(reader, node, error);
  } else {
    return reader.expected(node, "error", "the name of an error, or {code: 1234, message: TEXT}");
  }
  then.error = std::move(error);
}

void read_nsfw(Reader& reader, const yaml::Node& node, Then& then) {
  if (const ProviderWords* words = reader.words();
      words && std::find(words->ends.begin(), words->ends.end(), to_string(End::kNsfw)) ==
                   words->ends.end()) {
    return reader.problem(node.at, words->provider +
                                       " flags no pictures: leave \"nsfw\" out, or write "
                                       "\"end: output_moderated\"");
  }
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
      {{"code", {{"type", {"integer", "string"}}}},
       {"message", {{"type", "string"}}},
       {"type", {{"type", "string"}, {"minLength", 1}, {"description", "of an error that has it"}}},
       {"loc",
        {{"type", "array"},
         {"items", {{"type", {"string", "integer"}}}},
         {"minItems", 1},
         {"description", "where the error is, of one that says it"}}},
       {"ctx", {{"type", "object"}, {"description", "its limits, of an error that says them"}}},
       {"input", {{"description", "the value it is about, of an error that has it"}}}});
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
