#pragma once

#include <string>
#include <string_view>

namespace emulator {

enum class LineBreaks { kBlanks, kKept };

// A text as it stands in XML, between tags or in an attribute. What XML 1.0 cannot write becomes a
// blank; so do line breaks, unless they are to be kept.
std::string escaped_xml(std::string_view text, LineBreaks breaks = LineBreaks::kBlanks);

}  // namespace emulator
