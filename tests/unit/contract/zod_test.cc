#include <doctest.h>

#include "emulator/base/json_text.h"
#include "emulator/contract/wording.h"

namespace emulator::contract {
namespace {

TEST_CASE("violations are worded as Zod 3 words them, by path") {
  const auto contract = load({"acme.yaml", R"(provider: acme
---
endpoints:
  e:
    closed: true
    fields:
      prompt: { type: string, required: true, length: [1, 2000] }
      hook: url
      events: { type: array, min_length: 1, items: { of: [completed, failed] } }
      params:
        type: object
        closed: true
        fields:
          format: { of: [jpg, png, webp] }
          ratio: { type: string, pattern: '^\d+:\d+$' }
          strength: { type: number, range: [0, 1] }
          seed: integer
          quality: { type: integer, range: [0, 100] }
          raw: boolean
)"});
  if (!contract) FAIL(contract.error().front());
  const Endpoint& e = *contract->endpoint("e");
  struct Row {
    std::string_view body;
    std::string_view details;
  };
  const std::string long_prompt = R"({"prompt":")" + std::string(2001, 'a') + R"("})";
  const Row rows[] = {
      {R"({"params":{"format":"gif"}})",
       R"({"prompt":["Required"],"params.format":["Invalid enum value. Expected 'jpg' | 'png' | 'webp', received 'gif'"]})"},
      {R"({"prompt":""})", R"z({"prompt":["String must contain at least 1 character(s)"]})z"},
      {long_prompt, R"z({"prompt":["String must contain at most 2000 character(s)"]})z"},
      {R"({"prompt":5})", R"({"prompt":["Expected string, received number"]})"},
      {R"({"prompt":null})", R"({"prompt":["Expected string, received null"]})"},
      {R"({"prompt":"a","hook":"nope"})", R"({"hook":["Invalid url"]})"},
      {R"({"prompt":"a","hook":{}})", R"({"hook":["Expected string, received object"]})"},
      {R"({"prompt":"a","events":[]})",
       R"z({"events":["Array must contain at least 1 element(s)"]})z"},
      {R"({"prompt":"a","events":["failed","x",5]})",
       R"({"events.1":["Invalid enum value. Expected 'completed' | 'failed', received 'x'"],"events.2":["Expected 'completed' | 'failed', received number"]})"},
      {R"({"prompt":"a","params":{"strength":1.5,"seed":"1","ratio":"wide"}})",
       R"({"params.ratio":["Invalid"],"params.strength":["Number must be less than or equal to 1"],"params.seed":["Expected number, received string"]})"},
      {R"({"prompt":"a","params":{"strength":-1,"raw":"yes","seed":1.5,"quality":100.5}})",
       R"({"params.strength":["Number must be greater than or equal to 0"],"params.seed":["Expected integer, received float"],"params.quality":["Expected integer, received float","Number must be less than or equal to 100"],"params.raw":["Expected boolean, received string"]})"},
      {R"({"prompt":"a","params":{"foo":1,"bar":2},"baz":3})",
       R"({"params":["Unrecognized key(s) in object: 'foo', 'bar'"],"":["Unrecognized key(s) in object: 'baz'"]})"},
      {R"({"prompt":"a","params":[]})", R"({"params":["Expected object, received array"]})"},
      {R"([])", R"({"":["Expected object, received array"]})"},
      {R"({"prompt":"a","params":{"seed":NaN,"strength":1e999}})",
       R"({"params.strength":["Number must be finite"],"params.seed":["Expected number, received nan"]})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    const auto input =
        validate(*decode_json(row.body), e.fields, e.closed, {Coercion::kStrict, true, false});
    REQUIRE_FALSE(input);
    CHECK(compact_json(zod_details(input.error())) == row.details);
  }
}

TEST_CASE("a provider's own texts replace Zod's, and are filled once") {
  Field format;
  format.name = "format";
  format.type = Type::kEnum;
  format.options = {"jpg", "{received}"};
  const auto input = validate(*decode_json(R"({"format":"{expected}","foo":1})"), {format}, true,
                              {Coercion::kStrict, true, false});
  REQUIRE_FALSE(input);
  const Texts texts = {{"enum", "{received} {is} not {expected}"}};
  CHECK(compact_json(zod_details(input.error(), texts)) ==
        R"z({"format":["{expected} {is} not 'jpg' | '{received}'"],)z"
        R"z("":["Unrecognized key(s) in object: 'foo'"]})z");
}

}  // namespace
}  // namespace emulator::contract
