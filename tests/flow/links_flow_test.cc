// Every provider by its own host names, from the submission to the picture, over real sockets: the
// links in answers lead back here and work.
#include <doctest.h>
#include <httplib.h>

#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/base/text.h"
#include "emulator/image/picture.h"
#include "emulator/pipeline/origin.h"
#include "tests/support/client.h"
#include "tests/support/test_server.h"

namespace emulator::test::TEST_FILE {
namespace {

const char* const kAtOnce = "{name: at-once, defaults: {queue: 0s, run: 0s}}";

// How a picture is asked for at a door of a provider, and where the answers say what comes next.
struct Way {
  const char* provider;
  const char* door;  // of the hosts that take the submission
  const char* path;
  const char* body;
  const char* ticket;  // pointer to the address to ask next, or to the id of `asked`
  const char* asked;  // path with {id} where answers name no address; "" : the ticket is an address
  const char* picture;
};

const std::vector<Way>& ways() {
  static const std::vector<Way> kWays = {
      {"bfl", "api", "/v1/flux-dev", R"({"prompt":"a"})", "/polling_url", "", "/result/sample"},
      {"fal", "run", "/fal-ai/flux/dev", R"({"prompt":"a"})", "", "", "/images/0/url"},
      {"fal", "queue", "/fal-ai/flux/dev", R"({"prompt":"a"})", "/response_url", "",
       "/images/0/url"},
      {"wavespeed", "api", "/api/v3/wavespeed-ai/flux-dev", R"({"prompt":"a"})", "/data/urls/get",
       "", "/data/outputs/0"},
      {"apiframe", "api", "/v2/images/generate", R"({"model":"flux-1.1-pro","prompt":"a"})",
       "/jobId", "/v2/jobs/{id}", "/result/images/0"},
      {"vtrix", "api", "/model/v1/generation", R"({"model":"flux_pro_11","prompt":"a"})", "/id",
       "/model/v1/generation/task/{id}", "/output/0/content/0/url"}};
  return kWays;
}

httplib::Headers key_of(const std::string& provider) {
  if (provider == "bfl") return {{"x-key", "me"}};
  if (provider == "fal") return {{"authorization", "Key me:s"}};
  if (provider == "apiframe") return {{"x-api-key", "me"}};
  return {{"authorization", "Bearer me"}};
}

// One client whose every request goes to the emulator, whatever host its address names: what name
// resolution or a proxy does for a real one.
class Visitor {
 public:
  explicit Visitor(const TestServer& server) : client_(patient_client(server.port())) {
    client_.set_keep_alive(true);
  }

  httplib::Result post(const std::string& host, const Way& way) {
    httplib::Headers headers = key_of(way.provider);
    headers.emplace("host", host);
    return client_.Post(way.path, headers, way.body, "application/json");
  }

  // `key` "" : none is sent, as by whoever is handed a link.
  httplib::Result get(const std::string& url, const std::string& provider = "") {
    const auto path = url.find('/', url.find("://") + 3);
    httplib::Headers headers = provider.empty() ? httplib::Headers() : key_of(provider);
    headers.emplace("host", url.substr(url.find("://") + 3, path - url.find("://") - 3));
    return client_.Get(url.substr(path), headers);
  }

 private:
  httplib::Client client_;
};

std::string text_at(const std::string& body, const std::string& pointer) {
  const Json parsed = Json::parse(body, nullptr, false);
  const Json::json_pointer where(pointer);
  return !parsed.is_discarded() && parsed.contains(where) && parsed.at(where).is_string()
             ? parsed.at(where).get<std::string>()
             : "";
}

// The address of the picture, or what stood in the way.
std::string picture_address(Visitor& visitor, const std::string& host, const Way& way) {
  const auto made = visitor.post(host, way);
  REQUIRE(made);
  if (made->status >= 300) return "submit: " + std::to_string(made->status) + " " + made->body;
  if (*way.ticket == '\0') return text_at(made->body, way.picture);
  std::string next = text_at(made->body, way.ticket);
  if (*way.asked != '\0') {
    std::string path = way.asked;
    next = "http://" + host + path.replace(path.find("{id}"), 4, next);
  }
  const auto result = visitor.get(next, way.provider);
  REQUIRE(result);
  if (result->status != 200) return next + ": " + std::to_string(result->status);
  return text_at(result->body, way.picture);
}

// The sandbox of all keys here ends what it accepts at once.
void play_at_once(const TestServer& server) {
  httplib::Client client = patient_client(server.port());
  const auto reply = client.Put("/_emulator/sandboxes/me/scenario", kAtOnce, "application/yaml");
  REQUIRE(reply);
  REQUIRE(reply->status == 200);
}

}  // namespace

TEST_CASE("links under every host name of every provider lead back here and work") {
  TestServer server(TestServer::quiet());
  play_at_once(server);
  Visitor visitor(server);
  World world;  // for the contracts
  int hosts = 0;
  for (const Way& way : ways()) {
    const auto provider = world.registry.find(way.provider);
    REQUIRE(provider);
    const contract::Doors& doors = world.registry.doors(*provider);
    for (const contract::Doors::Host& known : doors.hosts) {
      std::string name = known.name;
      if (const auto star = name.find('*'); star != std::string::npos) name.replace(star, 1, "isr");
      const contract::Doors::Host* host = host_of(doors, name);
      REQUIRE(host != nullptr);
      CHECK(host->door == known.door);  // a pattern in front of it hides nothing
      if (known.door != way.door && !known.door.empty()) continue;
      INFO(name << way.path);
      ++hosts;
      const std::string url =
          picture_address(visitor, name + ":" + std::to_string(server.port()), way);
      REQUIRE(url.starts_with("http://"));
      const auto picture = visitor.get(url);
      REQUIRE(picture);
      CHECK(picture->status == 200);
      CHECK(image::size_of(picture->body).has_value());
    }
  }
  CHECK(hosts > 25);
  CHECK(server.stop() == 0);
}

TEST_CASE("by a provider's real host name links are on the provider's own link host") {
  struct Row {
    const char* provider;
    const char* host;
    const char* picture;  // how the picture's address begins
  };
  const Row rows[] = {
      {"bfl", "api.bfl.ai", "http://delivery.us4.bfl.ai/durable/"},
      {"bfl", "api.eu.bfl.ai", "http://delivery.us4.bfl.ai/durable/"},
      {"bfl", "api.isr.bfl.ai", "http://delivery.us4.bfl.ai/durable/"},
      {"bfl", "api.us1.bfl.ai", "http://delivery.us4.bfl.ai/durable/"},
      {"fal", "queue.fal.run", "http://v3b.fal.media/files/"},
      {"wavespeed", "api.wavespeed.ai", "http://d2p7pge43lyniu.cloudfront.net/output/"},
      {"apiframe", "api.apiframe.ai", "http://cdn2.apiframe.ai/images/"},
      {"vtrix", "cloud.vtrix.ai", "http://cdn.vtrix.ai/outputs/"},
  };
  TestServer server(TestServer::quiet());
  play_at_once(server);
  Visitor visitor(server);
  for (const Row& row : rows) {
    INFO(row.host);
    const Way* way = nullptr;
    for (const Way& known : ways())
      if (std::string(known.provider) == row.provider && std::string(known.door) != "run")
        way = &known;
    REQUIRE(way != nullptr);
    const std::string url = picture_address(visitor, row.host, *way);
    CHECK(url.substr(0, std::string(row.picture).size()) == row.picture);
    const auto picture = visitor.get(url);
    REQUIRE(picture);
    CHECK(picture->status == 200);
  }
  CHECK(server.stop() == 0);
}

TEST_CASE("a refusal on a picture's link speaks as the store does, not as the API") {
  WorldOptions options;
  options.scenario = kAtOnce;
  World world(options);
  for (const Way& way : ways()) {
    if (std::string(way.door) == "queue") continue;
    const auto provider = world.registry.find(way.provider);
    REQUIRE(provider);
    const contract::Contract& contract = world.registry.contract(*provider);
    const std::string host = std::string(way.provider) + ".localhost";
    httplib::Headers key = key_of(way.provider);
    std::vector<std::pair<std::string, std::string>> headers{{"host", host}};
    for (const auto& [name, value] : key) headers.emplace_back(name, value);
    headers.emplace_back("content-type", "application/json");
    const auto made = world.send(request("POST", way.path, headers, way.body));
    REQUIRE(made);
    std::string url = text_at(made->body, way.picture);
    if (url.empty()) {
      std::string next = text_at(made->body, way.ticket);
      std::string path = way.asked;
      if (!path.empty()) next = "http://x" + path.replace(path.find("{id}"), 4, next);
      const auto result =
          world.send(request("GET", next.substr(next.find('/', 8)), {headers[0], headers[1]}));
      REQUIRE(result);
      url = text_at(result->body, way.picture);
    }
    INFO(way.provider << " " << url);
    const std::string target = url.substr(url.find('/', 8));
    const auto link_host = url.substr(7, url.find('/', 8) - 7);
    REQUIRE(world.send(request("GET", target, {{"host", link_host}}))->status == 200);
    // fal's store is an API of its own and speaks JSON.
    const bool xml = std::string(way.provider) != "fal";
    for (const RefusalKind kind : contract.refusals) {
      INFO(to_string(kind));
      const auto reply = world.send(request(
          "GET", target,
          {{"host", link_host}, {"x-emulator-then", "refuse: " + std::string(to_string(kind))}}));
      REQUIRE(reply);
      CHECK(reply->status >= 400);
      CHECK_FALSE(reply->headers.has("x-emulator-error"));
      if (!xml) {
        CHECK(reply->body.starts_with(R"({"detail":")"));
        continue;
      }
      CHECK(reply->headers.get("content-type") == "application/xml");
      CHECK(reply->body.find("<Error><Code>") != std::string::npos);
      CHECK(reply->body.ends_with("</Error>"));
      CHECK(reply->body.find('{') == std::string::npos);
    }
  }
}

TEST_CASE("seeds of any sign and size come back, and stand in the picture, as they were sent") {
  const char* const seeds[] = {"0",
                               "-77",
                               "18446744073709551615",
                               "18446744073709551616",
                               "-9223372036854775809",
                               "1000000000000000000000000000000"};
  WorldOptions options;
  options.scenario = kAtOnce;
  World world(options);
  const auto sent = [&](const Way& way, const std::string& seed) {
    std::string body = way.body;
    const std::string member = std::string(R"("seed":)") + seed;
    // Apiframe keeps a model's own fields one level down.
    body.insert(body.size() - 1, std::string(way.provider) == "apiframe"
                                     ? R"(,"fluxParams":{)" + member + "}"
                                     : "," + member);
    std::vector<std::pair<std::string, std::string>> headers{
        {"host", std::string(way.provider) + ".localhost"}, {"content-type", "application/json"}};
    for (const auto& [name, value] : key_of(way.provider)) headers.emplace_back(name, value);
    return world.send(request("POST", way.path, headers, body));
  };
  for (const Way& way : ways()) {
    if (std::string(way.door) == "queue") continue;
    for (const std::string seed : seeds) {
      INFO(way.provider << " " << seed);
      const auto made = sent(way, seed);
      REQUIRE(made);
      REQUIRE(made->status < 300);
      Sandbox* box = world.sandboxes->find("me");
      REQUIRE(box != nullptr);
      const Task& task = box->tasks.all().back();
      CHECK(task.seed.shown() == seed);
      const image::Picture picture = picture_of(world.registry.dialect(task.provider), task, 0, {});
      CHECK(image::metadata_of(picture).find("\nseed: " + seed + "\n") != std::string::npos);
      if (std::string(way.provider) == "fal")
        CHECK(made->body.find("\"seed\":" + seed + ",") != std::string::npos);
      if (std::string(way.provider) != "bfl") continue;
      const std::string url = text_at(made->body, "/polling_url");
      const auto poll =
          world.send(request("GET", url.substr(url.find('/', 8)), {{"host", "bfl.localhost"}}));
      CHECK(poll->body.find("\"seed\":" + seed + ",") != std::string::npos);
    }
  }
}

}  // namespace emulator::test::TEST_FILE
