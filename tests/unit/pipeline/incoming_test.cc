#include "emulator/pipeline/incoming.h"

#include <doctest.h>

#include <string>

#include "emulator/base/text.h"
#include "emulator/pipeline/own_files.h"
#include "tests/support/world.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

using Form = IncomingPicture::Form;

std::string picture_file(int width, int height, image::Format format = image::Format::kPng) {
  image::Picture picture;
  picture.width = width;
  picture.height = height;
  picture.format = format;
  return image::render(picture);
}

std::string data_address(const std::string& bytes) {
  return "data:image/png;base64," + base64(bytes);
}

// An invented provider, so that no real one's rules are tested here.
contract::Contract acme(const std::string& rules = "forms: [text, data, address]") {
  auto loaded = contract::load({"acme.yaml", R"(provider: acme
---
endpoints:
  paint:
    fields:
      prompt: string
      image: { type: string, extra: { image: true } }
      text_only: { type: string, extra: { image: { forms: [text] } } }
      gif_only: { type: string, extra: { image: { types: [image/gif] } } }
      images: { type: array, items: string, extra: { image: true } }
      params: { type: object, fields: { mask: { type: string, extra: { image: true } } } }
      layers: { type: array, items: { type: object, fields: { over: { type: string, extra: { image: true } } } } }
values:
  incoming_pictures:
    value:
      types: [image/png, image/jpeg]
      inline: { blank: null, cut_off: refuse broken, no_picture: fail unusable }
      file: { cut_off: fail unusable }
      )" + rules + "\n"});
  REQUIRE(loaded);
  return *std::move(loaded);
}

// Of the one picture in `body`; the input it points into is gone.
IncomingPicture only(const contract::Contract& contract, const Json& body) {
  const auto found = pictures_in(body, contract.endpoints.front().fields, contract, Call());
  REQUIRE(found.size() == 1);
  return found.front();
}

}  // namespace

TEST_CASE("a picture that came along is judged by its bytes, whatever it calls itself") {
  const contract::Contract contract = acme();
  const std::string png = picture_file(30, 20);
  const std::string gif("GIF89a\x01\0\x01\0\0\0\0\x2C\0\0\0\0\x01\0\x01\0\0\2\1\0\0\x3B", 28);
  struct Row {
    const char* name;
    std::string text;
    Form form;
    PictureFault fault;
  };
  const Row rows[] = {
      {"bare base64", base64(png), Form::kText, PictureFault::kNone},
      {"data address", data_address(png), Form::kData, PictureFault::kNone},
      {"capitals", "DATA:image/png;BASE64," + base64(png), Form::kData, PictureFault::kNone},
      {"called a text", "data:text/plain;base64," + base64(png), Form::kData, PictureFault::kNone},
      {"without base64", "data:image/svg+xml,%3Csvg/%3E", Form::kData, PictureFault::kNoPicture},
      {"no comma", "data:image/png;base64", Form::kData, PictureFault::kNoBase64},
      {"no base64", "data:image/png;base64,@@@", Form::kData, PictureFault::kNoBase64},
      {"no base64 in text", "@@not an image@@", Form::kText, PictureFault::kNoBase64},
      {"nothing in it", "data:image/png;base64,", Form::kData, PictureFault::kEmpty},
      {"nothing", "", Form::kText, PictureFault::kBlank},
      {"a text", data_address("hello"), Form::kData, PictureFault::kNoPicture},
      {"cut off", data_address(png.substr(0, png.size() / 2)), Form::kData, PictureFault::kCutOff},
      {"magic bytes alone", "iVBORw0KGgo", Form::kText, PictureFault::kCutOff},
      {"another type", base64(gif), Form::kText, PictureFault::kType},
      {"cut off, another type", base64(gif.substr(0, 20)), Form::kText, PictureFault::kType},
      {"an address", "https://example.com/a.png", Form::kAddress, PictureFault::kNone},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const IncomingPicture seen = only(contract, Json{{"image", row.text}});
    CHECK(seen.form == row.form);
    CHECK(to_string(seen.fault) == to_string(row.fault));
  }
  const IncomingPicture whole = only(contract, Json{{"image", base64(png)}});
  CHECK(whole.bytes == png.size());
  CHECK(whole.picture.size->width == 30);
  CHECK(only(contract, Json{{"gif_only", base64(gif)}}).fault == PictureFault::kNone);
  CHECK(only(contract, Json{{"gif_only", base64(png)}}).fault == PictureFault::kType);
  CHECK(only(contract, Json{{"text_only", base64(png)}}).fault == PictureFault::kNone);
  for (const std::string& other : {data_address(png), std::string("https://example.com/a.png")})
    CHECK(only(contract, Json{{"text_only", other}}).fault == PictureFault::kForm);
}

TEST_CASE("padded base64 is the standard alphabet with all its padding") {
  const contract::Contract strict = acme("base64: padded");
  const std::string gif = picture_file(3, 3);
  std::string text = base64(gif);
  CHECK(only(strict, Json{{"image", text}}).fault == PictureFault::kNone);
  CHECK(only(strict, Json{{"image", text + "\n"}}).fault == PictureFault::kNoBase64);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  CHECK(only(strict, Json{{"image", text}}).fault == PictureFault::kNoBase64);
  CHECK(only(acme(), Json{{"image", text}}).fault == PictureFault::kNone);
  CHECK(only(strict, Json{{"image", "iVBORw0KGgo"}}).fault == PictureFault::kNoBase64);
  CHECK(only(strict, Json{{"image", "iVBORw0KGgo="}}).fault == PictureFault::kCutOff);
}

TEST_CASE("pictures are found in lists and objects, in the order of the fields") {
  const contract::Contract contract = acme();
  const std::string good = base64(picture_file(30, 20));
  const Json body = {{"layers", {{{"over", good}}, {{"over", "@"}}}},
                     {"params", {{"mask", good}}},
                     {"images", {good, nullptr, 5, "@"}},
                     {"prompt", "@"},
                     {"image", nullptr}};
  const auto found = pictures_in(body, contract.endpoints.front().fields, contract, Call());
  std::string places;
  for (const IncomingPicture& picture : found) places += place_of(picture) + " ";
  CHECK(places == "images[0] images[3] params.mask layers[0].over layers[1].over ");
  CHECK(found[1].value == &body["images"][3]);
  CHECK(found[1].field->name == "images");
}

TEST_CASE("the first fault that a contract has an end for counts") {
  const contract::Contract contract = acme();
  const std::string cut = base64(picture_file(30, 20).substr(0, 40));
  const auto& fields = contract.endpoints.front().fields;
  const auto ends = [&](const Json& body) {
    const auto found = pictures_in(body, fields, contract, Call());
    const auto bad = bad_picture(found, contract);
    if (!bad) return std::string("good");
    return place_of(*bad->picture) + (bad->at_once ? " refused " : " fails ") + bad->name;
  };
  CHECK(ends({{"image", cut}}) == "image refused broken");
  CHECK(ends({{"image", base64("hello")}, {"images", {cut}}}) == "image fails unusable");
  CHECK(ends({{"image", "@"}, {"images", {"", cut}}}) == "images[1] refused broken");
  CHECK(ends({{"image", ""}}) == "good");
  CHECK(ends(Json::object()) == "good");
}

TEST_CASE("the first size that is known is the one others follow") {
  const contract::Contract contract = acme();
  const Json body = {{"image", "https://example.com/a.png"},
                     {"images", {base64(picture_file(30, 20)), base64(picture_file(7, 7))}}};
  const auto found = pictures_in(body, contract.endpoints.front().fields, contract, Call());
  CHECK(first_size(found)->width == 30);
  CHECK_FALSE(first_size({}).has_value());
}

TEST_CASE("an address that leads here is known by any of the emulator's names, others never are") {
  World world;
  const auto fal = *world.registry.find("fal");
  OwnFiles files(world.registry, *world.sandboxes, *world.uploads, "https://emu.example/base");
  Uploads::File about;
  about.sandbox = "me";
  about.expires = world.sandboxes->named("me").now() + 1h;
  REQUIRE(world.uploads->put(fal, "/files/b/0a/x.png", about, picture_file(30, 20)));

  const auto asked = [&](const char* host) {
    Call call;
    call.request = std::make_shared<const http::Request>(request("POST", "/", {{"host", host}}));
    call.box = &world.sandboxes->named("me");
    return call;
  };
  const auto seen = [&](const std::string& address, const char* host = "127.0.0.1:4242") {
    using State = OwnFiles::State;
    const OwnFiles::File file = files.at(address, asked(host));
    if (file.state == State::kThere) CHECK(file.picture.size->width == 30);
    return file.state == State::kThere     ? std::string("there")
           : file.state == State::kMissing ? "missing"
           : file.state == State::kExpired ? "expired"
                                           : "outside";
  };
  struct Row {
    const char* address;
    const char* state;
  };
  const Row rows[] = {
      {"http://127.0.0.1:4242/v3.fal.media/files/b/0a/x.png", "there"},
      {"HTTP://localhost:4242/v3.fal.media/files/b/0a/x.png?q=1#part", "there"},
      {"http://name:pass@[::1]:4242/v3.fal.media/files/b/0a/x.png", "there"},
      {"https://emu.example/v3.fal.media/files/b/0a/x.png", "there"},
      {"http://cdn.fal.localhost:4242/files/b/0a/x.png", "there"},
      {"https://v3.fal.media/files/b/0a/x.png", "there"},
      {"http://127.0.0.1:4242/v3.fal.media/files/b/0a/never.png", "missing"},
      {"http://127.0.0.1:4242/fal.run/fal-ai/flux/dev", "missing"},
      {"http://127.0.0.1:4242/cat.png", "missing"},
      {"https://v3.fal.media/files/b/0a/never.png", "outside"},  // may be there in truth
      {"http://127.0.0.1:9999/v3.fal.media/files/b/0a/x.png", "outside"},
      {"http://example.com/files/b/0a/x.png", "outside"},
      {"http://", "outside"},
      {"http:///x", "outside"},
      {"http://[/x", "outside"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.address);
    CHECK(seen(row.address) == row.state);
  }
  // By the caller's own name, whatever it is.
  CHECK(seen("http://emulator:81/v3.fal.media/files/b/0a/x.png", "emulator:81") == "there");
  CHECK(seen("http://emulator:81/v3.fal.media/files/b/0a/x.png") == "outside");

  // An address that was handed out under a real host, and nothing put there.
  world.sandboxes->named("me").put_note(fal, upload_note("/files/b/0a/promised.png"), true);
  CHECK(seen("https://v3.fal.media/files/b/0a/promised.png") == "missing");

  world.advance("me", 1h);
  CHECK(seen("https://v3.fal.media/files/b/0a/x.png") == "expired");
}

TEST_CASE("a picture that a task made is known while its link is alive") {
  World world;
  const auto made = world.send(request("POST", "/bfl/v1/flux-pro-1.1",
                                       {{"x-key", "me"}, {"content-type", "application/json"}},
                                       R"({"prompt":"a","width":512,"height":256})"));
  REQUIRE(made);
  world.advance("me", 1min);
  const std::string id = Json::parse(made->body)["id"];
  const auto shown = world.send(request("GET", "/bfl/v1/get_result?id=" + id));
  REQUIRE(shown);
  const std::string link = Json::parse(shown->body)["result"]["sample"];

  OwnFiles files(world.registry, *world.sandboxes, *world.uploads, "");
  Call call;
  call.request = std::make_shared<const http::Request>(
      request("POST", "/", {{"host", link.substr(7, link.find('/', 7) - 7)}}));
  call.box = &world.sandboxes->named("me");
  const OwnFiles::File alive = files.at(link, call);
  CHECK(alive.state == OwnFiles::State::kThere);
  CHECK(alive.picture.size->width == 512);
  CHECK(alive.picture.type == "image/jpeg");
  CHECK(files.at(link + "0", call).state == OwnFiles::State::kExpired);  // not the link handed out
  world.advance("me", 11min);
  CHECK(files.at(link, call).state == OwnFiles::State::kExpired);
}

}  // namespace emulator::test
