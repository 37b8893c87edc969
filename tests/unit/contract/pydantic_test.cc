#include <doctest.h>

#include "emulator/base/json_text.h"
#include "emulator/contract/wording.h"

// What a FastAPI service answers to bodies that do not fit, byte for byte. The expected texts are
// those that the contract sheets of BFL and fal give; the endpoints are invented.
namespace emulator::contract {
namespace {

const Contract& acme() {
  static const Contract contract = [] {
    auto loaded = load({"acme.yaml", R"(provider: acme
---
endpoints:
  open:
    fields:
      prompt: { type: string, nullable: true, default: "" }
      seed: { type: integer, nullable: true }
      aspect_ratio: { type: string, default: "16:9" }
      safety_tolerance: { type: integer, range: [0, 6], default: 2 }
      output_format: { of: [jpeg, png, webp], default: jpeg, nullable: true }
      raw: { type: boolean, default: false }
      strength: { type: number, range: [0, 1], default: 0.1 }
      webhook_url: { type: url, nullable: true, length: [1, 2083] }
  sized:
    fields:
      prompt: { type: string, required: true }
      width: { type: integer, range: [256, 1440], multiple_of: 32, default: 1024 }
      height: { type: integer, min: 64, nullable: true }
      guidance: { type: number, range: [1.5, 10], nullable: true }
      num_images: { type: integer, range: [1, 4], default: 1 }
  odd:
    closed: true
    fields:
      short: { type: string, length: [2, 3] }
      one: { type: string, max_length: 1 }
      code: { type: string, pattern: '^\d+:\d+$' }
      above: { type: number, above: 0, below: 0.5 }
      count: { type: integer, above: 0, below: 10 }
      step: { type: number, multiple_of: 2 }
      two: { of: [1, b], default: 1 }
      list: { type: array, length: [1, 3], items: { type: integer, range: [0, 9] } }
      box: { type: object, closed: true, fields: { w: { type: integer, required: true }, url: url } }
      boxes: { type: array, items: { type: object, fields: { w: integer } } }
  literal:
    fields:
      output_format: { of: [jpeg, png], default: jpeg }
      safety_tolerance: { of: ["1", "2", "3", "4", "5", "6"], default: "2" }
)"});
    if (!loaded) FAIL(loaded.error().front());
    return *std::move(loaded);
  }();
  return contract;
}

// The reply's body, or the input as the provider goes on with it.
std::string answer(std::string_view endpoint, std::string_view body, PydanticStyle style = {}) {
  const Endpoint& e = *acme().endpoint(endpoint);
  const auto json = decode_json(body);
  std::vector<Violation> violations;
  if (!json) {
    violations.push_back(json_violation(json.error()));
  } else {
    const auto input = validate(*json, e.fields, e.closed, {});
    if (input) return compact_json(*input);
    violations = input.error();
  }
  return compact_json(Json{{"detail", pydantic_detail(violations, style)}});
}

struct AnswerRow {
  std::string_view endpoint;
  std::string_view body;
  std::string_view answer;
};

void check(const AnswerRow& row, PydanticStyle style = {}) {
  CAPTURE(row.endpoint);
  CAPTURE(row.body);
  CHECK(answer(row.endpoint, row.body, style) == row.answer);
}

TEST_CASE("every wrong field is told as pydantic tells it") {
  const AnswerRow rows[] =
      {
          {"open", R"({"prompt":5})",
           R"({"detail":[{"type":"string_type","loc":["body","prompt"],"msg":"Input should be a valid string","input":5}]})"},
          {"sized", R"({})",
           R"({"detail":[{"type":"missing","loc":["body","prompt"],"msg":"Field required","input":{}}]})"},
          {"sized", R"({"num_images":1})",
           R"({"detail":[{"type":"missing","loc":["body","prompt"],"msg":"Field required","input":{"num_images":1}}]})"},
          {"sized", R"({"prompt":null})",
           R"({"detail":[{"type":"string_type","loc":["body","prompt"],"msg":"Input should be a valid string","input":null}]})"},
          {"open", R"({"safety_tolerance":7})",
           R"({"detail":[{"type":"less_than_equal","loc":["body","safety_tolerance"],"msg":"Input should be less than or equal to 6","input":7,"ctx":{"le":6}}]})"},
          {"open", R"({"safety_tolerance":-1})",
           R"({"detail":[{"type":"greater_than_equal","loc":["body","safety_tolerance"],"msg":"Input should be greater than or equal to 0","input":-1,"ctx":{"ge":0}}]})"},
          {"open", R"({"safety_tolerance":"abc"})",
           R"({"detail":[{"type":"int_parsing","loc":["body","safety_tolerance"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"abc"}]})"},
          {"open", R"({"safety_tolerance":2.5})",
           R"({"detail":[{"type":"int_from_float","loc":["body","safety_tolerance"],"msg":"Input should be a valid integer, got a number with a fractional part","input":2.5}]})"},
          {"open", R"({"safety_tolerance":null})",
           R"({"detail":[{"type":"int_type","loc":["body","safety_tolerance"],"msg":"Input should be a valid integer","input":null}]})"},
          {"open", R"({"safety_tolerance":[]})",
           R"({"detail":[{"type":"int_type","loc":["body","safety_tolerance"],"msg":"Input should be a valid integer","input":[]}]})"},
          {"open", R"({"safety_tolerance":NaN})",
           R"({"detail":[{"type":"finite_number","loc":["body","safety_tolerance"],"msg":"Input should be a finite number","input":NaN}]})"},
          {"open", R"({"output_format":"gif"})",
           R"({"detail":[{"type":"enum","loc":["body","output_format"],"msg":"Input should be 'jpeg', 'png' or 'webp'","input":"gif","ctx":{"expected":"'jpeg', 'png' or 'webp'"}}]})"},
          {"open", R"({"output_format":"PNG"})",
           R"({"detail":[{"type":"enum","loc":["body","output_format"],"msg":"Input should be 'jpeg', 'png' or 'webp'","input":"PNG","ctx":{"expected":"'jpeg', 'png' or 'webp'"}}]})"},
          {"open", R"({"output_format":5})",
           R"({"detail":[{"type":"enum","loc":["body","output_format"],"msg":"Input should be 'jpeg', 'png' or 'webp'","input":5,"ctx":{"expected":"'jpeg', 'png' or 'webp'"}}]})"},
          {"literal", R"({"output_format":null})",
           R"({"detail":[{"type":"enum","loc":["body","output_format"],"msg":"Input should be 'jpeg' or 'png'","input":null,"ctx":{"expected":"'jpeg' or 'png'"}}]})"},
          {"open", R"({"strength":1.5})",
           R"({"detail":[{"type":"less_than_equal","loc":["body","strength"],"msg":"Input should be less than or equal to 1","input":1.5,"ctx":{"le":1.0}}]})"},
          {"open", R"({"strength":-0.1})",
           R"({"detail":[{"type":"greater_than_equal","loc":["body","strength"],"msg":"Input should be greater than or equal to 0","input":-0.1,"ctx":{"ge":0.0}}]})"},
          {"open", R"({"strength":"x"})",
           R"({"detail":[{"type":"float_parsing","loc":["body","strength"],"msg":"Input should be a valid number, unable to parse string as a number","input":"x"}]})"},
          {"open", R"({"strength":null})",
           R"({"detail":[{"type":"float_type","loc":["body","strength"],"msg":"Input should be a valid number","input":null}]})"},
          {"open", R"({"seed":"x"})",
           R"({"detail":[{"type":"int_parsing","loc":["body","seed"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}]})"},
          {"open", R"({"aspect_ratio":5})",
           R"({"detail":[{"type":"string_type","loc":["body","aspect_ratio"],"msg":"Input should be a valid string","input":5}]})"},
          {"open", R"({"aspect_ratio":null})",
           R"({"detail":[{"type":"string_type","loc":["body","aspect_ratio"],"msg":"Input should be a valid string","input":null}]})"},
          {"open", R"({"raw":"maybe"})",
           R"({"detail":[{"type":"bool_parsing","loc":["body","raw"],"msg":"Input should be a valid boolean, unable to interpret input","input":"maybe"}]})"},
          {"open", R"({"raw":2})",
           R"({"detail":[{"type":"bool_parsing","loc":["body","raw"],"msg":"Input should be a valid boolean, unable to interpret input","input":2}]})"},
          {"open", R"({"raw":null})",
           R"({"detail":[{"type":"bool_type","loc":["body","raw"],"msg":"Input should be a valid boolean","input":null}]})"},
          {"open", R"({"raw":[true]})",
           R"({"detail":[{"type":"bool_type","loc":["body","raw"],"msg":"Input should be a valid boolean","input":[true]}]})"},
          {"open", R"({"raw":{}})",
           R"({"detail":[{"type":"bool_type","loc":["body","raw"],"msg":"Input should be a valid boolean","input":{}}]})"},
          {"open",
           R"({"webhook_url":"nope"})", R"({"detail":[{"type":"url_parsing","loc":["body","webhook_url"],"msg":"Input should be a valid URL, relative URL without a base","input":"nope","ctx":{"error":"relative URL without a base"}}]})"},
          {"open", R"({"webhook_url":""})",
           R"({"detail":[{"type":"url_parsing","loc":["body","webhook_url"],"msg":"Input should be a valid URL, input is empty","input":"","ctx":{"error":"input is empty"}}]})"},
          {"open", R"({"webhook_url":"http://"})",
           R"({"detail":[{"type":"url_parsing","loc":["body","webhook_url"],"msg":"Input should be a valid URL, empty host","input":"http://","ctx":{"error":"empty host"}}]})"},
          {"open", R"({"webhook_url":"ftp://x.y/z"})",
           R"({"detail":[{"type":"url_scheme","loc":["body","webhook_url"],"msg":"URL scheme should be 'http' or 'https'","input":"ftp://x.y/z","ctx":{"expected_schemes":"'http' or 'https'"}}]})"},
          {"open", R"({"webhook_url":5})",
           R"({"detail":[{"type":"url_type","loc":["body","webhook_url"],"msg":"URL input should be a string or URL","input":5}]})"},
          {"open", R"({"output_format":"bmp","safety_tolerance":9})",
           R"({"detail":[{"type":"less_than_equal","loc":["body","safety_tolerance"],"msg":"Input should be less than or equal to 6","input":9,"ctx":{"le":6}},{"type":"enum","loc":["body","output_format"],"msg":"Input should be 'jpeg', 'png' or 'webp'","input":"bmp","ctx":{"expected":"'jpeg', 'png' or 'webp'"}}]})"},
          {"sized", R"({"prompt":"a","width":1000})",
           R"({"detail":[{"type":"multiple_of","loc":["body","width"],"msg":"Input should be a multiple of 32","input":1000,"ctx":{"multiple_of":32}}]})"},
          {"sized", R"({"prompt":"a","width":2001})",
           R"({"detail":[{"type":"multiple_of","loc":["body","width"],"msg":"Input should be a multiple of 32","input":2001,"ctx":{"multiple_of":32}}]})"},
          {"sized", R"({"prompt":"a","width":1472})",
           R"({"detail":[{"type":"less_than_equal","loc":["body","width"],"msg":"Input should be less than or equal to 1440","input":1472,"ctx":{"le":1440}}]})"},
          {"sized", R"({"prompt":"a","height":32})",
           R"({"detail":[{"type":"greater_than_equal","loc":["body","height"],"msg":"Input should be greater than or equal to 64","input":32,"ctx":{"ge":64}}]})"},
          {"sized", R"({"prompt":"a","height":0})",
           R"({"detail":[{"type":"greater_than_equal","loc":["body","height"],"msg":"Input should be greater than or equal to 64","input":0,"ctx":{"ge":64}}]})"},
          {"sized", R"({"prompt":"a","guidance":20})",
           R"({"detail":[{"type":"less_than_equal","loc":["body","guidance"],"msg":"Input should be less than or equal to 10","input":20,"ctx":{"le":10.0}}]})"},
          {"sized", R"({"prompt":"a","guidance":1})",
           R"({"detail":[{"type":"greater_than_equal","loc":["body","guidance"],"msg":"Input should be greater than or equal to 1.5","input":1,"ctx":{"ge":1.5}}]})"},
          {"sized", R"({"prompt":"a","num_images":5})",
           R"({"detail":[{"type":"less_than_equal","loc":["body","num_images"],"msg":"Input should be less than or equal to 4","input":5,"ctx":{"le":4}}]})"},
          {"sized", R"({"prompt":"a","num_images":0})",
           R"({"detail":[{"type":"greater_than_equal","loc":["body","num_images"],"msg":"Input should be greater than or equal to 1","input":0,"ctx":{"ge":1}}]})"},
          {"sized", R"({"prompt":"a","num_images":"7"})",
           R"({"detail":[{"type":"less_than_equal","loc":["body","num_images"],"msg":"Input should be less than or equal to 4","input":"7","ctx":{"le":4}}]})"},
          {"sized", R"({"prompt":"a","num_images":1000000000000000000000})",
           R"({"detail":[{"type":"less_than_equal","loc":["body","num_images"],"msg":"Input should be less than or equal to 4","input":1000000000000000000000,"ctx":{"le":4}}]})"},
          {"sized", R"({"prompt":"\ud83c"})",
           "{\"detail\":[{\"type\":\"string_unicode\",\"loc\":[\"body\",\"prompt\"],\"msg\":"
           "\"Input should be a valid string, unable to parse raw data as a unicode "
           "string\",\"input\":\"\xEF\xBF\xBD\"}]}"},
          {"odd", R"({"foo":1})",
           R"({"detail":[{"type":"extra_forbidden","loc":["body","foo"],"msg":"Extra inputs are not permitted","input":1}]})"},
          {"odd", R"({"b":1,"short":"a","a":[2]})",
           R"({"detail":[{"type":"string_too_short","loc":["body","short"],"msg":"String should have at least 2 characters","input":"a","ctx":{"min_length":2}},{"type":"extra_forbidden","loc":["body","b"],"msg":"Extra inputs are not permitted","input":1},{"type":"extra_forbidden","loc":["body","a"],"msg":"Extra inputs are not permitted","input":[2]}]})"},
          {"odd", R"({"short":"äöüß","one":"ab"})",
           R"({"detail":[{"type":"string_too_long","loc":["body","short"],"msg":"String should have at most 3 characters","input":"äöüß","ctx":{"max_length":3}},{"type":"string_too_long","loc":["body","one"],"msg":"String should have at most 1 character","input":"ab","ctx":{"max_length":1}}]})"},
          {"odd", R"({"code":"a:b"})",
           R"({"detail":[{"type":"string_pattern_mismatch","loc":["body","code"],"msg":"String should match pattern '^\\d+:\\d+$'","input":"a:b","ctx":{"pattern":"^\\d+:\\d+$"}}]})"},
          {"odd", R"({"above":0})",
           R"({"detail":[{"type":"greater_than","loc":["body","above"],"msg":"Input should be greater than 0","input":0,"ctx":{"gt":0.0}}]})"},
          {"odd", R"({"above":0.5,"count":10})",
           R"({"detail":[{"type":"less_than","loc":["body","above"],"msg":"Input should be less than 0.5","input":0.5,"ctx":{"lt":0.5}},{"type":"less_than","loc":["body","count"],"msg":"Input should be less than 10","input":10,"ctx":{"lt":10}}]})"},
          {"odd", R"({"step":3.5})",
           R"({"detail":[{"type":"multiple_of","loc":["body","step"],"msg":"Input should be a multiple of 2","input":3.5,"ctx":{"multiple_of":2.0}}]})"},
          {"odd", R"({"two":true})",
           R"({"detail":[{"type":"enum","loc":["body","two"],"msg":"Input should be 1 or 'b'","input":true,"ctx":{"expected":"1 or 'b'"}}]})"},
          {"odd", R"({"list":5,"box":[],"boxes":{}})",
           R"({"detail":[{"type":"list_type","loc":["body","list"],"msg":"Input should be a valid list","input":5},{"type":"model_attributes_type","loc":["body","box"],"msg":"Input should be a valid dictionary or object to extract fields from","input":[]},{"type":"list_type","loc":["body","boxes"],"msg":"Input should be a valid list","input":{}}]})"},
          {"odd", R"({"list":[]})",
           R"({"detail":[{"type":"too_short","loc":["body","list"],"msg":"List should have at least 1 item after validation, not 0","input":[],"ctx":{"field_type":"List","min_length":1,"actual_length":0}}]})"},
          {"odd", R"({"list":[1,2,"x",3,4]})",
           R"({"detail":[{"type":"too_long","loc":["body","list"],"msg":"List should have at most 3 items after validation, not 5","input":[1,2,"x",3,4],"ctx":{"field_type":"List","max_length":3,"actual_length":5}}]})"},
          {"odd", R"({"list":[1,"x",10]})",
           R"({"detail":[{"type":"int_parsing","loc":["body","list",1],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"},{"type":"less_than_equal","loc":["body","list",2],"msg":"Input should be less than or equal to 9","input":10,"ctx":{"le":9}}]})"},
          {"odd", R"({"box":{"h":1,"url":"x"},"boxes":[{"h":1},{"w":"a"}]})", R"({"detail":[{"type":"missing","loc":["body","box","w"],"msg":"Field required","input":{"h":1,"url":"x"}},{"type":"url_parsing","loc":["body","box","url"],"msg":"Input should be a valid URL, relative URL without a base","input":"x","ctx":{"error":"relative URL without a base"}},{"type":"extra_forbidden","loc":["body","box","h"],"msg":"Extra inputs are not permitted","input":1},{"type":"int_parsing","loc":["body","boxes",1,"w"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"a"}]})"},
      };
  for (const AnswerRow& row : rows) check(row);
}

TEST_CASE("a URL that is too long is told before it is read") {
  const std::string url = "http://x.y/" + std::string(2080, 'a');
  CHECK(
      answer("open", R"({"webhook_url":")" + url + R"("})") ==
      R"({"detail":[{"type":"url_too_long","loc":["body","webhook_url"],"msg":"URL should have at most 2083 characters","input":")" +
          url + R"(","ctx":{"max_length":2083}}]})");
  CHECK(answer("open", R"({"webhook_url":")" + url.substr(0, 2083) + R"("})").find("detail") ==
        std::string::npos);
}

TEST_CASE("a body that is no object is told as FastAPI tells it") {
  const AnswerRow rows[] = {
      {"open", R"({"prompt": "a")",
       R"({"detail":[{"type":"json_invalid","loc":["body",14],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting ',' delimiter"}}]})"},
      {"open", R"({prompt: "a"})",
       R"({"detail":[{"type":"json_invalid","loc":["body",1],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting property name enclosed in double quotes"}}]})"},
      {"open", R"(not json)",
       R"({"detail":[{"type":"json_invalid","loc":["body",0],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}]})"},
      {"open", R"({"prompt": "a",})",
       R"({"detail":[{"type":"json_invalid","loc":["body",15],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting property name enclosed in double quotes"}}]})"},
      {"open", R"({"a" 1})",
       R"({"detail":[{"type":"json_invalid","loc":["body",5],"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting ':' delimiter"}}]})"},
      {"open", R"({"a":1} x)",
       R"({"detail":[{"type":"json_invalid","loc":["body",8],"msg":"JSON decode error","input":{},"ctx":{"error":"Extra data"}}]})"},
      {"open", R"({"prompt": "open)",
       R"({"detail":[{"type":"json_invalid","loc":["body",11],"msg":"JSON decode error","input":{},"ctx":{"error":"Unterminated string starting at"}}]})"},
      {"open", R"({"a":"\q"})",
       R"({"detail":[{"type":"json_invalid","loc":["body",6],"msg":"JSON decode error","input":{},"ctx":{"error":"Invalid \\escape"}}]})"},
      {"open", "{\"a\":\"x\ny\"}",
       R"({"detail":[{"type":"json_invalid","loc":["body",7],"msg":"JSON decode error","input":{},"ctx":{"error":"Invalid control character at"}}]})"},
      {"open", R"([1])",
       R"({"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":[1]}]})"},
      {"open", R"("x")",
       R"({"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":"x"}]})"},
      {"open", R"(5)",
       R"({"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":5}]})"},
      {"open", R"(null)",
       R"({"detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]})"},
  };
  for (const AnswerRow& row : rows) check(row);
}

TEST_CASE("a rule across fields is worded as a value error of the body") {
  Violation violation;
  violation.kind = Violation::Kind::kValue;
  violation.input = {{"prompt", "a"}, {"aspect_ratio", "1:0"}};
  violation.text = "Invalid aspect ratio: division by zero";
  CHECK(
      compact_json(pydantic_detail({violation})) ==
      R"([{"type":"value_error","loc":["body"],"msg":"Value error, Invalid aspect ratio: division by zero","input":{"prompt":"a","aspect_ratio":"1:0"},"ctx":{"error":{}}}])");
}

TEST_CASE("fal words choices as literals and echoes NaN as a text") {
  const AnswerRow rows[] = {
      {"literal", R"({"output_format":"gif"})",
       R"({"detail":[{"type":"literal_error","loc":["body","output_format"],"msg":"Input should be 'jpeg' or 'png'","input":"gif","ctx":{"expected":"'jpeg' or 'png'"}}]})"},
      {"literal", R"({"safety_tolerance":2})",
       R"({"detail":[{"type":"literal_error","loc":["body","safety_tolerance"],"msg":"Input should be '1', '2', '3', '4', '5' or '6'","input":2,"ctx":{"expected":"'1', '2', '3', '4', '5' or '6'"}}]})"},
      {"open", R"({"seed":NaN,"raw":[-Infinity]})",
       R"({"detail":[{"type":"finite_number","loc":["body","seed"],"msg":"Input should be a finite number","input":"nan"},{"type":"bool_type","loc":["body","raw"],"msg":"Input should be a valid boolean","input":["-inf"]}]})"},
  };
  for (const AnswerRow& row : rows) check(row, {PydanticStyle::Choice::kLiteral, true});
}

}  // namespace
}  // namespace emulator::contract
