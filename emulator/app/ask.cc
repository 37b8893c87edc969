#include "emulator/app/ask.h"

#include <chrono>
#include <memory>
#include <utility>

#include "emulator/base/json_text.h"
#include "emulator/http/server.h"
#include "emulator/webhook/url.h"

namespace emulator {
namespace {

constexpr std::size_t kMostOfAnswer = 256u << 20;
constexpr auto kEndless = std::chrono::hours(24 * 365);

}  // namespace

Result<Answered, std::string> asked(Question question) {
  auto url = webhook::parse_url(question.url);
  if (!url) return Failure{url.error()};
  http::Post post;
  post.method = std::move(question.method);
  post.secure = url->secure;
  post.host = url->host;
  post.port = url->port;
  post.target = url->target;
  post.headers = std::move(question.headers);
  if (!question.body.empty())
    post.body = std::make_shared<const std::string>(std::move(question.body));
  if (question.hear) post.time_limit = kEndless;
  post.hear = std::move(question.hear);
  http::Server loop({}, {});
  http::ClientOptions options;
  options.body_bytes = options.kept_bytes = kMostOfAnswer;
  const auto client = loop.client(std::move(options));
  http::Receipt receipt;
  const auto handle = client->send(std::move(post), [&](http::Receipt got) {
    receipt = std::move(got);
    loop.stop();
  });
  loop.run();
  if (!receipt.error.empty() && receipt.status == 0) return Failure{receipt.error};
  return Answered{receipt.status, std::move(receipt.body)};
}

Result<Json, std::string> asked_control(const std::string& at, const std::string& token,
                                        const std::string& path) {
  const auto failed = [&at](const std::string& why) {
    return Failure{at + ": " + why + "; --at names the address of an emulator that runs"};
  };
  Question question;
  question.url = at + "/_emulator" + path;
  if (!token.empty()) question.headers.add("authorization", "Bearer " + token);
  const auto reply = asked(std::move(question));
  if (!reply) return failed(reply.error());
  const auto json = decode_json(reply->body);
  if (!json || !json->is_object()) return failed("the answer is not an emulator's");
  if (reply->status == 200) return *json;
  const auto error = json->find("emulator_error");
  return failed(error != json->end() ? text_in(*error, "message")
                                     : "status " + std::to_string(reply->status));
}

std::string text_in(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace emulator
