// A reply is a danger only where a browser would run it as a page of the emulator's origin. What no
// browser runs is left alone; all the rest loses its origin.
#include "emulator/pipeline/contain.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "emulator/base/text.h"

namespace emulator {
namespace {

std::string essence(const http::Reply& reply) {
  const std::string_view type = reply.headers.get("content-type").value_or("");
  return lower_case(trimmed(type.substr(0, type.find(';'))));
}

// Pictures of pixels: of the others, an SVG can hold scripts.
bool is_picture(std::string_view type) {
  constexpr std::string_view kTypes[] = {"image/png", "image/jpeg", "image/webp", "image/gif",
                                         "image/avif"};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

bool is_data(std::string_view type) {
  return type == "application/json" || type.ends_with("+json") || type == "text/event-stream";
}

// As the file's owner called it, but to be saved.
std::string saved(std::string_view disposition) {
  const auto parameters = disposition.find(';');
  return "attachment" +
         std::string(parameters == std::string_view::npos ? "" : disposition.substr(parameters));
}

}  // namespace

void contain(http::Reply& reply, Bytes bytes) {
  if (reply.websocket) return;
  const bool foreign = bytes == Bytes::kAnybodys;
  if (!foreign && reply.headers.get("content-type") == "application/json") return;
  const std::string type = essence(reply);
  if (!foreign && (is_picture(type) || is_data(type) || (type.empty() && reply.body.empty())))
    return;
  reply.headers.set("content-security-policy", "sandbox");
  reply.headers.set("x-content-type-options", "nosniff");
  if (foreign && !is_picture(type))
    reply.headers.set("content-disposition",
                      saved(reply.headers.get("content-disposition").value_or("")));
}

}  // namespace emulator
