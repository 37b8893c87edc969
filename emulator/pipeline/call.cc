#include "emulator/pipeline/call.h"

namespace emulator {

std::string_view Call::capture(std::string_view name) const {
  for (const auto& [known, value] : captured)
    if (known == name) return value;
  return {};
}

std::optional<std::string> Call::parameter(std::string_view name) const {
  if (query.empty()) return std::nullopt;
  http::Request only_query;
  only_query.query = query;
  return only_query.parameter(name);
}

void Call::let_body_go() {
  request = http::without_body(*request);
  json_.reset();
}

const Result<Json, JsonProblem>& Call::json() const {
  if (!json_)
    json_ =
        std::make_shared<const Result<Json, JsonProblem>>(decode_json(request->body, json_limits));
  return *json_;
}

const JsonProblem* Call::beyond_limits() const {
  return json_ && !*json_ && json_->error().ours ? &json_->error() : nullptr;
}

}  // namespace emulator
