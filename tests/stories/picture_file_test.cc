// A picture file of the user's, served in place of a drawn one.
#include <doctest.h>
#include <httplib.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "emulator/base/json.h"
#include "tests/stories/stage.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test {
namespace {

struct Gallery {
  Gallery() {
    char name[] = "/tmp/emulator-test.XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    folder = name;
    std::ofstream(folder + "/own.jpeg") << "my own bytes";
    std::ofstream(folder + "/story.yaml")
        << "name: own\nrules:\n  - when: { on: download, key: ruled }\n"
           "    then: { image: { file: own.jpeg } }\n";
    config = TestServer::quiet();
    config.scenario = folder + "/story.yaml";
  }
  ~Gallery() { std::filesystem::remove_all(folder); }

  // The picture of a submission with that prompt.
  httplib::Result picture(TestServer& server, const std::string& key, const std::string& prompt) {
    httplib::Client client = patient_client(server.port());
    const Json made = Json::parse(
        client
            .Post("/bfl/v1/flux-dev", {{"x-key", key}},
                  Json{{"prompt", prompt}, {"output_format", "png"}}.dump(), "application/json")
            ->body);
    const Json ready = Json::parse(client.Get(path_of(made["polling_url"]))->body);
    return client.Get(path_of(ready["result"]["sample"]));
  }

  std::string folder;
  ServeConfig config;
};

}  // namespace

TEST_CASE("an answer that carries its pictures carries the user's own file") {
  Gallery gallery;
  std::ofstream(gallery.folder + "/story.yaml")
      << "name: own\nrules:\n  - when: { on: submit }\n"
         "    then: { run: 0s, image: { file: own.jpeg } }\n";
  TestServer server(gallery.config);
  httplib::Client client = patient_client(server.port());
  const auto ask = [&] {
    return client.Post("/fal.run/fal-ai/flux/dev", {{"authorization", "Key a:b"}},
                       R"({"prompt":"x","sync_mode":true})", "application/json");
  };
  const auto made = ask();
  CHECK(made->status == 200);
  CHECK(Json::parse(made->body)["images"][0]["url"] == "data:image/jpeg;base64,bXkgb3duIGJ5dGVz");
  std::filesystem::remove(gallery.folder + "/own.jpeg");
  const auto gone = ask();
  CHECK(gone->status == 500);
  CHECK(gone->get_header_value("x-emulator-error") == "picture_file");
}

TEST_CASE("the user's own file is served as it is, under the type that was asked for") {
  Gallery gallery;
  TestServer server(gallery.config);
  const auto before = gallery.picture(server, "ruled", "a [[run: 0s]]");
  CHECK(before->status == 200);
  CHECK(before->body == "my own bytes");
  CHECK(before->get_header_value("content-type") == "image/png");
  std::ofstream(gallery.folder + "/own.jpeg") << "other bytes";
  const auto after = gallery.picture(server, "ruled", "a [[run: 0s]]");
  CHECK(after->body == "other bytes");
  CHECK(after->get_header_value("etag") != before->get_header_value("etag"));
}

TEST_CASE("nothing that a request carries names a file") {
  Gallery gallery;
  std::ofstream(gallery.folder + "/secrets.json") << "do not show";
  TestServer server(gallery.config);
  httplib::Client client = patient_client(server.port());
  const std::string wanted = "image: {file: secrets.json}";
  const auto refused = [&](const httplib::Result& reply, int status) {
    REQUIRE(reply);
    CHECK(reply->status == status);
    CHECK(reply->has_header("x-emulator-error"));
    CHECK(reply->body.find("names no file") != std::string::npos);
  };
  const auto submit = [&](const std::string& prompt, const std::string& header) {
    httplib::Headers headers = {{"x-key", "free"}};
    if (!header.empty()) headers.emplace("x-emulator-then", header);
    return client.Post("/bfl/v1/flux-dev", headers, Json{{"prompt", prompt}}.dump(),
                       "application/json");
  };
  refused(submit("x [[run: 0s, " + wanted + "]]", ""), 400);
  refused(submit("x", wanted), 400);
  refused(client.Put("/_emulator/sandboxes/free/scenario",
                     "rules: [{when: {on: download}, then: {" + wanted + "}}]", "application/yaml"),
          422);
  // Nothing of it has stuck.
  CHECK(gallery.picture(server, "free", "a [[run: 0s]]")->body.find("do not show") ==
        std::string::npos);
}

TEST_CASE("no link leads out of the scenario's folder, neither at the start nor put there later") {
  Gallery gallery;
  const std::string outside = gallery.folder + "-outside";
  std::ofstream(outside) << "do not show";
  {
    TestServer server(gallery.config);
    std::filesystem::remove(gallery.folder + "/own.jpeg");
    std::filesystem::create_symlink(outside, gallery.folder + "/own.jpeg");
    const auto picture = gallery.picture(server, "ruled", "a [[run: 0s]]");
    CHECK(picture->status == 500);
    CHECK(picture->has_header("x-emulator-error"));
    CHECK(picture->body.find("own.jpeg: a link leads out of its folder") != std::string::npos);
    CHECK(picture->body.find("do not show") == std::string::npos);
  }
  CHECK_THROWS_WITH_AS(TestServer(gallery.config),
                       (gallery.folder + "/story.yaml:3:5: \"image\": cannot read " +
                        gallery.folder + "/own.jpeg: a link leads out of its folder")
                           .c_str(),
                       std::runtime_error);
  std::filesystem::remove(outside);
}

TEST_CASE("a file that went missing is a fault of ours, never the provider's") {
  Gallery gallery;
  TestServer server(gallery.config);
  std::filesystem::remove(gallery.folder + "/own.jpeg");
  const auto picture = gallery.picture(server, "ruled", "a [[run: 0s]]");
  CHECK(picture->status == 500);
  CHECK(picture->has_header("x-emulator-error"));
  CHECK(picture->body.find("own.jpeg: No such file") != std::string::npos);
}

TEST_CASE("a picture file that cannot be served ends the start with its place") {
  Gallery gallery;
  gallery.config.max_picture_file = 5;
  CHECK_THROWS_WITH_AS(TestServer(gallery.config),
                       (gallery.folder + "/story.yaml:3:5: \"image\": " + gallery.folder +
                        "/own.jpeg is larger than 5 bytes")
                           .c_str(),
                       std::runtime_error);
}

}  // namespace emulator::test
