#include "emulator/pipeline/reason.h"

#include <string_view>

#include "emulator/base/json_text.h"
#include "emulator/base/roughly.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

constexpr std::size_t kMostBytes = 300;
constexpr std::size_t kMostBody = 64u << 10;  // larger ones hold something else
constexpr int kDeepest = 4;

std::string cut(std::string_view text) {
  std::string out = valid_utf8(text.substr(0, kMostBytes));
  for (char& byte : out)
    if (byte == '\n' || byte == '\r' || byte == '\t') byte = ' ';
  return out;
}

// The first text behind one of the names, as deep as providers put it.
std::string words_in(const Json& value, int depth) {
  if (value.is_string()) return cut(value.get_ref<const std::string&>());
  if (depth == kDeepest) return "";
  if (value.is_array()) return value.empty() ? "" : words_in(value.front(), depth + 1);
  if (!value.is_object()) return "";
  for (const char* name :
       {"emulator_error", "message", "msg", "detail", "details", "error", "errors", "description"})
    if (const auto found = value.find(name); found != value.end())
      if (std::string words = words_in(*found, depth + 1); !words.empty()) return words;
  return "";
}

std::string between(std::string_view text, std::string_view open, std::string_view close) {
  const auto from = text.find(open);
  if (from == std::string_view::npos) return "";
  const auto start = from + open.size();
  const auto end = text.find(close, start);
  return end == std::string_view::npos ? "" : cut(text.substr(start, end - start));
}

}  // namespace

std::string reason_in(const http::Reply& reply) {
  if (reply.body.empty() || reply.body.size() > kMostBody) return "";
  if (const auto at = reply.body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
      at != std::string::npos && reply.body[at] == '<')
    return between(reply.body, "<Message>", "</Message>");
  const auto json = decode_json(reply.body);
  if (json) return words_in(*json, 0);
  const auto type = reply.headers.get("content-type");
  return type && type->starts_with("text/plain") ? cut(reply.body) : "";
}

std::string dead_link_words(const Task& task, const TaskView& view, Instant now,
                            const std::optional<scenario::LinkState>& scripted) {
  if (scripted) return "the link is dead by scenario";
  if (task.deleted) return "the picture was deleted";
  const Duration ago = now - (view.ended + task.fate.links_live_for);
  return ago >= Duration::zero() ? "the link died " + roughly(ago) + " ago"
                                 : "the picture is not kept so long";
}

}  // namespace emulator
