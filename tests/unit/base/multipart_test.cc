#include "emulator/base/multipart.h"

#include <doctest.h>

namespace emulator {
namespace {

constexpr const char* kType = "multipart/form-data; boundary=XX";

TEST_CASE("a form's fields and files are found, files byte for byte") {
  using namespace std::string_literals;
  const std::string file = "\x89PNG\r\n\x1a\n\0--XX is no boundary here\r\n--X"s;
  const std::string body =
      "--XX\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a b.png\"\r\n"
      "Content-Type: image/png\r\n\r\n"s +
      file + "\r\n--XX--\r\n";
  const auto parts = parse_multipart(kType, body);
  REQUIRE(parts);
  REQUIRE(parts->size() == 2);
  const FormPart& note = (*parts)[0];
  CHECK(note.name == "note");
  CHECK_FALSE(note.file_name);
  CHECK(note.content_type.empty());
  CHECK(note.data == "hello");
  const FormPart& picture = (*parts)[1];
  CHECK(picture.name == "file");
  CHECK(picture.file_name == "a b.png");
  CHECK(picture.content_type == "image/png");
  CHECK(picture.data == file);
}

TEST_CASE("the forms in which clients write names and boundaries are understood") {
  struct Row {
    const char* about;
    const char* type;
    const char* body;
    const char* name;
    const char* file;
  };
  constexpr Row rows[] = {
      {"a quoted boundary", "Multipart/Form-Data; charset=utf-8; Boundary=\"X X\"",
       "--X X\r\ncontent-disposition: form-data; name=a\r\n\r\nv\r\n--X X--", "a", nullptr},
      {"a preamble and an epilogue", kType,
       "to be ignored\r\n--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--XX--\r\n"
       "ignored too",
       "a", nullptr},
      {"blanks after the boundary", kType,
       "--XX \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n--XX--", "a", nullptr},
      {"an escaped quote", kType,
       "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x\\\"y.png\"\r\n\r\nv\r\n"
       "--XX--",
       "a", "x\"y.png"},
      {"a semicolon in quotes", kType,
       "--XX\r\nContent-Disposition: form-data; filename=\"x;name=b\"; name=\"a\"\r\n\r\nv\r\n"
       "--XX--",
       "a", "x;name=b"},
      {"a name in UTF-8 beside a plain one", kType,
       "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"n.png\"; "
       "filename*=UTF-8''na%C3%AFf.png\r\n\r\nv\r\n--XX--",
       "a",
       "na\xC3\xAF"
       "f.png"},
      {"a file without a name", kType,
       "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"\"\r\n\r\nv\r\n--XX--", "a",
       ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.about);
    const auto parts = parse_multipart(row.type, row.body);
    REQUIRE(parts);
    REQUIRE(parts->size() == 1);
    CHECK((*parts)[0].name == row.name);
    CHECK((*parts)[0].data == "v");
    CHECK((*parts)[0].file_name.has_value() == (row.file != nullptr));
    if (row.file != nullptr) CHECK(*(*parts)[0].file_name == row.file);
  }
}

TEST_CASE("empty forms and empty parts are no mistake") {
  const auto none = parse_multipart(kType, "--XX--\r\n");
  REQUIRE(none);
  CHECK(none->empty());
  for (const char* body : {"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--XX--",
                           "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--XX--"}) {
    CAPTURE(body);
    const auto one = parse_multipart(kType, body);
    REQUIRE(one);
    REQUIRE(one->size() == 1);
    CHECK((*one)[0].data.empty());
  }
}

TEST_CASE("what is wrong with a form is said") {
  struct Row {
    const char* type;
    const char* body;
    const char* why;
  };
  constexpr const char* kHead = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
  const std::string no_end = std::string(kHead) + "v";
  const std::string half_end = std::string(kHead) + "v\r\n--XX";
  const Row rows[] = {
      {"application/json", "{}", "the content type is not multipart/form-data"},
      {"", "", "the content type is not multipart/form-data"},
      {"multipart/form-data", "--XX--", "the content type has no boundary"},
      {"multipart/form-data; boundary=", "--XX--", "the content type has no boundary"},
      {"multipart/form-data; boundary=\"\"", "----", "the content type has no boundary"},
      {kType, "", "the boundary is not in the body"},
      {kType, "--YY--", "the boundary is not in the body"},
      {kType, "--XX", "a boundary is not followed by the end of its line"},
      {kType, "--XXX\r\n", "a boundary is not followed by the end of its line"},
      {kType, "--XX\r\nContent-Disposition: form-data; name=\"a\"",
       "part 1 ends within its headers"},
      {kType, no_end.c_str(), "part 1 has no end: the closing boundary is missing"},
      {kType, half_end.c_str(), "a boundary is not followed by the end of its line"},
      {kType, "--XX\r\nContent-Type: text/plain\r\n\r\nv\r\n--XX--", "part 1 has no name"},
      {kType, "--XX\r\n\r\nv\r\n--XX--", "part 1 has no name"},
      {kType, "--XX\r\nnonsense\r\n\r\nv\r\n--XX--", "part 1 has a header line without a colon"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.type);
    CAPTURE(row.body);
    const auto parts = parse_multipart(row.type, row.body);
    REQUIRE_FALSE(parts);
    CHECK(parts.error() == row.why);
  }
}

TEST_CASE("a form has a bound") {
  std::string body;
  for (int i = 0; i < 4; ++i)
    body += "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nv\r\n";
  body += "--XX--";
  CHECK(parse_multipart(kType, body, 4));
  const auto cut = parse_multipart(kType, body, 3);
  REQUIRE_FALSE(cut);
  CHECK(cut.error() == "there are more than 3 parts");
  const std::string long_type = "multipart/form-data; boundary=" + std::string(300, 'x');
  CHECK_FALSE(parse_multipart(long_type, body));
  const std::string many = "--XX\r\nx: " + std::string(20'000, 'y') + "\r\n\r\nv\r\n--XX--";
  CHECK_FALSE(parse_multipart(kType, many));
}

}  // namespace
}  // namespace emulator
