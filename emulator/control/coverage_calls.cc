// Which endings and refusals the client of a sandbox has met.
#include "emulator/control/input.h"
#include "emulator/control/routes.h"
#include "emulator/judge/coverage.h"

namespace emulator::control {

http::Reply show_coverage(const Call& call) {
  Query query(*call.request, {"format"});
  const auto format = query.word("format", {"json", "text"});
  if (query.failed()) return query.answer();
  const Sandbox& box = call.box();
  const judge::Coverage coverage =
      call.parts.judge == nullptr ? judge::Coverage() : call.parts.judge->coverage_of(box);
  if (format != "text") return json_reply(200, judge::coverage_json(coverage));
  http::Reply reply;
  reply.headers.add("content-type", "text/plain; charset=utf-8");
  reply.body = judge::coverage_text(coverage);
  return reply;
}

}  // namespace emulator::control
