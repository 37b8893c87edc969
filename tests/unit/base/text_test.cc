#include "emulator/base/text.h"

#include <doctest.h>

namespace emulator {
namespace {

TEST_CASE("a size is a number with an optional unit of thousands or 1,024s") {
  struct Row {
    std::string_view text;
    std::uint64_t bytes;
  };
  constexpr Row rows[] = {{"0", 0},           {"4096", 4096},       {"10B", 10},
                          {"2KB", 2000},      {"64KiB", 65536},     {"2MB", 2'000'000},
                          {"3 MiB", 3145728}, {"1GiB", 1073741824}, {"1gb", 1'000'000'000}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto size = parse_size(row.text);
    REQUIRE(size);
    CHECK(*size == row.bytes);
  }
  for (const char* text :
       {"", "KB", "-1", "1.5MB", "12XB", "99999999999999999999", "18446744073GiB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text));
  }
  CHECK(parse_size("two").error() ==
        "expected a size such as 4096, 64KiB, 2MB or 1GiB, got \"two\"");
}

TEST_CASE("the nearest known word is offered only where a slip is likely") {
  const std::vector<std::string> known{"queue", "run", "links_live", "end", "links"};
  CHECK(nearest("quene", known) == "queue");
  CHECK(nearest("Queue", known) == "queue");
  CHECK(nearest("link", known) == "links");
  CHECK(nearest("links_lvie", known) == "links_live");
  CHECK(nearest("rnu", known) == "run");
  CHECK(nearest("banana", known) == std::nullopt);
  CHECK(nearest("x", known) == std::nullopt);
  CHECK(nearest("", known) == std::nullopt);
  CHECK(nearest(std::string(5000, 'q'), known) == std::nullopt);
}

TEST_CASE("a glob matches the whole text") {
  struct Row {
    std::string_view pattern, text;
    bool matches;
  };
  constexpr Row rows[] = {
      {"*", "", true},
      {"", "", true},
      {"", "a", false},
      {"flux-pro-1.1*", "flux-pro-1.1-ultra", true},
      {"flux-pro-1.1*", "flux-pro-1.1", true},
      {"flux-pro-1.1*", "my/flux-pro-1.1", false},
      {"*-ultra", "flux-pro-1.1-ultra", true},
      {"*ab*ab", "abxabab", true},
      {"a?c", "abc", true},
      {"a?c",
       "a\xC3\xA9"
       "c",
       true},
      {"a?c", "ac", false},
      {"A", "a", false},
      {"/v1/*", "/v1/", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(glob_matches(row.pattern, row.text) == row.matches);
  }
  CHECK_FALSE(glob_matches("*a*a*a*a*a*a*a*a*b", std::string(20'000, 'a')));
}

TEST_CASE("small things about text") {
  CHECK(lower_case("X-Key\xC3\x84") == "x-key\xC3\x84");
  CHECK(joined({}) == "");
  CHECK(joined({"one, ", "", "two"}) == "one, two");
  CHECK(trimmed(" \t a b\r\n") == "a b");
  CHECK(trimmed("  ").empty());
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(starts_with_name("Bearer x", "bearer "));
  CHECK_FALSE(starts_with_name("Bear", "bearer "));
}

TEST_CASE("code points are counted, stray bytes one each") {
  CHECK(code_points("") == 0);
  CHECK(code_points("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x8D\x8E") == 4);
  CHECK(code_points("\xFF\xC3") == 2);
  CHECK(code_points("\xE2\x82") == 2);      // a cut sequence
  CHECK(code_points("\xED\xA0\xBD") == 1);  // a lone surrogate
}

TEST_CASE("what is not UTF-8 becomes U+FFFD") {
  struct Row {
    const char* name;
    std::string_view bytes, text;
  };
  constexpr Row rows[] = {
      {"valid text stays", "a\xF0\x9F\x8D\x8E", "a\xF0\x9F\x8D\x8E"},
      {"a stray byte", "a\x80z", "a\xEF\xBF\xBDz"},
      {"a cut sequence is one", "\xF0\x9F\x8Dz", "\xEF\xBF\xBDz"},
      {"over-long", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"over-long in three", "\xE0\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"beyond the last code point", "\xF4\x90\x80\x80",
       "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"a surrogate", "\xED\xA0\xBD", "\xEF\xBF\xBD"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(valid_utf8(row.bytes) == row.text);
  }
}

TEST_CASE("base64 goes there and back") {
  struct Row {
    std::string_view bytes, text;
  };
  constexpr Row rows[] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                          {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"\xFF\xFE\xFD", "//79"}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(base64(row.bytes) == row.text);
    CHECK(from_base64(row.text) == std::string(row.bytes));
  }
  CHECK(from_base64("__79") == "\xFF\xFE\xFD");
  CHECK(from_base64("Zg") == "f");
  CHECK(from_base64("Zm 9v\r\nYg==\n") == "foob");
  for (const char* text : {"Z", "Zg=", "Zg===", "Zm9v=", "Z=g=", "Zm9v!", "====", "="})
    CHECK_FALSE(from_base64(text));
}

TEST_CASE("texts are looked at eight bytes at a time, and no byte is missed") {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string plain(size, 'a');
    CHECK(ascii_run(plain) == size);
    CHECK(valid_utf8(plain) == plain);
    for (std::size_t at = 0; at < size; ++at) {
      std::string broken = plain;
      broken[at] = '\xFF';
      CHECK(ascii_run(broken) == at);
      CHECK(code_points(broken) == size);
      CHECK(valid_utf8(broken) == plain.substr(0, at) + "\xEF\xBF\xBD" + plain.substr(at + 1));
    }
  }
}

TEST_CASE("a shell takes a quoted word as it is") {
  CHECK(shell_quoted("") == "''");
  CHECK(shell_quoted("a $b `c` \\ \"d\"\n") == "'a $b `c` \\ \"d\"\n'");
  CHECK(shell_quoted("it's") == "'it'\\''s'");
}

}  // namespace
}  // namespace emulator
