// Forms that strangers send. The first line of the input is the content type, the rest the body.
// Every part lies within the body, and there are no more of them than allowed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "emulator/base/multipart.h"

namespace {

void promise(bool kept) {
  if (!kept) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostParts = 5;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\n');
  const std::string_view type = text.substr(0, end);
  const std::string_view body =
      end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  const auto parts = emulator::parse_multipart(type, body, kMostParts);
  if (!parts) {
    promise(!parts.error().empty());
    return 0;
  }
  promise(parts->size() <= kMostParts);
  const char* from = body.data();
  for (const emulator::FormPart& part : *parts) {
    promise(part.data.data() >= from &&
            part.data.data() + part.data.size() <= body.data() + body.size());
    from = part.data.data() + part.data.size();  // one behind the other, none within another
  }
  return 0;
}
