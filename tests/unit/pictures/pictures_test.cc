#include "emulator/pipeline/pictures.h"

#include <doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "emulator/base/json.h"
#include "tests/support/world.h"
#include "tests/unit/image/decoders.h"

namespace emulator::test {
namespace {

using image::decode;

// The same picture of 256x512 pixels, downloaded in turn with each of some troubles, and whole
// first.
class Downloads {
 public:
  explicit Downloads(const char* format) : world_(WorldOptions{}) {
    const auto made = world_.send(request(
        "POST", "/bfl/v1/flux-dev", {{"x-key", "k"}},
        Json{
            {"prompt", "a [[run: 0s]]"}, {"width", 256}, {"height", 512}, {"output_format", format}}
            .dump()));
    REQUIRE(made);
    const auto ready =
        world_.send(request("GET", Json::parse(made->body)["polling_url"].get<std::string>()));
    link_ = Json::parse(ready->body)["result"]["sample"].get<std::string>();
    good = with("{}");
  }

  http::Reply with(const std::string& then) {
    auto reply = world_.send(request("GET", link_, {{"x-emulator-then", then}}));
    REQUIRE(reply);
    CHECK(reply->status == 200);
    return std::move(*reply);
  }
  http::Reply image(const std::string& word) { return with("image: " + word); }

  http::Reply good;

 private:
  World world_;
  std::string link_;
};

const char* const kFormats[] = {"jpeg", "png"};

template <class Check>
void for_each_format(const Check& check) {
  for (const char* format : kFormats) {
    CAPTURE(format);
    Downloads downloads(format);
    check(downloads);
  }
}

std::string type_of(const http::Reply& reply) {
  return std::string(reply.headers.get("content-type").value_or(""));
}

}  // namespace

TEST_CASE("a picture says whose it is, in letters unless told otherwise") {
  for_each_format([](Downloads& downloads) {
    const image::Decoded whole = decode(downloads.good.body);
    CHECK(whole.text.ends_with("\nindex: 0\nprovider: bfl"));
    const http::Reply bare = downloads.with("image: {caption: off}");
    CHECK(bare.headers.get("etag") != downloads.good.headers.get("etag"));
    const image::Decoded scene = decode(bare.body);
    CHECK(scene.text == whole.text);
    CHECK(scene.rgb != whole.rgb);
    CHECK(scene.rgb.substr(0, scene.rgb.size() / 4) == whole.rgb.substr(0, scene.rgb.size() / 4));
    CHECK(downloads.with("image: {caption: on}").body == downloads.good.body);
  });
}

TEST_CASE("a whole picture is what its decoder says it is") {
  for_each_format([](Downloads& downloads) {
    const image::Decoded whole = decode(downloads.good.body);
    CHECK(whole.width == 256);
    CHECK(whole.height == 512);
    CHECK(whole.exif.empty());
    CHECK(image::sniffed_type(downloads.good.body) == type_of(downloads.good));
  });
}

TEST_CASE("image black: every pixel is, and nothing else changes") {
  for_each_format([](Downloads& downloads) {
    const image::Decoded black = decode(downloads.image("black").body);
    CHECK(black.width == 256);
    CHECK(black.height == 512);
    CHECK(std::all_of(black.rgb.begin(), black.rgb.end(), [](char c) { return c == 0; }));
    CHECK(black.text == decode(downloads.good.body).text);
  });
}

TEST_CASE("image truncated: the beginning of the file, which no decoder takes") {
  for_each_format([](Downloads& downloads) {
    const std::string part = downloads.image("truncated").body;
    CHECK(part == downloads.good.body.substr(0, downloads.good.body.size() * 3 / 5));
    CHECK_THROWS(decode(part));
  });
}

TEST_CASE("image zero_bytes: a picture of no bytes under its type") {
  for_each_format([](Downloads& downloads) {
    const http::Reply empty = downloads.image("zero_bytes");
    CHECK(empty.body.empty());
    CHECK(type_of(empty) == type_of(downloads.good));
  });
}

TEST_CASE("image wrong_type: a good picture of another format than it says") {
  for_each_format([](Downloads& downloads) {
    const http::Reply other = downloads.image("wrong_type");
    CHECK(type_of(other) == type_of(downloads.good));
    CHECK(image::sniffed_type(other.body) != type_of(other));
    CHECK(decode(other.body).width == 256);
  });
}

TEST_CASE("image wrong_size: one pixel wider") {
  for_each_format([](Downloads& downloads) {
    const image::Decoded wide = decode(downloads.image("wrong_size").body);
    CHECK(wide.width == 257);
    CHECK(wide.height == 512);
  });
}

TEST_CASE("image rotated: EXIF orientation 6, and the same pixels") {
  for_each_format([](Downloads& downloads) {
    const image::Decoded turned = decode(downloads.image("rotated").body);
    const std::string little("\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00", 10);
    const std::string big("\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06", 10);
    const bool six =
        turned.exif.find(turned.exif.starts_with("II") ? little : big) != std::string::npos;
    CHECK(six);
    CHECK(turned.rgb == decode(downloads.good.body).rgb);
  });
}

TEST_CASE("image bomb: a small file that claims 50,000 pixels a side") {
  for_each_format([](Downloads& downloads) {
    const std::string bomb = downloads.image("bomb").body;
    CHECK(image::png_claim(bomb).width == 50'000);
    CHECK(image::png_claim(bomb).height == 50'000);
    CHECK(bomb.size() < 10u << 20);
  });
}

TEST_CASE("image size and style: another size, and three ways to draw") {
  for_each_format([](Downloads& downloads) {
    const image::Decoded pixel = decode(downloads.image("{ size: 1x1 }").body);
    CHECK(pixel.width == 1);
    CHECK(pixel.height == 1);
    std::set<std::string> drawn;
    for (const char* style : {"cells", "smooth", "noise"}) {
      const image::Decoded picture =
          decode(downloads.image("{ style: " + std::string(style) + " }").body);
      CHECK(picture.width == 256);
      drawn.insert(picture.rgb);
    }
    CHECK(drawn.size() == 3);
  });
}

}  // namespace emulator::test
