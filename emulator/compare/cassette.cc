// Cassettes of VCR.py (pytest-recording writes the same) with its YAML and its JSON serializer, and
// those of Ruby's VCR, which look alike.
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/base/yaml.h"
#include "emulator/compare/instants.h"
#include "emulator/compare/recording.h"
#include "emulator/compare/yaml_json.h"

namespace emulator::compare {
namespace {

const Json& vcr_member(const Json& object, const char* name) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

std::string vcr_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : compact_json(value);
}

// Names to a text or a list of texts.
http::Headers vcr_headers(const Json& headers) {
  http::Headers out;
  if (!headers.is_object()) return out;
  for (const auto& [name, value] : headers.items()) {
    if (!value.is_array()) {
      out.add(name, vcr_text(value));
      continue;
    }
    for (const Json& one : value) out.add(name, vcr_text(one));
  }
  return out;
}

// A body in one of the ways there are: a text, {string}, {base64_string}, {encoding, string}.
std::optional<std::string> vcr_body(const Json& body, std::string& problem) {
  if (body.is_null()) return std::nullopt;
  if (!body.is_object()) return vcr_text(body);
  if (const Json& packed = vcr_member(body, "base64_string"); packed.is_string()) {
    auto plain = from_base64(packed.get_ref<const std::string&>());
    if (!plain) problem = "a body is said to be base64, and is not";
    return plain;
  }
  if (body.contains("string")) return vcr_text(body["string"]);
  return vcr_text(body);
}

unsigned vcr_status(const Json& response) {
  const Json& status = vcr_member(response, "status");
  const Json& code = status.is_object() ? vcr_member(status, "code")
                     : status.is_null() ? vcr_member(response, "status_code")
                                        : status;
  if (code.is_number()) {
    const double number = code.get<double>();
    return number >= 100 && number <= 999 ? static_cast<unsigned>(number) : 0;
  }
  const std::string digits = vcr_text(code);
  return digits.size() == 3 && digits.find_first_not_of("0123456789") == std::string::npos
             ? static_cast<unsigned>(std::stoul(digits))
             : 0;
}

Taken interaction(const Json& whole, std::uint64_t body_limit) {
  Taken taken;
  const Json& request = vcr_member(whole, "request");
  const Json& response = vcr_member(whole, "response");
  Recorded out;
  out.method = vcr_text(vcr_member(request, "method"));
  for (char& c : out.method)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  out.url = vcr_text(vcr_member(request, "uri"));
  if (out.url.empty()) out.url = vcr_text(vcr_member(request, "url"));
  if (out.method.empty() || out.url.empty()) {
    taken.problem = "no \"request\" with \"method\" and \"uri\"";
    return taken;
  }
  out.headers = vcr_headers(vcr_member(request, "headers"));
  out.body = vcr_body(vcr_member(request, "body"), taken.problem).value_or("");
  out.reply_headers = vcr_headers(vcr_member(response, "headers"));
  out.status = vcr_status(response);
  if (out.status == 0) {
    if (taken.problem.empty()) taken.problem = "no \"response\" with a status";
    return taken;
  }
  // httpx, as VCR.py before version 6 wrote it down, has its body under `content`.
  const Json& body = vcr_member(response, response.contains("content") ? "content" : "body");
  out.reply = vcr_body(body, taken.problem);
  if (!out.reply && taken.problem.empty()) out.reply = "";
  if (const auto date = out.reply_headers.get("date")) out.at = instant_of(*date);
  if (const Json& at = vcr_member(whole, "recorded_at"); at.is_string())
    if (const auto read = instant_of(at.get_ref<const std::string&>())) out.at = read;
  settle(out, body_limit);
  taken.recorded = std::move(out);
  return taken;
}

void add_yaml(const yaml::Node& node, int line_before, std::uint64_t limit, const Take& take,
              bool& more) {
  if (!more) return;
  const int line = node.at.line + line_before;
  Taken taken;
  if (const auto json = json_of_yaml(node, line_before))
    taken = interaction(*json, limit);
  else
    taken.problem = json.error();
  if (taken.recorded) taken.recorded->line = line;
  more = take(std::move(taken), line);
}

yaml::Limits cassette_limits(const ReadLimits& limits) {
  return {static_cast<std::size_t>(limits.file), 4'000'000, 64,
          static_cast<std::size_t>(limits.exchange)};
}

// Where the items of a list of exchanges begin in a text whose whole cannot be read: lines that
// begin with "- " no deeper than the first of them.
std::vector<std::size_t> item_starts(std::string_view text, std::size_t from) {
  std::vector<std::size_t> out;
  std::string indent;
  for (std::size_t at = from; at < text.size();) {
    const std::size_t dash = text.find_first_not_of(' ', at);
    if (dash != std::string_view::npos && text.substr(dash, 2) == "- ") {
      const std::string_view before = text.substr(at, dash - at);
      if (out.empty()) indent = before;
      if (before == indent) out.push_back(at);
    } else if (!out.empty() && dash != std::string_view::npos && dash - at < indent.size() + 1 &&
               text[dash] != '\n' && text[dash] != '#' && dash == at) {
      out.push_back(at);  // what stands behind the list
      break;
    }
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return out;
}

// The exchanges one by one, so that what is wrong with one, or with the end of a file that was cut
// off, leaves the others there.
bool read_by_items(std::string_view text, const ReadLimits& limits, const Take& take) {
  std::size_t head = std::string_view::npos;
  for (const std::string_view word : {"http_interactions:", "interactions:"}) {
    if (text.starts_with(word)) head = 0;
    const auto found = text.find("\n" + std::string(word));
    if (head == std::string_view::npos && found != std::string_view::npos) head = found + 1;
  }
  if (head == std::string_view::npos) return false;
  const std::size_t first_line = text.find('\n', head);
  if (first_line == std::string_view::npos) return false;
  const auto starts = item_starts(text, first_line + 1);
  bool more = true;
  int lines = 0;
  std::size_t counted = 0;
  for (std::size_t i = 0; i < starts.size() && more; ++i) {
    const std::size_t end = i + 1 < starts.size() ? starts[i + 1] : text.size();
    const std::string_view item = text.substr(starts[i], end - starts[i]);
    for (; counted < starts[i]; ++counted) lines += text[counted] == '\n';
    if (item.find_first_not_of(' ') == std::string_view::npos ||
        !item.substr(item.find_first_not_of(' ')).starts_with("- "))
      continue;
    const auto node = yaml::load_tagged(item, cassette_limits(limits));
    if (node && node->is_sequence() && node->items.size() == 1) {
      add_yaml(node->items.front(), lines, limits.exchange, take, more);
      continue;
    }
    Taken bad;
    int line = lines + 1;
    if (!node) {
      bad.problem = node.error().text;
      line = lines + std::max(node.error().at.line, 1);
      if (i + 1 == starts.size() && end == text.size())
        bad.problem += " (the file is cut off here)";
    } else {
      bad.problem = "no exchange";
    }
    more = take(std::move(bad), line);
  }
  return !starts.empty();
}

}  // namespace

Taken json_interaction(std::string_view text, std::uint64_t body_limit) {
  const auto whole = decode_json(text, JsonLimits{200, 2'000'000, 200'000});
  if (whole) return interaction(*whole, body_limit);
  Taken taken;
  taken.problem = "no JSON: " + whole.error().text + " at character " +
                  std::to_string(whole.error().position + 1) + " of it";
  return taken;
}

void read_yaml(std::string_view text, const ReadLimits& limits, Recording& out, const Take& take) {
  const auto root = yaml::load_tagged(text, cassette_limits(limits));
  if (!root) {
    if (!read_by_items(text, limits, take))
      out.problems.push_back(yaml::to_line(out.file, root.error()));
    return;
  }
  if (root->find("steps") != nullptr) {
    read_fixture(*root, out, take);
    return;
  }
  const yaml::Node* list = root->find("interactions");
  if (list == nullptr) list = root->find("http_interactions");
  // VCR.py before its first version wrote the list alone.
  if (list == nullptr && root->is_sequence()) list = &*root;
  if (list == nullptr || !(list->is_sequence() || list->is_null())) {
    out.problems.push_back(out.file +
                           ": neither a HAR (log.entries), nor a cassette (interactions), nor a "
                           "fixture (steps)");
    return;
  }
  bool more = true;
  for (const yaml::Node& node : list->items) add_yaml(node, 0, limits.exchange, take, more);
}

}  // namespace emulator::compare
