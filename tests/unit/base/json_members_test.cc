#include <doctest.h>

#include <string>

#include "emulator/base/json.h"

namespace emulator {

TEST_CASE("members of an object stay in the order they came, each name once") {
  Json object = {{"b", 1}, {"a", 2}, {"b", 3}};
  CHECK(object.dump() == R"({"b":1,"a":2})");
  object["c"] = 4;
  object["a"] = 5;
  CHECK(object.dump() == R"({"b":1,"a":5,"c":4})");
  CHECK_FALSE(object.emplace("c", 6).second);
  CHECK(object.erase("b") == 1);
  CHECK(object.erase("b") == 0);
  object.update({{"d", 7}, {"c", 8}});
  CHECK(object.dump() == R"({"a":5,"c":8,"d":7})");
  object.erase(object.find("c"));
  CHECK(object.dump() == R"({"a":5,"d":7})");
  CHECK(object.contains("d"));
  CHECK_FALSE(object.contains("c"));
  CHECK(object.at("d") == 7);
  CHECK_THROWS(object.at("c"));
}

TEST_CASE("an object that grows moves what it holds") {
  Json object = Json::object();
  object["text"] = std::string(100, 'x');
  const char* const at = object["text"].get_ref<const std::string&>().data();
  for (int i = 0; i < 100; ++i) object["member " + std::to_string(i)] = i;
  CHECK(object["text"].get_ref<const std::string&>().data() == at);
}

}  // namespace emulator
