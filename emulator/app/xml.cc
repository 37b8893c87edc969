#include "emulator/app/xml.h"

#include "emulator/base/text.h"

namespace emulator {

std::string escaped_xml(std::string_view text, LineBreaks breaks) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\n' && breaks == LineBreaks::kKept)
      out += c;
    else if (code < 0x20 && c != '\t')
      out += ' ';
    else
      out += c;
  }
  return out;
}

}  // namespace emulator
