// What is said of calls that are wrong: what, where, and what is allowed.
#include <string>

#include "tests/unit/control/api.h"

namespace emulator::test {

TEST_CASE("a wrong body is answered with its place and what is allowed") {
  struct Row {
    const char* name;
    const char* path;
    const char* body;
    const char* at;
    const char* says;
  };
  constexpr Row kRows[] = {
      {"slip in a key", "clock", R"({"advanse":"1s"})", "$.advanse", "did you mean \"advance\"?"},
      {"no object", "clock", "[]", "$", "expects a JSON object, got a list"},
      {"no JSON", "clock", "{", "$", "the body is no JSON"},
      {"no unit", "clock", R"({"advance":"20"})", "$.advance", ""},
      {"no text", "clock", R"({"advance":20})", "$.advance", "in quotes"},
      {"too far", "clock", R"({"advance":"900000d"})", "$.advance", "at most"},
      {"no time", "clock", R"({"set":"tomorrow"})", "$.set", ""},
      {"two ways", "clock", R"({"advance":"1s","to":"next"})", "$", "one of"},
      {"freeze and speed", "clock", R"({"freeze":true,"speed":2})", "$", "one of"},
      {"too fast", "clock", R"({"speed":1e9})", "$.speed", "from 0.0 to 1000000.0"},
      {"not a truth", "clock", R"({"freeze":1})", "$.freeze", "true or false"},
      {"part of a sandbox", "reset", R"({"what":["tasks","clocks"]})", "$.what[1]",
       "did you mean \"clock\"?"},
      {"no list", "reset", R"({"what":"clock"})", "$.what", "expects a list"},
      {"nothing asked", "verify", "{}", "$", "needs \"when\""},
      {"both ways", "verify", R"({"when":{},"order":[{}]})", "$", "give \"order\", or \"when\""},
      {"slip in when", "verify", R"({"when":{"promt":"a"}})", "$.when", "did you mean \"prompt\"?"},
      {"counting in when", "verify", R"({"when":{"nth":2}})", "$.when", "counted by \"times\""},
      {"negative times", "verify", R"({"when":{},"times":-1})", "$.times", "whole number"},
      {"slip in times", "verify", R"({"when":{},"times":{"atleast":1}})", "$.times.atleast",
       "did you mean \"at_least\"?"},
      {"bounds crossed", "verify", R"({"when":{},"times":{"at_least":2,"at_most":1}})", "$.times",
       "more than"},
      {"empty order", "verify", R"({"order":[]})", "$.order", "1 to 100"},
      {"slip in a step", "verify", R"({"order":[{},{"on":"pole"}]})", "$.order[1]", "poll"},
      {"empty spacing", "verify", R"({"when":{},"spacing":{}})", "$.spacing", "says nothing"},
      {"since nothing", "verify", R"({"when":{},"since":"yesterday"})", "$.since", "such as"},
      {"waits too long", "verify", R"({"when":{},"within":"2h"})", "$.within", "at most 1h"},
  };
  Api api;
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    const http::Reply reply = api.reply("POST", std::string("/sandboxes/me/") + row.path, row.body);
    CHECK(reply.status == 400);
    CHECK(reply.headers.get("x-emulator-error") == "bad_request");
    const Json error = Api::json(reply)["emulator_error"];
    CHECK(error["at"] == row.at);
    const std::string message = error["message"];
    CAPTURE(message);
    CHECK(message.starts_with(std::string(row.at) + ": "));
    CHECK(message.find(row.says) != std::string::npos);
  }
}

TEST_CASE("a wrong query parameter is answered with its name and what is allowed") {
  struct Row {
    const char* query;
    const char* at;
    const char* says;
  };
  constexpr Row kRows[] = {
      {"requests?on=pole", "?on", "did you mean \"poll\"?"},
      {"requests?provider=flux", "?provider", "known: bfl fal"},
      {"requests?status=ok", "?status", "whole number"},
      {"requests?since=never", "?since", "or the id of a request"},
      {"requests?limit=x", "?limit", "from 0 to 100000"},
      {"requests?limt=1", "?limt", "did you mean \"limit\"?"},
      {"requests/me-1?format=txt", "?format", "did you mean \"text\"?"},
      {"tasks?limit=-1", "?limit", "whole number"},
      {"events?kind=request,tusk", "?kind", "no kind of event"},
  };
  Api api;
  for (const Row& row : kRows) {
    CAPTURE(row.query);
    const http::Reply reply = api.reply("GET", std::string("/sandboxes/me/") + row.query);
    CHECK(reply.status == 400);
    const Json error = Api::json(reply)["emulator_error"];
    CHECK(error["at"] == row.at);
    const std::string message = error["message"];
    CAPTURE(message);
    CHECK(message.find(row.says) != std::string::npos);
  }
}

}  // namespace emulator::test
