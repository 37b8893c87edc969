#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/contract/contract.h"
#include "emulator/contract/validate.h"
#include "emulator/http/message.h"
#include "emulator/task/task.h"

// What fal answers instead of a result.
namespace emulator::fal {

// A reply of the app or the platform, as far as it is kept with a task.
struct Answer {
  unsigned status = 500;
  Json body;
  std::vector<std::pair<std::string, std::string>> headers;

  Json kept() const;  // to lie in a task's note
  static Answer of(const Json& kept);
  http::Reply reply() const;
};

// The error `name` of `task_errors`. `sent` is the body as it was sent, echoed where fal does.
Answer named_error(const contract::Contract& contract, std::string_view name, const Json& sent);

// The same about one value alone: `where` leads to it from the body (a field's name, then the place
// in a list), and only that value is echoed.
Answer field_error(const contract::Contract& contract, std::string_view name, const Json& sent,
                   const std::vector<Json>& where);

// The framework's list of what is wrong with the body, under 422.
Answer invalid_body(const std::vector<contract::Violation>& violations);

// The app has no such path.
Answer no_such_path(const contract::Contract& contract, std::string_view path);

// What the result of a task is that did not end well.
Answer failure_of(const contract::Contract& contract, const Task& task, const TaskView& view);

// `error` and `error_type` of a failed request's status.
std::pair<std::string, std::string> failure_in_status(const Answer& answer);

}  // namespace emulator::fal
