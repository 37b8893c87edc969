// Whether the requests that came are those that were expected.
#include <utility>

#include "emulator/control/check.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"
#include "emulator/control/watch.h"

namespace emulator::control {

void verify(const Call& call, http::Respond respond) {
  const auto json = json_body(*call.request, call.limits.json);
  if (!json) return respond(json.error());
  Members body(*json, "$", {"when", "times", "within", "order", "spacing", "since"});
  Sandbox& box = call.box();
  const scenario::Vocabulary vocabulary = call.parts.library.vocabulary();
  Check check(body.failed() ? Question() : read_question(body, box, vocabulary));
  if (body.failed()) return respond(body.answer());
  check.look_back(box, call.parts);
  call.watch.wait(box.name(), std::move(check), call.request->caller, std::move(respond));
}

}  // namespace emulator::control
