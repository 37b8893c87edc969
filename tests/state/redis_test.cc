// Redis as what keeps state: addresses, what is there already, and a Redis that is away, slow, or
// has lost what it kept.
#include "emulator/state/redis.h"

#include <string>

#include "tests/state/lasting.h"

namespace emulator::test::TEST_FILE {
namespace {

using namespace std::chrono_literals;

const httplib::Headers kMe{{"x-key", "me"}};

std::string submit(httplib::Client& client, const httplib::Headers& headers = kMe) {
  const auto reply =
      client.Post("/bfl/v1/flux-dev", headers, R"({"prompt":"a red apple"})", "application/json");
  REQUIRE(reply);
  CAPTURE(reply->body);
  REQUIRE(reply->status == 200);
  return Lasting::decoded(reply->body)["id"];
}

std::string status_of(httplib::Client& client, const std::string& id) {
  const auto reply = client.Get("/bfl/v1/get_result?id=" + id);
  REQUIRE(reply);
  return Lasting::decoded(reply->body)["status"];
}

Json json_of(httplib::Client& client, const std::string& path) {
  const auto reply = client.Get(path);
  REQUIRE(reply);
  return Lasting::decoded(reply->body);
}

// Why an emulator does not start; one line.
std::string refused(const std::string& state) {
  ServeConfig config = TestServer::quiet();
  config.state = state;
  try {
    TestServer server(config);
  } catch (const std::runtime_error& error) {
    const std::string line = error.what();
    CHECK(line.find('\n') == std::string::npos);
    return line;
  }
  return "";
}

bool holds(const std::string& text, const std::string& part) {
  CAPTURE(text);
  const bool held = text.find(part) != std::string::npos;
  CHECK(held);
  return held;
}

ServeConfig on(const RedisServer& redis, const std::string& prefix = "") {
  ServeConfig config = TestServer::quiet();
  config.state = redis.url(prefix);
  config.state_limits.patience = std::chrono::minutes(1);
  return config;
}

}  // namespace

TEST_CASE("an address of Redis says where, which database, and what names begin with") {
  const auto read = [](const std::string& text) { return *state::parse_redis_address(text); };
  CHECK(read("redis://cache").shown() == "redis://cache:6379/0?prefix=provider-emulator");
  CHECK(read("redis://cache:7000/3?prefix=ci-7").shown() == "redis://cache:7000/3?prefix=ci-7");
  CHECK(read("redis://[::1]:7000").host == "::1");
  const auto secret = read("redis://me:p%40ss@cache");
  CHECK(secret.user == "me");
  CHECK(secret.password == "p@ss");
  CHECK(secret.shown().find("p@ss") == std::string::npos);
  for (const char* const wrong :
       {"redis://", "redis://:7000", "redis://cache:0", "redis://cache:70000", "redis://cache/x",
        "redis://cache?name=a", "redis://cache?prefix=", "redis://cache?prefix=a%20b",
        "redis://me@cache", "redis:cache", "rediss://cache", "redis://[::1"}) {
    CAPTURE(wrong);
    const auto address = state::parse_redis_address(wrong);
    REQUIRE_FALSE(address);
    holds(address.error(), "redis://HOST:PORT/DB?prefix=NAME");
  }
}

TEST_CASE(
    "a Redis that is not there, or holds something else, is told in one line and left alone") {
  holds(refused("redis://127.0.0.1:" + std::to_string(free_port())), "cannot be connected to");
  RedisServer redis;
  redis.ask({"SET", "theirs:meta", "a"});
  redis.ask({"HSET", "others:boxes", "a", "b"});
  redis.ask({"HSET", "newer:meta", "of", "provider-emulator", "form", "9"});
  holds(refused(redis.url("theirs")), "theirs:meta is there and is none of ours");
  holds(refused(redis.url("others")), "others:boxes is there and is none of ours");
  holds(refused(redis.url("newer")), "in form 9");
  CHECK(redis.ask({"GET", "theirs:meta"}).text == "a");
  CHECK(redis.ask({"HGET", "others:boxes", "a"}).text == "b");
  CHECK(redis.ask({"DBSIZE"}).whole == 3);
}

TEST_CASE("something else that comes under our names later is told, and left alone") {
  RedisServer redis;
  TestServer server(on(redis));
  httplib::Client client = patient_client(server.port());
  redis.ask({"SET", "provider-emulator:box:me:t", "theirs"});
  const std::string id = submit(client);
  CHECK(status_of(client, id) == "Pending");
  const Json state = json_of(client, "/_emulator/health")["state"];
  CHECK(state["away"] == true);
  holds(state["problem"], "WRONGTYPE");
  CHECK(redis.ask({"GET", "provider-emulator:box:me:t"}).text == "theirs");
}

TEST_CASE("two prefixes in one Redis are two stores") {
  RedisServer redis;
  TestServer one(on(redis, "one")), two(on(redis, "two"));
  httplib::Client first = patient_client(one.port()), second = patient_client(two.port());
  const std::string id = submit(first);
  CHECK(status_of(first, id) == "Pending");
  CHECK(status_of(second, id) == "Task not found");
  CHECK(json_of(first, "/_emulator/health")["fleet"]["emulators"].size() == 1);
}

TEST_CASE("a sandbox that is damaged in Redis is refused in words, and the others go on") {
  RedisServer redis;
  {
    TestServer server(on(redis));
    httplib::Client client = patient_client(server.port());
    submit(client);
    submit(client, {{"x-key", "other"}});
  }
  redis.ask({"HSET", "provider-emulator:box:me:t", "1", "damaged"});
  TestServer server(on(redis));
  httplib::Client client = patient_client(server.port());
  const auto reply = client.Get("/bfl/v1/credits", kMe);
  REQUIRE(reply);
  CHECK(reply->status == 500);
  CHECK(reply->get_header_value("x-emulator-error") == "state");
  holds(reply->body, "sandbox me cannot be read back");
  CHECK_FALSE(submit(client, {{"x-key", "other"}}).empty());
  CHECK(redis.ask({"HGET", "provider-emulator:box:me:t", "1"}).text == "damaged");
}

TEST_CASE(
    "nothing is left in Redis of a sandbox that was deleted, but what is ours of all of them") {
  RedisServer redis;
  TestServer server(on(redis));
  httplib::Client client = patient_client(server.port());
  for (int i = 0; i < 3; ++i) submit(client);
  CHECK(redis.ask({"HLEN", "provider-emulator:index"}).whole >= 3);
  REQUIRE(client.Delete("/_emulator/sandboxes/me"));
  CHECK(redis.ask({"HLEN", "provider-emulator:index"}).whole == 0);
  CHECK(redis.ask({"HLEN", "provider-emulator:home"}).whole == 0);
  CHECK(redis.ask({"KEYS", "provider-emulator:box:*"}).list.empty());
}

TEST_CASE("whoever lost a sandbox overwrites nothing of it") {
  RedisServer redis;
  state::RedisOptions options;
  options.address = redis.address();
  options.providers = {"a"};
  options.life = 60s;
  auto first = state::open_redis(options), second = state::open_redis(options);
  REQUIRE(first);
  REQUIRE(second);
  first->claims->live("127.0.0.1:1");
  second->claims->live("127.0.0.1:2");
  using Whose = state::Claims::Claimed::Whose;
  state::StoredBox box;
  box.name = "me";
  const auto value = [&] { return first->engine->reading()->box(box).value_or(""); };
  const auto put = [](const std::string& text, bool fresh) {
    state::Write out;
    out.box = 1;
    out.name = "me";
    out.value = text;
    out.fresh = fresh;
    return state::Batch{out};
  };
  const auto keeps = [](state::RedisStore& store, const state::Batch& batch) {
    CHECK(store.engine->write(batch) == "");
    return store.engine->refused().empty();
  };
  CHECK(first->claims->claim({}, "me").whose == Whose::kOurs);
  CHECK(keeps(*first, put("1", true)));
  CHECK(keeps(*first, put("1", true)));  // tried again, since no answer was seen
  // While its emulator lives it is nobody else's, to read or to write.
  const auto theirs = second->claims->claim({}, "me");
  CHECK(theirs.whose == Whose::kTheirs);
  CHECK(theirs.address == "127.0.0.1:1");
  CHECK_FALSE(keeps(*second, put("2", false)));
  first->claims->leave();
  // Nor does one begin that sandbox anew beside its past.
  CHECK_FALSE(keeps(*second, put("2", true)));
  CHECK(value() == "1");
  CHECK(second->claims->claim({}, "me").stored.has_value());
  CHECK(keeps(*second, put("2", false)));
  // And who had it comes too late.
  CHECK_FALSE(keeps(*first, put("3", false)));
  CHECK(value() == "2");
  // What was kept is gone: until everybody knows, nothing is put there that would stand alone.
  redis.ask({"FLUSHALL"});
  state::Batch batch = put("4", true);
  batch.emplace_back().shelf = state::Shelf::kScenario;
  CHECK(second->engine->write(batch).find("what was kept in it is gone") != std::string::npos);
  CHECK_THROWS_AS(second->claims->claim({}, "other"), state::StateFault);
  CHECK(second->claims->live("127.0.0.1:2").emptied);
  CHECK(redis.ask({"DBSIZE"}).whole == 0);
  second->claims->go_on();
  CHECK(keeps(*second, batch));
}

TEST_CASE("while Redis is away requests go on, and all of it is written when it is back") {
  RedisServer redis;
  ServeConfig config = on(redis);
  config.state_limits.patience = 50ms;
  config.state_limits.retry = 50ms;
  config.fleet.life = 1s;
  std::string before, meanwhile, other;
  {
    TestServer server(config);
    httplib::Client client = patient_client(server.port());
    before = submit(client);
    redis.stop();
    meanwhile = submit(client);
    other = submit(client, {{"x-key", "new"}});
    CHECK(status_of(client, before) == "Pending");
    CHECK(status_of(client, meanwhile) == "Pending");
    CHECK(
        comes_true([&] { return json_of(client, "/_emulator/health")["fleet"]["away"] == true; }));
    CHECK(json_of(client, "/_emulator/health")["state"]["away"] == true);
    redis.start();
    CHECK(comes_true([&] {
      const Json health = json_of(client, "/_emulator/health");
      return health["fleet"]["away"] == false && health["state"]["away"] == false &&
             health["state"]["behind"] == 0;
    }));
    CHECK(json_of(client, "/_emulator/state")["fleet"]["conflicts"] == 0);
  }
  TestServer server(on(redis));
  httplib::Client client = patient_client(server.port());
  for (const std::string& id : {before, meanwhile, other})
    CHECK(status_of(client, id) == "Pending");
}

TEST_CASE("a Redis that has stopped answering holds up nobody for longer than --state-wait") {
  RedisServer redis;
  ServeConfig config = on(redis);
  config.state_limits.patience = 50ms;
  TestServer server(config);
  httplib::Client client = patient_client(server.port());
  submit(client);
  redis.pause();
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) submit(client);
  // Once it counts as away nobody waits; until then each for the time of --state-wait at most.
  CHECK(std::chrono::steady_clock::now() - began < 1500ms);
  redis.go_on();
  CHECK(comes_true([&] { return json_of(client, "/_emulator/health")["state"]["behind"] == 0; }));
}

TEST_CASE("a Redis that comes back empty is told everything again") {
  RedisServer redis;
  ServeConfig config = on(redis);
  config.fleet.life = 400ms;
  std::string id, link;
  {
    TestServer server(config);
    httplib::Client client = patient_client(server.port());
    id = submit(client);
    REQUIRE(client.Post("/_emulator/inbox/mine", R"({"n":1})", "application/json"));
    redis.ask({"FLUSHALL"});
    CHECK(comes_true([&] { return server.told("what was kept is gone from the store"); }));
    CHECK(comes_true([&] {
      return redis.ask({"HEXISTS", "provider-emulator:boxes", "me"}).whole == 1;
    }));
  }
  TestServer server(config);
  httplib::Client client = patient_client(server.port());
  CHECK(status_of(client, id) == "Pending");
  CHECK(json_of(client, "/_emulator/inbox/mine")["requests"].size() == 1);
}

}  // namespace emulator::test::TEST_FILE
