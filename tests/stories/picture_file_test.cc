// A picture file of the user's, served in place of a drawn one.
#include <doctest.h>
#include <httplib.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "emulator/base/json.h"
#include "tests/stories/stage.h"
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
    httplib::Client client("127.0.0.1", server.port());
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
  httplib::Client client("127.0.0.1", server.port());
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
  for (const char* prompt : {"a [[run: 0s]]", "a [[run: 0s, image: {file: own.jpeg}]]"}) {
    CAPTURE(prompt);
    const bool by_rule = std::string(prompt).find("file") == std::string::npos;
    const auto picture = gallery.picture(server, by_rule ? "ruled" : "free", prompt);
    CHECK(picture->status == 200);
    CHECK(picture->body == "my own bytes");
    CHECK(picture->get_header_value("content-type") == "image/png");
  }
  const auto before = gallery.picture(server, "ruled", "a [[run: 0s]]");
  std::ofstream(gallery.folder + "/own.jpeg") << "other bytes";
  const auto after = gallery.picture(server, "ruled", "a [[run: 0s]]");
  CHECK(after->body == "other bytes");
  CHECK(after->get_header_value("etag") != before->get_header_value("etag"));
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

TEST_CASE("without a scenario file there is no folder to look in") {
  TestServer server(TestServer::quiet());
  Gallery gallery;
  const auto picture = gallery.picture(server, "free", "a [[run: 0s, image: {file: own.jpeg}]]");
  CHECK(picture->status == 500);
  CHECK(picture->body.find("serve with --scenario FILE") != std::string::npos);
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
