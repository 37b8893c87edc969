#include "emulator/base/json_writer.h"

#include <doctest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "emulator/base/json_text.h"

using namespace emulator;

TEST_CASE("a writer prints what compact_json prints of the same value") {
  const Json nested = {{"a", Json::array({1, 2.5, nullptr})}, {"b", "\"\\\n\x01"}};
  const Json whole = {{"text", "caf\xC3\xA9 \"x\"\t"},
                      {"none", nullptr},
                      {"yes", true},
                      {"no", false},
                      {"small", std::numeric_limits<std::int64_t>::min()},
                      {"large", std::numeric_limits<std::uint64_t>::max()},
                      {"one", 1.0},
                      {"tiny", 1e-7},
                      {"huge", 1e22},
                      {"list", Json::array({"x", Json::object(), Json::array(), 3})},
                      {"nested", nested}};
  JsonWriter writer;
  writer.open_object();
  writer.member("text", std::string("caf\xC3\xA9 \"x\"\t")).member("none", nullptr);
  writer.member("yes", true).member("no", false);
  writer.member("small", std::numeric_limits<std::int64_t>::min());
  writer.member("large", std::numeric_limits<std::uint64_t>::max());
  writer.member("one", 1.0).member("tiny", 1e-7).member("huge", 1e22);
  writer.key("list").open_array().put("x").open_object().close_object();
  writer.open_array().close_array().put(3).close_array();
  writer.member("nested", nested);
  writer.close_object();
  CHECK(writer.take() == compact_json(whole));
}

TEST_CASE("every byte at every place of a text is printed as it must be") {
  // Text is looked at eight bytes at a time; this meets every border of that.
  for (int byte = 0; byte < 128; ++byte)
    for (std::size_t place = 0; place < 20; ++place) {
      std::string text(20, 'x');
      text[place] = static_cast<char>(byte);
      const auto read = decode_json(compact_json(Json(text)));
      REQUIRE(read);
      CHECK(read->get<std::string>() == text);
      std::string plain = '"' + text + '"';
      const bool escaped = byte < 0x20 || byte == '"' || byte == '\\';
      CHECK((compact_json(Json(text)) == plain) == !escaped);
      CHECK((sorted_python_json(Json(text)) == plain) == (!escaped && byte != 0x7F));
    }
}
