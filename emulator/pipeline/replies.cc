#include "emulator/pipeline/replies.h"

#include "emulator/contract/fill.h"

namespace emulator {
http::Reply error_reply(const contract::Contract& contract, std::string_view name,
                        const Json& args) {
  const auto found = contract.errors.find(name);
  if (found == contract.errors.end())
    return our_error(500, "contract",
                     "the contract of " + contract.doors.provider + " has no error \"" +
                         std::string(name) + "\"");
  const contract::ErrorText& text = found->second;
  http::Reply reply;
  reply.status = text.http;
  if (text.body.is_null()) {
    reply.body = contract::filled(text.text, args);
    const std::string_view fallback = reply.body.empty() ? "" : "text/plain; charset=utf-8";
    const std::string_view type =
        text.content_type.empty() ? fallback : std::string_view(text.content_type);
    if (!type.empty()) reply.headers.add("content-type", std::string(type));
  } else {
    reply.body = compact_json(contract::filled_value(text.body, args));
    reply.headers.add("content-type",
                      text.content_type.empty() ? "application/json" : text.content_type);
  }
  for (const auto& [header, value] : text.headers)
    reply.headers.set(header, contract::filled(value, args));
  return reply;
}

http::Reply json_reply(unsigned status, const Json& body) {
  return json_text_reply(status, compact_json(body));
}

http::Reply json_text_reply(unsigned status, std::string text) {
  http::Reply reply;
  reply.status = status;
  reply.headers.reserve(8);  // the pipeline adds its own
  reply.headers.add("content-type", "application/json");
  reply.body = std::move(text);
  return reply;
}

http::Reply beyond_json_limits(const JsonProblem& problem) {
  return our_error(413, "json_too_large",
                   "the body is not read: " + problem.text + " at character " +
                       std::to_string(problem.position) +
                       "; --max-json-values and --max-json-members set the limits");
}

http::Reply our_error(unsigned status, std::string_view code, std::string_view message,
                      const Json& more) {
  Json error = {{"code", code}, {"message", message}};
  if (more.is_object()) error.update(more);
  http::Reply reply = json_reply(status, {{"emulator_error", std::move(error)}});
  reply.headers.add("x-emulator-error", std::string(code));
  return reply;
}

}  // namespace emulator
