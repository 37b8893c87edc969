#pragma once

#include <memory>
#include <string>

#include "emulator/pipeline/contain.h"
#include "emulator/pipeline/pipeline.h"
#include "emulator/pipeline/record.h"

// Inside pipeline/: what the pipeline knows of a request it is working on.
namespace emulator {

// One request on its way through.
struct Pipeline::Flow {
  Call call;
  http::Respond respond;
  const Dialect* dialect = nullptr;
  Sandboxes::Found found;  // the task or picture addressed
  std::string box_name;
  bool named = false;     // a key or a header says which sandbox is meant
  bool stranger = false;  // the key is another sandbox's than the task's
  std::shared_ptr<Exchange> exchange;
  scenario::Then then;                     // what was decided for this request
  Draw draw{0};                            // its chance
  std::string task_header;                 // `x-emulator-task` of a download
  Mask mask;                               // the key, where it looks real
  Instant began{};                         // wall time
  const Submission* submission = nullptr;  // while one is being taken
  bool noted = false;
  bool made = false;           // the submission became a task
  Bytes bytes = Bytes::kOurs;  // whose the reply's are
};

// The phase of a task in words, for the journal.
std::string phase_word(const TaskView& view);

// Adds one more reason to those of an exchange.
void remark(std::string& note, const std::string& text);

}  // namespace emulator
