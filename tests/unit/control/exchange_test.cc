// The journal's content: what came, what was answered, and why.
#include <string>

#include "emulator/base/text.h"
#include "tests/unit/control/api.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

constexpr const char* kStory = R"(name: story
rules:
  - name: beach
    when: { prompt: beach }
    then: { end: nsfw }
  - when: { on: submit, nth: 3 }
    then: { refuse: rate_limited, retry_after: 5s }
  - name: slow
    when: { provider: bfl }
    then: { run: 4s..6s, delay: 100ms..300ms }
)";

Json shown(Api& api, int number) {
  return api.call("GET", "/sandboxes/me/requests/me-" + std::to_string(number));
}
std::string told(Api& api, int number) {
  return api.reply("GET", "/sandboxes/me/requests/" + std::to_string(number) + "?format=text").body;
}

http::Request submission(const std::string& body, const std::string& key = "me") {
  return request("POST", "/bfl/v1/flux-dev", {{"x-key", key}, {"content-type", "application/json"}},
                 body);
}

}  // namespace

TEST_CASE("an exchange tells what came, what was answered, by which rule and draw") {
  Api api;
  api.scenario("me", kStory);
  api.world.advance("me", 1s);
  const auto later = api.world.send_later(submission(R"({"prompt":"a cat"})"));
  const Json held = shown(api, 1);
  CHECK(held["answered"].is_null());
  CHECK(held["took_ms"].is_null());
  CHECK(held["status"] == 0);
  api.world.advance("me", 1s);
  REQUIRE(later->reply);

  const Json one = shown(api, 1);
  CHECK(one["at"] == "2026-01-01T00:00:01.000Z");
  CHECK(one["age"] == "1s");
  CHECK(one["route"] == "submit");
  CHECK(one["endpoint"] == "flux-dev");
  CHECK(one["key"] == "me");
  CHECK(one["status"] == 200);
  CHECK(one["request"]["body"] == R"({"prompt":"a cat"})");
  CHECK(one["request"]["bytes"] == 18);
  CHECK(one["request"]["kind"] == "text");
  CHECK(one["reply"]["body"] == later->reply->body);
  CHECK(one["reply"]["headers"].size() == later->reply->headers.size());
  const Json& why = one["why"];
  CHECK(why["scenario"] == "story");
  CHECK(why["rules"] == Json({{{"name", "slow"}, {"place", "sandbox me:8"}}}));
  CHECK(why["nth"] == 1);
  REQUIRE(why["nearly"].size() == 2);
  CHECK(why["nearly"][0]["name"] == "beach");
  CHECK(why["nearly"][0]["place"] == "sandbox me:3");
  CHECK(why["nearly"][0]["failed"] == "prompt: beach");
  CHECK(why["nearly"][1]["failed"] == "nth: 3 (this was 1)");
  CHECK(why["task_before"] == "");
  CHECK(why["task_after"] == "running");
  // What was drawn is what was done.
  const Json& drawn = why["draw"]["drawn"];
  REQUIRE(drawn.contains("run"));
  REQUIRE(drawn.contains("delay"));
  const std::string task = one["task"];
  const Json made = api.call("GET", "/sandboxes/me/tasks/" + task);
  const Duration run = *parse_instant(made["ends"].get<std::string>()) -
                       *parse_instant(made["starts"].get<std::string>());
  CHECK(std::chrono::floor<Millis>(*parse_duration(drawn["run"].get<std::string>())) ==
        std::chrono::floor<Millis>(run));
  CHECK(one["answered"] ==
        rfc3339(kNewYear + 1s + *parse_duration(drawn["delay"].get<std::string>()), 3));
  CHECK(why["draw"]["match"] == 1);
}

TEST_CASE("the same draw is told for the same request of another run") {
  const auto draw = [] {
    Api api;
    api.scenario("me", kStory);
    const auto later = api.world.send_later(submission(R"({"prompt":"a cat"})"));
    return shown(api, 1)["why"]["draw"];
  };
  const Json once = draw();
  CHECK(once == draw());
  CHECK(once["key"].get<std::string>().size() == 16);
}

TEST_CASE("a rule that decided by chance tells the percentage that was drawn") {
  Api api;
  api.scenario("me", "{name: c, rules: [{when: {chance: 100%}, then: {end: failed}}]}");
  api.submit("me");
  const Json draw = shown(api, 1)["why"]["draw"];
  REQUIRE(draw.contains("chance"));
  CHECK(draw["chance"] >= 0.0);
  CHECK(draw["chance"] < 100.0);
  CHECK(told(api, 1).find("By chance: chance ") != std::string::npos);
}

TEST_CASE("a person reads at once what happened and why") {
  Api api;
  api.scenario("me", kStory);
  api.submit("me", "a beach");
  CHECK(told(api, 1).find("Scenario story: rule \"beach\" at sandbox me:3 decided") !=
        std::string::npos);
  api.world.send_later(submission(R"({"prompt":"x"})"));
  api.world.advance("me", 1s);
  const auto refused = api.world.send(submission(R"({"prompt":"third"})"));
  REQUIRE(refused);
  CHECK(refused->status == 429);
  std::string text = told(api, 3);
  // The one thing that is the wall's.
  const auto wall = text.find(" by the wall");
  REQUIRE(wall != std::string::npos);
  const auto from = text.rfind(", ", wall - 1);
  text.replace(from + 2, wall - from - 2, "N");
  const std::string expected =
      "me-3  POST /bfl/v1/flux-dev  ->  429\n"
      "\n"
      "Came\n"
      "  2026-01-01T00:00:01.000Z on the clock of sandbox me, 1s after its start\n"
      "  bfl, submit, endpoint flux-dev, path \"submit\" of the contract, key me\n"
      "  x-key: me\n"
      "  content-type: application/json\n"
      "  host: 127.0.0.1:4242\n"
      "  {\"prompt\":\"third\"}\n"
      "\n"
      "Answered\n"
      "  429\n"
      "  after 0s on the sandbox's clock, N by the wall\n";
  CHECK(text.substr(0, expected.size()) == expected);
  for (const char* part : {"\nWhy\n  Refused: rate_limited.\n",
                           "  Scenario story: rule at sandbox me:6 decided, its match number 1.\n",
                           "  Nearly: rule \"beach\" at sandbox me:3, but not prompt: beach.\n",
                           "  Nothing of it was left to chance.\n", "  retry-after: 5\n"}) {
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("a poll tells its task before and after") {
  Api api;
  const std::string id = api.submit("me");
  api.world.advance("me", 5s);
  api.poll(id);
  const Json poll = shown(api, 2);
  CHECK(poll["why"]["task_before"] == "succeed");
  CHECK(poll["why"]["task_after"] == "succeed");
  CHECK(told(api, 2).find("Task " + id + ": succeed, as before.") != std::string::npos);
}

TEST_CASE("a fault on the wire is told with the reply that was lost") {
  Api api;
  api.scenario("me", "{name: lost, rules: [{when: {on: submit}, then: {wire: lost}}]}");
  api.world.send(submission(R"({"prompt":"a"})"));
  const Json lost = shown(api, 1);
  CHECK(lost["wire"] == "lost");
  CHECK(lost["status"] == 0);
  CHECK(lost["reply"]["body"].get<std::string>().find("polling_url") != std::string::npos);
  CHECK(told(api, 1).find("trouble on the wire, as scripted: lost") != std::string::npos);
}

TEST_CASE("large base64 is shortened, and the body is JSON still") {
  Api api;
  const std::string image(200'000, 'A');
  api.world.send(submission(R"({"prompt":"a cat","image_prompt":")" + image + R"(","seed":3})"));
  const Json one = shown(api, 1);
  CHECK(one["request"]["bytes"].get<std::size_t>() > image.size());
  const std::string body = one["request"]["body"];
  CHECK(body.size() < 300);
  const auto json = decode_json(body);
  REQUIRE(json);
  CHECK((*json)["prompt"] == "a cat");
  CHECK((*json)["seed"] == 3);
  CHECK((*json)["image_prompt"].get<std::string>().find("[200000 characters]") !=
        std::string::npos);
  CHECK(api.world.sandboxes->named("me").journal.bytes() < 10'000);
}

TEST_CASE("of bytes that are no text only their number is kept") {
  Api api;
  const std::string id = api.submit("me");
  api.world.advance("me", 5s);
  const auto polled = api.world.send(request("GET", "/bfl/v1/get_result?id=" + id));
  REQUIRE(polled);
  const auto picture =
      api.world.send(request("GET", Api::json(*polled)["result"]["sample"].get<std::string>()));
  REQUIRE(picture);
  const Json one = shown(api, 3);
  CHECK(one["on"] == "download");
  CHECK(one["reply"]["kind"] == "binary");
  CHECK(one["reply"]["body"].is_null());
  CHECK(one["reply"]["bytes"] == picture->body.size());
  CHECK(told(api, 3).find("bytes that are no text") != std::string::npos);
}

TEST_CASE("a key that looks real shows nowhere: headers, query, bodies, task, text") {
  Api api;
  const std::string key = "bfl_0123456789abcdefghij";
  api.world.send(request("POST", "/bfl/v1/flux-dev?debug=" + key + "&token=sesame-open-42",
                         {{"x-key", key}, {"x-copy", "of " + key}},
                         R"({"prompt":"my key is )" + key + R"("})"));
  const Json boxes = api.call("GET", "/sandboxes")["sandboxes"];
  REQUIRE(boxes.size() == 1);
  const std::string name = boxes[0]["name"];
  for (const char* format : {"json", "text"}) {
    const std::string whole =
        api.reply("GET", "/sandboxes/" + name + "/requests/1?format=" + format).body;
    CAPTURE(whole);
    CHECK(whole.find(key) == std::string::npos);
    CHECK(whole.find("sesame") == std::string::npos);
    CHECK(whole.find(name) != std::string::npos);
  }
  CHECK(api.reply("GET", "/sandboxes/" + name + "/requests").body.find(key) == std::string::npos);
}

TEST_CASE("the secret half of a fal key is not shown") {
  Api api;
  api.world.send(request("POST", "/queue.fal.run/fal-ai/flux/dev",
                         {{"authorization", "Key me:mysecret"}}, R"({"prompt":"a"})"));
  CHECK(api.reply("GET", "/sandboxes/me/requests/1").body.find("mysecret") == std::string::npos);
  CHECK(told(api, 1).find("mysecret") == std::string::npos);
  CHECK(told(api, 1).find("authorization: Key me\n") != std::string::npos);
}

TEST_CASE("requests are found by provider, kind, status, task, time and number") {
  Api api;
  const std::string id = api.submit("me");
  api.world.advance("me", 10s);
  api.poll(id);
  api.poll(id);
  api.world.send(request("GET", "/bfl/v1/get_result?id=nope", {{"x-key", "me"}}));
  api.world.send(request("POST", "/queue.fal.run/fal-ai/flux/dev", {{"authorization", "Key me"}},
                         R"({"prompt":"a"})"));
  struct Row {
    const char* query;
    std::vector<std::string> ids;
  };
  const Row rows[] = {
      {"", {"me-1", "me-2", "me-3", "me-4", "me-5"}},
      {"?provider=fal", {"me-5"}},
      {"?on=poll", {"me-2", "me-3", "me-4"}},
      {"?on=poll&status=200", {"me-2", "me-3"}},
      {"?task=nope", {"me-4"}},
      {"?since=2026-01-01T00:00:10Z&on=poll", {"me-2", "me-3", "me-4"}},
      {"?since=2026-01-01T00:00:11Z", {}},
      {"?since=me-3", {"me-4", "me-5"}},
      {"?since=4", {"me-5"}},
      {"?limit=2", {"me-4", "me-5"}},
      {"?limit=0", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.query);
    std::vector<std::string> ids;
    const Json list = api.call("GET", std::string("/sandboxes/me/requests") + row.query);
    for (const Json& line : list["requests"]) ids.push_back(line["id"]);
    CHECK(ids == row.ids);
    CHECK(list["seen"] == 5);
  }
  const Json by_task = api.call("GET", "/sandboxes/me/requests?task=" + id);
  CHECK(by_task["requests"].size() == 3);
}

TEST_CASE("an entry that was let go says so, and one that never was does not") {
  WorldOptions options;
  options.limits.journal_entries = 2;
  Api api(options);
  for (int i = 0; i < 5; ++i) api.submit("me");
  const http::Reply gone = api.reply("GET", "/sandboxes/me/requests/me-3");
  CHECK(gone.status == 404);
  CHECK(gone.headers.get("x-emulator-error") == "forgotten");
  const Json error = Api::json(gone)["emulator_error"];
  CHECK(error["seen"] == 5);
  CHECK(error["first"] == 4);
  CHECK(api.reply("GET", "/sandboxes/me/requests/me-4").status == 200);
  for (const char* never : {"me-6", "you-1", "me-0", "x"}) {
    CAPTURE(never);
    const http::Reply reply = api.reply("GET", std::string("/sandboxes/me/requests/") + never);
    CHECK(reply.status == 404);
    CHECK(reply.headers.get("x-emulator-error") == "not_found");
  }
}

TEST_CASE("with no journal nothing is kept, and everything else goes on") {
  WorldOptions options;
  options.limits.journal_entries = 0;
  Api api(options);
  const std::string id = api.submit("me");
  CHECK(!id.empty());
  const Json list = api.call("GET", "/sandboxes/me/requests");
  CHECK(list["requests"].empty());
  CHECK(list["seen"] == 1);
  CHECK(list["forgotten"] == 1);
  CHECK(api.reply("GET", "/sandboxes/me/requests/1").status == 404);
}

}  // namespace emulator::test
