#pragma once

#include <memory>
#include <string>

#include "emulator/pipeline/contain.h"
#include "emulator/pipeline/identity.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/record.h"

// Inside pipeline/: what the pipeline knows of a request it is working on.
namespace emulator {

// One request on its way through. What is decided about it is decided elsewhere and put here, for
// the journal and the judge, and for a reply that comes later: whoever gives one keeps the flow
// with shared_from_this().
struct Pipeline::Flow : std::enable_shared_from_this<Flow> {
  Call call;
  http::Respond respond;
  const Dialect* dialect = nullptr;
  Claim claim;
  Sandbox* box = nullptr;  // the call's, to be changed
  Sandboxes::Found found;  // the task or picture addressed
  std::string box_name;
  std::shared_ptr<Exchange> exchange;
  scenario::Then then;         // what was decided for this request
  Draw draw{0};                // its chance
  std::string task_header;     // `x-emulator-task` of the reply; "" for none
  Mask mask;                   // the key, where it looks real
  Instant began{};             // wall time
  bool noted = false;          // counted, and told of
  bool made = false;           // the submission became a task
  Bytes bytes = Bytes::kOurs;  // whose the reply's are

  // The request is about that sandbox, as it is now.
  void set_box(Sandbox& in) {
    box = &in;
    call.set_sandbox(in);
  }
};

}  // namespace emulator
