// What a download draws, and what it answers without drawing.
#include <doctest.h>

#include <string>

#include "emulator/base/json.h"
#include "emulator/pipeline/known_files.h"
#include "tests/support/world.h"

namespace emulator::test {
namespace {

// A task of 512x512 pixels with grain, which is drawn beside the loop.
class Grained {
 public:
  explicit Grained(const std::string& image = "style: noise", WorldOptions options = {})
      : world(std::move(options)) {
    const auto made = world.send(request(
        "POST", "/bfl/v1/flux-dev", {{"x-key", "k"}},
        Json{{"prompt", "a [[run: 0s, image: {" + image + "}]]"}, {"width", 512}, {"height", 512}}
            .dump()));
    REQUIRE(made);
    const auto ready =
        world.send(request("GET", Json::parse(made->body)["polling_url"].get<std::string>()));
    REQUIRE(ready);
    link = Json::parse(ready->body)["result"]["sample"].get<std::string>();
  }

  http::Reply ask(const char* method,
                  std::vector<std::pair<std::string, std::string>> headers = {}) {
    auto reply = world.send(request(method, link, std::move(headers)));
    REQUIRE(reply);
    return std::move(*reply);
  }

  World world;
  std::string link;
};

std::string field(const http::Reply& reply, const char* name) {
  return std::string(reply.headers.get(name).value_or("-"));
}

}  // namespace

TEST_CASE("a HEAD draws once at most, and says what the GET has") {
  Grained picture;
  const http::Reply first = picture.ask("HEAD");
  CHECK(picture.world.loop.offloaded() == 1);
  const http::Reply again = picture.ask("HEAD");
  CHECK(picture.world.loop.offloaded() == 1);
  const http::Reply whole = picture.ask("GET");
  CHECK(picture.world.loop.offloaded() == 2);
  CHECK(whole.status == 200);
  CHECK(field(again, "content-length") == std::to_string(whole.body.size()));
  CHECK(first.body.size() == whole.body.size());
  for (const char* name : {"etag", "content-type", "content-md5", "accept-ranges"})
    CHECK(field(again, name) == field(whole, name));
  CHECK(again.body.empty());
}

TEST_CASE(
    "what the client has already, and a range that cannot be had, are answered without drawing") {
  Grained picture;
  const std::string etag = field(picture.ask("GET"), "etag");
  CHECK(picture.world.loop.offloaded() == 1);
  CHECK(picture.ask("GET", {{"if-none-match", etag}}).status == 304);
  CHECK(picture.ask("GET", {{"range", "bytes=99999999-"}}).status == 416);
  const http::Reply head = picture.ask("HEAD", {{"range", "bytes=5-9"}});
  CHECK(head.status == 206);
  CHECK(field(head, "content-length") == "5");
  CHECK(picture.world.loop.offloaded() == 1);
  const http::Reply part = picture.ask("GET", {{"range", "bytes=5-9"}});
  CHECK(part.status == 206);
  CHECK(part.body.size() == 5);
  CHECK(picture.world.loop.offloaded() == 2);
  // The tag follows from the task alone, so nothing need have been drawn before.
  Grained other;
  CHECK(field(other.ask("HEAD"), "etag") == etag);
  Grained fresh;
  CHECK(fresh.ask("GET", {{"if-none-match", etag}}).status == 304);
  CHECK(fresh.world.loop.offloaded() == 0);
}

TEST_CASE("a size beyond the limit is refused in our own words, before anything is drawn") {
  Grained picture("size: 16384x16384, style: noise");
  for (const char* method : {"GET", "HEAD"}) {
    const http::Reply reply = picture.ask(method);
    CHECK(reply.status == 501);
    CHECK(field(reply, "x-emulator-error") == "picture_too_large");
    CHECK(reply.body.find("--max-picture-pixels") != std::string::npos);
  }
  CHECK(picture.world.loop.offloaded() == 0);
  WorldOptions options;
  options.pipeline.picture_pixels = 512UL * 512;
  Grained fits("style: noise", options);
  CHECK(fits.ask("GET").status == 200);
  Grained beyond("size: 513x512", options);
  CHECK(beyond.ask("GET").status == 501);
}

TEST_CASE("a file cut short or replaced is never taken for the whole one") {
  Grained picture;
  const http::Reply whole = picture.ask("GET");
  const http::Reply cut = picture.ask("GET", {{"x-emulator-then", "image: truncated"}});
  CHECK(cut.body.size() < whole.body.size());
  const http::Reply head = picture.ask("HEAD");
  CHECK(field(head, "content-length") == std::to_string(whole.body.size()));
}

TEST_CASE("sizes are remembered of so many pictures, the longest unasked go first") {
  KnownFiles files(2);
  files.keep("a", {1, ""});
  files.keep("b", {2, ""});
  REQUIRE(files.find("a"));
  files.keep("c", {3, ""});
  CHECK(files.find("b") == nullptr);
  CHECK(files.find("a")->size == 1);
  CHECK(files.find("c")->size == 3);
  KnownFiles none(0);
  none.keep("a", {1, ""});
  CHECK(none.find("a") == nullptr);
}

}  // namespace emulator::test
