#include "emulator/control/pretty.h"

#include <string>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"

namespace emulator::control {
namespace {

constexpr std::size_t kMostBytes = 256u << 10;
constexpr std::size_t kColumns = 100;

bool is_flat(const Json& value) {
  for (const Json& member : value)
    if (member.is_structured() && !member.empty()) return false;
  return true;
}

// `used` columns stand before it on its line.
void print(const Json& value, std::size_t depth, std::size_t used, std::string& out) {
  if (!value.is_structured() || value.empty()) {
    out += compact_json(value);
    return;
  }
  if (is_flat(value)) {
    const std::string line = compact_json(value);
    if (used + line.size() <= kColumns) {
      out += line;
      return;
    }
  }
  const std::string indent(2 * depth + 2, ' ');
  const bool object = value.is_object();
  out += object ? "{" : "[";
  bool first = true;
  for (auto member = value.begin(); member != value.end(); ++member) {
    out += first ? "\n" : ",\n";
    first = false;
    out += indent;
    std::size_t before = indent.size();
    if (object) {
      const std::string name = compact_json(Json(member.key())) + ": ";
      out += name;
      before += name.size();
    }
    print(*member, depth + 1, before, out);
  }
  out += "\n" + std::string(2 * depth, ' ');
  out += object ? "}" : "]";
}

bool is_typed(std::string_view agent) {
  for (const std::string_view known : {"curl/", "Wget/", "HTTPie/", "xh/"})
    if (starts_with_name(agent, known)) return true;
  return false;
}

}  // namespace

bool wants_pretty(const http::Request& request) {
  if (const auto asked = request.parameter("pretty")) return *asked != "false" && *asked != "0";
  const auto accept = request.headers.get("accept");
  if (accept && accept->find("text/html") != std::string_view::npos) return true;
  const auto agent = request.headers.get("user-agent");
  return agent && is_typed(*agent) && (!accept || *accept == "*/*");
}

void make_pretty(http::Reply& reply) {
  if (reply.stream || reply.body.empty() || reply.body.size() > kMostBytes) return;
  const auto type = reply.headers.get("content-type");
  if (!type || !type->starts_with("application/json")) return;
  const auto json = decode_json(reply.body);
  if (!json) return;
  std::string text;
  print(*json, 0, 0, text);
  reply.body = text + "\n";
}

}  // namespace emulator::control
