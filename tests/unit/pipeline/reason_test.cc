#include "emulator/pipeline/reason.h"

#include <doctest.h>

namespace emulator::test {
namespace {

std::string reason(const std::string& body, const std::string& type = "application/json") {
  http::Reply reply;
  reply.headers.add("content-type", type);
  reply.body = body;
  return reason_in(reply);
}

TEST_CASE("a refusal's words are found where providers put them") {
  CHECK(reason(R"({"detail":"Not authenticated"})") == "Not authenticated");
  CHECK(reason(R"({"detail":[{"loc":["body"],"msg":"Field required","type":"missing"}]})") ==
        "Field required");
  CHECK(reason(R"({"code":401,"message":"invalid api key","data":null})") == "invalid api key");
  CHECK(reason(R"({"error":{"type":"x","message":"no credits"}})") == "no credits");
  CHECK(reason(R"({"emulator_error":{"code":"bad_directive","message":"unknown end"}})") ==
        "unknown end");
  CHECK(reason(R"({"errors":[{"msg":"Invalid value","path":"prompt"}]})") == "Invalid value");
  CHECK(reason("<?xml version=\"1.0\"?><Error><Code>A</Code><Message>Signature "
               "not\nvalid</Message></Error>",
               "application/xml") == "Signature not valid");
  CHECK(reason("not found", "text/plain") == "not found");
}

TEST_CASE("where there are no words, there are none") {
  CHECK(reason("") == "");
  CHECK(reason("{}") == "");
  CHECK(reason(R"({"message":{"a":{"b":1}}})") == "");
  CHECK(reason("\x89PNG", "image/png") == "");
  CHECK(reason(std::string(100'000, '[')) == "");
  CHECK(reason(R"({"detail":")" + std::string(1'000, 'x') + "\"}").size() == 300);
}

}  // namespace
}  // namespace emulator::test
