#include "emulator/pipeline/downloads.h"

#include <doctest.h>

#include <string>
#include <utility>

namespace emulator::test {
namespace {

using Trouble = scenario::ImageTrouble;

Downloads::Wanted wanted(const std::string& method = "GET", const std::string& etag = "") {
  auto request = std::make_shared<http::Request>();
  request->method = method;
  if (!etag.empty()) request->headers.add("if-none-match", etag);
  Downloads::Wanted out;
  out.request = std::move(request);
  out.picture.width = out.picture.height = 64;
  out.picture.prompt = "a beach";
  return out;
}

Downloads::Wanted wanted_file(const std::string& name) {
  Downloads::Wanted out = wanted();
  out.trouble = Trouble{};
  out.trouble->kind = Trouble::Kind::kFile;
  out.trouble->file = name;
  return out;
}

Downloads downloads(std::uint64_t most_pixels = 1'000'000) {
  return Downloads({most_pixels, 10},
                   [](const std::string& path) -> Result<std::string, std::string> {
                     if (path != "own.png") return Failure{"there is no " + path};
                     return std::string("own bytes");
                   });
}

http::Reply at_once(std::variant<Downloads::Reply, Downloads::Drawing> answered) {
  auto* const reply = std::get_if<Downloads::Reply>(&answered);
  REQUIRE(reply != nullptr);
  REQUIRE(*reply);
  return std::move(**reply);
}

Downloads::Reply drawn_beside(std::variant<Downloads::Reply, Downloads::Drawing> answered) {
  auto* const drawing = std::get_if<Downloads::Drawing>(&answered);
  REQUIRE(drawing != nullptr);
  Unhindered pace;
  drawing->work(pace);
  return drawing->and_then();
}

}  // namespace

TEST_CASE("a picture above the bound is not drawn, which is our error") {
  Downloads small = downloads(1'000);
  const http::Reply reply = at_once(small.answer(wanted()));
  CHECK(reply.status == 501);
  CHECK(reply.headers.get("x-emulator-error") == "picture_too_large");
}

TEST_CASE("a quick picture is drawn at once, and its tag spares it from then on") {
  Downloads all = downloads();
  const http::Reply whole = at_once(all.answer(wanted()));
  CHECK(whole.status == 200);
  CHECK(whole.headers.get("content-type") == "image/jpeg");
  CHECK(whole.body == image::render(wanted().picture));
  const std::string etag(whole.headers.get("etag").value());

  const http::Reply known = at_once(all.answer(wanted("GET", etag)));
  CHECK(known.status == 304);
  CHECK(known.body == "");
  const http::Reply head = at_once(all.answer(wanted("HEAD")));
  CHECK(head.headers.get("content-length") == std::to_string(whole.body.size()));
}

TEST_CASE("a digest is sent where the provider sends one, and is not made up") {
  Downloads all = downloads();
  auto asked = wanted();
  asked.headers.add("content-md5", "?");
  const http::Reply whole = at_once(all.answer(asked));
  CHECK(whole.headers.get("content-md5") != "?");
  asked.request = wanted("GET", std::string(whole.headers.get("etag").value())).request;
  CHECK(at_once(all.answer(asked)).headers.get("content-md5") == whole.headers.get("content-md5"));
  all.forget();
  CHECK_FALSE(at_once(all.answer(asked)).headers.has("content-md5"));
}

TEST_CASE("a picture that takes long is left to somebody else") {
  Downloads all = downloads();
  auto slow = wanted();
  slow.picture.style = image::Style::kNoise;
  slow.picture.width = slow.picture.height = 200;
  REQUIRE_FALSE(image::is_quick(slow.picture));
  const Downloads::Reply reply = drawn_beside(all.answer(slow));
  REQUIRE(reply);
  CHECK(reply->body == image::render(slow.picture));
}

TEST_CASE("a file of the user's is read beside the loop, and goes out under its own tag") {
  Downloads all = downloads();
  const Downloads::Reply one = drawn_beside(all.answer(wanted_file("own.png")));
  REQUIRE(one);
  CHECK(one->body == "own bytes");
  CHECK(wanted_file("own.png").own_file());
  const Downloads::Reply none = drawn_beside(all.answer(wanted_file("other.png")));
  REQUIRE_FALSE(none);
  CHECK(none.error() == "there is no other.png");
}

}  // namespace emulator::test
