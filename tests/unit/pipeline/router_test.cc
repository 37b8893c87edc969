#include "emulator/pipeline/router.h"

#include <doctest.h>

#include <string>

#include "tests/support/world.h"

namespace emulator::test {
namespace {

// An invented provider, so that nothing of a real one is tested here.
const char* const kDoors = R"(
provider: acme
hosts: { api.acme.example: api, "api.*.acme.example": api, files.acme.example: files, "*.acme.example": other, acme.localhost: "" }
prefixes: { /acme/files: files, /acme: "" }
paths: { "/paint/*": api, "/file/*": files }
---
routes:
  one: { on: account, door: api, method: GET, path: "/paint/{name}/end", emulated: false }
  rest: { on: download, door: files, method: GET, path: "/file/{rest...}" }
  tail: { on: account, door: api, method: POST, path: "/paint/{name}.png", emulated: false }
  job: { on: poll, door: api, method: GET, path: /paint/job }
  brush: { on: submit, door: api, method: POST, path: "/paint/{brush}", endpoint: "tools/{brush}" }
endpoints: { tools/oil: { fields: { prompt: string } } }
)";

std::unique_ptr<Dialect> no_dialect(const contract::Contract&, std::uint16_t) { return nullptr; }

Registry registry() { return Registry({{"acme", {"acme.yaml", kDoors}, {no_dialect}}}); }

// The same with headers that name a target.
Registry with_targets() {
  const std::string targets =
      "target_headers: { x-to-url: { holds: url }, x-to-host: { holds: host, base: /base, "
      "segments: 2 } }\n";
  std::string doors = kDoors;
  doors.insert(doors.find("---"), targets);
  return Registry({{"acme", {"acme.yaml", doors}, {no_dialect}}});
}

std::optional<Call> found(const Router& router, http::Request asked) {
  return router.find(std::make_shared<const http::Request>(std::move(asked)));
}

}  // namespace

TEST_CASE("a provider is found by host, prefix and path, in this order") {
  struct Row {
    const char* name;
    const char* host;
    const char* target;
    const char* door;
    const char* path;
    const char* link;  // to door files, path /x
  };
  const Row rows[] = {
      {"real host", "api.acme.example", "/paint/a", "api", "/paint/a",
       "http://files.acme.example/x"},
      {"real host with port", "API.acme.example:81", "/p", "api", "/p",
       "http://files.acme.example:81/x"},
      {"host by pattern", "us.acme.example", "/p", "other", "/p", "http://files.acme.example/x"},
      {"host of the role by pattern", "api.eu.acme.example", "/p", "api", "/p",
       "http://files.acme.example/x"},
      {"a name under localhost", "acme.localhost:42", "/p", "", "/p", "http://acme.localhost:42/x"},
      {"prefix", "127.0.0.1:42", "/acme/paint/a", "", "/paint/a",
       "http://127.0.0.1:42/acme/files/x"},
      {"longer prefix", "127.0.0.1:42", "/acme/files/x", "files", "/x",
       "http://127.0.0.1:42/acme/files/x"},
      {"prefix alone", "localhost", "/acme", "", "/", "http://localhost/acme/files/x"},
      {"own path", "[::1]:42", "/paint/a", "api", "/paint/a", "http://[::1]:42/x"},
  };
  Registry known = registry();
  const Router router(known, "");
  for (const Row& row : rows) {
    INFO(row.name);
    const auto call = found(router, request("GET", row.target, {{"host", row.host}}));
    REQUIRE(call);
    CHECK(call->door == row.door);
    CHECK(call->path == row.path);
    CHECK(call->origin.link("files", "/x") == row.link);
  }
  for (const char* target : {"/", "/acmes/paint", "/other", "/_emulator/health"}) {
    INFO(target);
    CHECK_FALSE(found(router, request("GET", target)));
  }
}

TEST_CASE("a target host in a header counts, with the path as it is or behind the base") {
  Registry known = with_targets();
  const Router router(known, "");
  const auto path_of = [&](const char* target) {
    const auto call = found(router, request("GET", target, {{"x-to-host", "api.acme.example"}}));
    return call && call->door == "api" ? call->path : "not found";
  };
  CHECK(path_of("/owner/app") == "/owner/app");
  CHECK(path_of("/base/owner/app") == "/owner/app");
  CHECK(path_of("/base/owner/app/requests/7") == "/owner/app/requests/7");
  CHECK(path_of("/base/app") == "/base/app");
  CHECK(path_of("/basement/owner/app") == "/basement/owner/app");
}

TEST_CASE(
    "a host goes to the first that covers it, pattern or not, and to what is laid over later") {
  Registry known = registry();
  const auto door_of = [&](std::string_view host) {
    const auto door = known.door_of(host);
    return door ? std::string(door->door) : "none";
  };
  CHECK(door_of("Files.ACME.example") == "files");
  CHECK(door_of("new.example") == "none");
  CHECK(door_of("anything.acme.example") == "other");
  const auto laid = known.lay_over(
      {"mine.yaml",
       "provider: acme\nhosts: { \"new.*\": api, new.example: files, api.acme.example: files }\n"});
  REQUIRE(laid);
  CHECK(door_of("new.example") == "api");
  CHECK(door_of("api.acme.example") == "files");
  CHECK(door_of("Files.ACME.example") == "files");
}

TEST_CASE(
    "a target address in a header counts, wherever the request came to, but for a real host") {
  Registry known = with_targets();
  const Router router(known, "");
  const auto asked = [&](const char* host, const char* target) {
    return request("POST", "/anything?a=1", {{"host", host}, {"x-to-url", target}});
  };
  const auto call = found(router, asked("localhost:1", "https://api.acme.example/owner/app?b=2"));
  REQUIRE(call);
  CHECK(call->door == "api");
  CHECK(call->path == "/owner/app");
  CHECK(call->query == "b=2");
  CHECK(call->origin.link("api", "/x") == "https://api.acme.example/x");
  CHECK(call->origin.here == "http://localhost:1");
  CHECK_FALSE(found(router, asked("localhost:1", "https://nobody.example/owner/app")));
  CHECK_FALSE(found(router, asked("localhost:1", "api.acme.example/owner/app")));

  CHECK(named_target(known, asked("localhost:1", "https://nobody.example/a")) ==
        "https://nobody.example/a");
  CHECK(named_target(known, asked("api.acme.example", "https://nobody.example/a")).empty());
  CHECK(named_target(known, request("GET", "/")).empty());
}

TEST_CASE("a prefix that names a host is read once, however often it is there") {
  Registry known = Registry({{"acme",
                              {"acme.yaml",
                               "provider: acme\n"
                               "hosts: { api.acme.example: api, files.acme.example: files, "
                               "acme.localhost: api }\n"
                               "prefixes: { /api.acme.example: api, /files.acme.example: files, "
                               "/acme: api }\n---\nroutes: {}\n"},
                              {no_dialect}}});
  const Router router(known, "");
  struct Row {
    const char* host;
    const char* target;
    const char* door;
    const char* path;
    const char* link;  // to door files, path /x
  };
  const char* const here = "http://127.0.0.1:42/files.acme.example/x";
  const Row rows[] = {
      {"127.0.0.1:42", "/api.acme.example/p", "api", "/p", here},
      {"127.0.0.1:42", "/api.acme.example/api.acme.example/p", "api", "/p", here},
      {"127.0.0.1:42", "/acme/api.acme.example/api.acme.example/p", "api", "/p", here},
      {"api.acme.example", "/api.acme.example/p", "api", "/p", "http://files.acme.example/x"},
      // Another host's is part of the path, and a prefix that names no host is no address.
      {"127.0.0.1:42", "/api.acme.example/files.acme.example/p", "api", "/files.acme.example/p",
       here},
      {"127.0.0.1:42", "/acme/acme/p", "api", "/acme/p", here},
      {"127.0.0.1:42", "/api.acme.examples/p", "", "", ""},
      // A name under localhost leads to every door, and links stay on it.
      {"acme.localhost:42", "/p", "api", "/p", "http://acme.localhost:42/files.acme.example/x"},
      {"acme.localhost:42", "/files.acme.example/x", "files", "/x",
       "http://acme.localhost:42/files.acme.example/x"},
  };
  for (const Row& row : rows) {
    INFO(row.host << row.target);
    const auto call = found(router, request("GET", row.target, {{"host", row.host}}));
    CHECK(call.has_value() == (*row.door != '\0'));
    if (!call) continue;
    CHECK(call->door == row.door);
    CHECK(call->path == row.path);
    CHECK(call->origin.link("files", "/x") == row.link);
  }
}

TEST_CASE("a public address takes the place of the caller's in links") {
  Registry known = registry();
  const Router router(known, "https://emulator.test:8443/");
  for (const char* host : {"127.0.0.1:42", "api.acme.example"}) {
    const auto call =
        found(router, request("GET", host[0] == 'a' ? "/p" : "/acme/p", {{"host", host}}));
    REQUIRE(call);
    CHECK(call->origin.link("files", "/x") == "https://emulator.test:8443/acme/files/x");
  }
}

TEST_CASE("links follow the scheme a proxy in front says was used") {
  Registry known = registry();
  const Router router(known, "");
  const auto call = found(router, request("GET", "/acme/p", {{"x-forwarded-proto", "https"}}));
  CHECK(call->origin.link("files", "/x") == "https://127.0.0.1:4242/acme/files/x");
}

TEST_CASE("a link stays on the caller's host only where that host is read as the link's role") {
  Registry known = registry();
  const Router router(known, "");
  const auto link = [&](const char* host, const char* door) {
    const auto call = found(router, request("GET", "/p", {{"host", host}}));
    REQUIRE(call);
    return call->origin.link(door, "/x");
  };
  // The pattern behind them covers these hosts as well, yet they are no `other`.
  CHECK(link("api.acme.example", "other") == "http://api.acme.example/acme/x");
  CHECK(link("API.eu.acme.example:81", "api") == "http://API.eu.acme.example:81/x");
  CHECK(link("us.acme.example", "other") == "http://us.acme.example/x");
  CHECK(link("us.acme.example", "api") == "http://api.acme.example/x");
}

TEST_CASE("a host pattern covers whole labels in front and parts of one label elsewhere") {
  CHECK(host_matches("*.acme.example", "a.b.ACME.example"));
  CHECK_FALSE(host_matches("*.acme.example", "acme.example"));
  CHECK(host_matches("api.*.acme.example", "api.eu1.acme.example"));
  CHECK_FALSE(host_matches("api.*.acme.example", "api.acme.example"));
  CHECK_FALSE(host_matches("api.*.acme.example", "api.a.b.acme.example"));
  CHECK(host_matches("files-*.acme.example", "FILES-us1.acme.example"));
  CHECK_FALSE(host_matches("files-*.acme.example", "files.us1.acme.example"));
}

TEST_CASE("a path with an endpoint's id exists only where the contract has the endpoint") {
  Registry known = registry();
  const Router router(known, "");
  const auto routed = [&](const char* method, const char* target) {
    auto call = found(router, request(method, target));
    REQUIRE(call);
    find_route(*call, known.contract(0));
    return *call;
  };
  const Call brush = routed("POST", "/paint/oil");
  REQUIRE(brush.route != nullptr);
  CHECK(brush.route->name == "brush");
  CHECK(routed("GET", "/paint/oil").allowed == std::vector<std::string>{"POST"});
  CHECK(routed("POST", "/paint/job").allowed == std::vector<std::string>{"GET"});
  CHECK(routed("PUT", "/paint/job").allowed == std::vector<std::string>{"GET"});
  const Call unknown = routed("POST", "/paint/chalk");
  CHECK(unknown.route == nullptr);
  CHECK(unknown.allowed.empty());
}

TEST_CASE("paths are matched by segment, their names taken and decoded") {
  Registry known = registry();
  const Router router(known, "");
  const contract::Contract& contract = known.contract(0);
  const auto routed = [&](const char* method, const char* target) {
    auto call = found(router, request(method, target));
    REQUIRE(call);
    find_route(*call, contract);
    return *call;
  };
  const Call one = routed("GET", "/paint/a%20b/end");
  REQUIRE(one.route != nullptr);
  CHECK(one.route->name == "one");
  CHECK(one.capture("name") == "a b");
  CHECK(routed("GET", "/file/a/b/c.png").capture("rest") == "a/b/c.png");
  CHECK(routed("HEAD", "/file/a").route != nullptr);
  CHECK(routed("POST", "/paint/x.png").capture("name") == "x");
  CHECK(routed("POST", "/paint/.png").route == nullptr);
  CHECK(routed("GET", "/file/").route == nullptr);
  CHECK(routed("GET", "/paint//end").route == nullptr);
  const Call wrong = routed("DELETE", "/paint/a/end");
  CHECK(wrong.route == nullptr);
  CHECK(wrong.allowed == std::vector<std::string>{"GET"});
  CHECK(routed("HEAD", "/paint/a/end").route == nullptr);
}

}  // namespace emulator::test
