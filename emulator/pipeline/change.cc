#include "emulator/pipeline/change.h"

#include <algorithm>
#include <string>
#include <utility>

#include "emulator/base/json_build.h"
#include "emulator/base/json_text.h"

namespace emulator {

void apply_change(const scenario::ReplyChange& change, const scenario::FactOf& fact,
                  http::Reply& reply) {
  if (change.status) reply.status = *change.status;
  if (change.body) reply.body = *change.body;
  if (!change.patch.is_null()) {
    if (auto worded = decode_json(reply.body)) {
      merge_patch(*worded, scenario::patch_with_facts(change.patch, *worded, fact));
      reply.body = compact_json(*worded);
    }
  }
  for (const auto& [name, value] : change.headers) {
    const scenario::FactOf here = [&, &header = name](std::string_view asked) {
      const auto was = asked == "was" ? reply.headers.get(header) : std::nullopt;
      return asked != "was" ? fact(asked) : was ? Json(*was) : Json();
    };
    std::string text = scenario::with_facts(value, here);
    // A prompt may hold what would begin another line.
    std::replace_if(
        text.begin(), text.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
    reply.headers.set(name, std::move(text));
  }
}

}  // namespace emulator
