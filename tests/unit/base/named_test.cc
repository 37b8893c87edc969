#include "emulator/base/named.h"

#include <doctest.h>

namespace emulator {

TEST_CASE("names in braces are replaced, and any other brace stays as it is") {
  const auto put = [](std::string_view name, std::string& out) {
    if (name != "id" && name != "brace") return false;
    out += name == "id" ? "7" : "{id}";
    return true;
  };
  CHECK(with_names("", put) == "");
  CHECK(with_names("plain }", put) == "plain }");
  CHECK(with_names("{id}/{id}", put) == "7/7");
  CHECK(with_names("{other} {id", put) == "{other} {id");
  CHECK(with_names("{{id}}", put) == "{7}");
  CHECK(with_names("{\"a\":\"{id}\"}", put) == "{\"a\":\"7\"}");
  CHECK(with_names("{brace}", put) == "{id}");  // what was put in is not looked at again
}

}  // namespace emulator
