#include "emulator/pipeline/file_reply.h"

#include <doctest.h>

#include <string>

namespace emulator {
namespace {

http::Reply asked(const char* header, const char* value) {
  http::Request request;
  request.method = "GET";
  if (*header != '\0') request.headers.add(header, value);
  return file_reply(request, {}, "0123456789", "image/png", "\"tag\"");
}

}  // namespace

TEST_CASE("ranges are answered as an object store does") {
  struct Row {
    const char* range;
    unsigned status;
    const char* body;
    const char* content_range;
  };
  const Row rows[] = {
      {"bytes=0-3", 206, "0123", "bytes 0-3/10"},
      {"bytes=8-", 206, "89", "bytes 8-9/10"},
      {"bytes=-2", 206, "89", "bytes 8-9/10"},
      {"bytes=-99", 206, "0123456789", "bytes 0-9/10"},
      {"bytes=5-99", 206, "56789", "bytes 5-9/10"},
      {"BYTES=9-9", 206, "9", "bytes 9-9/10"},
      {"bytes=10-", 416, "", "bytes */10"},
      {"bytes=-0", 416, "", "bytes */10"},
      {"bytes=3-1", 200, "0123456789", ""},
      {"bytes=0-1,3-4", 200, "0123456789", ""},
      {"bytes=a-b", 200, "0123456789", ""},
      {"bytes=-", 200, "0123456789", ""},
      {"bytes=99999999999999999999999-", 200, "0123456789", ""},
      {"lines=0-1", 200, "0123456789", ""},
  };
  for (const Row& row : rows) {
    INFO(row.range);
    const http::Reply reply = asked("range", row.range);
    CHECK(reply.status == row.status);
    CHECK(reply.body == row.body);
    CHECK(std::string(reply.headers.get("content-range").value_or("")) == row.content_range);
  }
}

TEST_CASE("a file that is known already is not sent again") {
  CHECK(asked("if-none-match", "\"tag\"").status == 304);
  CHECK(asked("if-none-match", "\"a\", W/\"tag\"").status == 304);
  CHECK(asked("if-none-match", "*").status == 304);
  CHECK(asked("if-none-match", "\"other\"").status == 200);
  CHECK(asked("", "").headers.get("etag") == "\"tag\"");
}

}  // namespace emulator
