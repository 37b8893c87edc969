#include "emulator/app/xml.h"

#include "emulator/base/text.h"

namespace emulator {
namespace {

// Other control characters stand in no XML document.
bool is_kept(char c, LineBreaks breaks) {
  if (c == '\n') return breaks == LineBreaks::kKept;
  return c == '\t' || static_cast<unsigned char>(c) >= 0x20;
}

}  // namespace

std::string escaped_xml(std::string_view text, LineBreaks breaks) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += is_kept(c, breaks) ? c : ' ';
  }
  return out;
}

}  // namespace emulator
