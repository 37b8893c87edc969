#include "emulator/pipeline/occasion.h"

namespace emulator {

Subject subject_of(const Task* task) {
  if (task == nullptr) return {};
  return {task->endpoint, task->prompt, nullptr};
}

Subject subject_of(const Submission& submission) {
  return {submission.endpoint, submission.prompt, &submission.input};
}

scenario::Occasion occasion_of(const Call& call, std::string_view provider,
                               const Subject& subject) {
  scenario::Occasion out;
  out.provider = provider;
  out.on = call.route->on;
  out.endpoint = subject.endpoint;
  out.prompt = subject.prompt;
  if (call.route->on == On::kSubmit)
    if (const auto& sent = call.json(); sent && sent->is_object()) out.body = &*sent;
  out.input = subject.input;
  out.headers = &call.request->headers;
  out.path = call.path;
  out.query = call.query;
  out.sandbox = call.box->name();
  out.age = call.box->age();
  return out;
}

}  // namespace emulator
