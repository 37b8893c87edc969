// Own uploads by each provider's own calls: what was uploaded is read like a data address.
#include <doctest.h>

#include <string>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "tests/incoming/shop.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Json json_of(const std::optional<http::Reply>& reply) {
  REQUIRE(reply);
  auto body = decode_json(reply->body);
  REQUIRE(body);
  return *body;
}

std::string by_fal(World& world, const std::string& bytes, bool put = true) {
  const Fields key = {{"host", "127.0.0.1:4242"}, {"authorization", "Key me:secret"}};
  const Json ticket = json_of(
      world.send(request("POST", "/rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3",
                         key, R"({"content_type":"image/png","file_name":"a.png"})")));
  if (put)
    REQUIRE(world
                .send(request("PUT", ticket.at("upload_url").get<std::string>(),
                              {{"content-type", "image/png"}}, bytes))
                ->status == 200);
  return ticket.at("file_url").get<std::string>();
}

std::string by_wavespeed(World& world, const std::string& bytes, bool put = true) {
  const Fields key = {{"host", "127.0.0.1:4242"}, {"authorization", "Bearer me"}};
  const Json asked = {{"filename", "a.png"}, {"size", bytes.size()}, {"content_type", "image/png"}};
  const Json ticket = json_of(world.send(request("POST", "/wavespeed/api/v3/media/uploads", key,
                                                 compact_json(asked))))
                          .at("data");
  if (put)
    REQUIRE(world
                .send(request("PUT", ticket.at("upload").at("url").get<std::string>(),
                              {{"content-type", "image/png"}, {"if-none-match", "*"}}, bytes))
                ->status == 200);
  return ticket.at("download_url").get<std::string>();
}

std::string form_of(const std::string& bytes) {
  return "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n"
         "content-type: image/png\r\n\r\n" +
         bytes + "\r\n--x--\r\n";
}

std::string by_wavespeed_form(World& world, const std::string& bytes) {
  return json_of(world.send(request("POST", "/wavespeed/api/v3/media/upload/binary",
                                    {{"host", "127.0.0.1:4242"},
                                     {"authorization", "Bearer me"},
                                     {"content-type", "multipart/form-data; boundary=x"}},
                                    form_of(bytes))))
      .at("data")
      .at("download_url")
      .get<std::string>();
}

std::string by_apiframe(World& world, const std::string& bytes) {
  return json_of(world.send(request("POST", "/apiframe/v2/uploads",
                                    {{"host", "127.0.0.1:4242"},
                                     {"x-api-key", "me"},
                                     {"content-type", "multipart/form-data; boundary=x"}},
                                    form_of(bytes))))
      .at("url")
      .get<std::string>();
}

// What became of a submission with that picture.
struct Made {
  std::string outcome;
  int width = 0, height = 0;
};

Made made_from(World& world, const char* provider, const char* id, const std::string& picture,
               const Json& more = Json::object()) {
  const auto& contract = world.registry.contract(*world.registry.find(provider));
  const contract::Endpoint* endpoint = contract.endpoint(id);
  REQUIRE(endpoint != nullptr);
  Json body = body_with(*endpoint, picture_fields(*endpoint).front(), picture);
  for (const auto& [name, value] : more.items())
    if (value.is_object())
      body[name].update(value);
    else
      body[name] = value;
  // A list has a good picture of another size in front, which would be the one to follow.
  for (auto& [name, value] : body.items())
    if (value.is_array() && value.size() == 2) value.erase(0);
  Made out;
  out.outcome = outcome(world, provider, *endpoint, body);
  Sandbox& box = world.sandboxes->named("me");
  for (const Task* task : box.tasks.newest_first()) {
    out.width = task->plan.width;
    out.height = task->plan.height;
    break;
  }
  return out;
}

}  // namespace

TEST_CASE("sizes follow an upload as they follow a data address, for every provider") {
  World world;
  image::Picture wide;
  wide.width = 600;
  wide.height = 300;
  wide.format = image::Format::kPng;
  const std::string bytes = image::render(wide);
  struct Row {
    const char* provider;
    const char* id;
    Json more = Json::object();
  };
  const Row rows[] = {
      {"wavespeed", "wavespeed-ai/flux-kontext-dev"},
      {"wavespeed", "wavespeed-ai/flux-kontext-pro"},
      {"wavespeed", "wavespeed-ai/flux-kontext-max"},
      {"wavespeed", "wavespeed-ai/flux-2-pro/edit"},
      {"fal", "fal-ai/flux-pro/kontext"},
      {"fal", "fal-ai/flux/dev/image-to-image"},
      {"bfl", "flux-kontext-pro"},
      {"bfl", "flux-pro-1.0-fill"},
      {"apiframe", "clarity-upscale"},
      {"vtrix", "flux_kontext_pro"},
  };
  const std::string addresses[] = {by_fal(world, bytes), by_wavespeed(world, bytes),
                                   by_wavespeed_form(world, bytes), by_apiframe(world, bytes)};
  for (const Row& row : rows) {
    INFO(row.provider, " ", row.id);
    const Made inline_one = made_from(world, row.provider, row.id, as_data(bytes), row.more);
    CHECK(inline_one.outcome == "made");
    CHECK(inline_one.width != inline_one.height);
    for (const std::string& address : addresses) {
      INFO(address);
      const Made one = made_from(world, row.provider, row.id, address, row.more);
      CHECK(one.outcome == "made");
      CHECK(one.width == inline_one.width);
      CHECK(one.height == inline_one.height);
    }
  }
}

TEST_CASE("an address that was handed out for an upload that never came leads nowhere") {
  World world;
  const std::string fal = by_fal(world, "", false);
  const std::string ticket = by_wavespeed(world, good_picture(), false);
  CHECK(made_from(world, "fal", "fal-ai/flux-pro/kontext", fal)
            .outcome.starts_with("422 file_download_error"));
  CHECK(made_from(world, "wavespeed", "wavespeed-ai/flux-kontext-pro", ticket).outcome ==
        "failed 1402 Failed to download image from the provided URL.");
}

TEST_CASE("what lies behind an address is looked at when the picture is asked for") {
  World world;
  const std::string late = by_fal(world, "", false);
  CHECK(made_from(world, "fal", "fal-ai/flux-pro/kontext", late).outcome != "made");
  const std::string there = by_fal(world, good_picture());
  CHECK(made_from(world, "fal", "fal-ai/flux-pro/kontext", there).outcome == "made");
  world.sandboxes->reset(world.sandboxes->named("me"), {});
  CHECK(made_from(world, "fal", "fal-ai/flux-pro/kontext", there).outcome == "made");
}

TEST_CASE("a picture that a task made can be sent in as long as its link is alive") {
  World world;
  const auto accepted = world.send(request("POST", "/bfl/v1/flux-pro-1.1",
                                           {{"host", "127.0.0.1:4242"}, {"x-key", "me"}},
                                           R"({"prompt":"a","width":768,"height":512})"));
  world.advance("me", 1min);
  const Json shown = json_of(world.send(
      request("GET", "/bfl/v1/get_result?id=" + json_of(accepted).at("id").get<std::string>(),
              {{"host", "127.0.0.1:4242"}})));
  const std::string link = shown.at("result").at("sample").get<std::string>();
  const Made next = made_from(world, "wavespeed", "wavespeed-ai/flux-kontext-pro", link);
  CHECK(next.outcome == "made");
  CHECK(next.width == 768);
  CHECK(next.height == 512);
  world.advance("me", 10min);
  CHECK(made_from(world, "wavespeed", "wavespeed-ai/flux-kontext-pro", link).outcome ==
        "failed 1402 Failed to download image from the provided URL.");
}

}  // namespace emulator::test
