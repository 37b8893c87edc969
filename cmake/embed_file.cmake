# Writes OUT: a C++ source that holds the bytes of IN as SYMBOL.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
get_filename_component(name ${IN} NAME)
file(WRITE ${OUT} "// Made from ${name}, whose name it has. NOLINTBEGIN(readability-identifier-naming)
#include <string_view>
namespace emulator::embedded {
namespace {
const unsigned char ${SYMBOL}_bytes[] = {${bytes}0x00};
}
extern const std::string_view ${SYMBOL};
const std::string_view ${SYMBOL}(reinterpret_cast<const char*>(${SYMBOL}_bytes), sizeof(${SYMBOL}_bytes) - 1);
}  // namespace emulator::embedded
// NOLINTEND(readability-identifier-naming)
")
