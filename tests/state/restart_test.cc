// An emulator ends and another goes on with its file: whoever asks notices nothing.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/state/lasting.h"

namespace emulator::test::TEST_FILE {
namespace {

const httplib::Headers kMe{{"x-key", "me"}};

std::string submit(Lasting& lasting, const httplib::Headers& headers = kMe) {
  return lasting.post("/bfl/v1/flux-dev", {{"prompt", "a red apple"}}, headers)["id"];
}

Json poll(Lasting& lasting, const std::string& id) {
  return lasting.json("/bfl/v1/get_result?id=" + id);
}

}  // namespace

TEST_CASE("polls, links, credits and the clock go on") {
  Lasting lasting;
  const std::string done = submit(lasting);
  lasting.advance("me", "1m");
  const std::string queued = submit(lasting);
  const Json before = poll(lasting, done);
  CHECK(before["status"] == "Ready");
  const std::string link = Lasting::path_of(before["result"]["sample"]);
  const Json clock = lasting.clock("me");
  const Json credits = lasting.json("/bfl/v1/credits", kMe);

  lasting.restart();
  // Nobody says whose it is.
  const Json after = poll(lasting, done);
  CHECK(after["status"] == "Ready");
  CHECK(Lasting::path_of(after["result"]["sample"]) == link);
  CHECK(after["result"]["seed"] == before["result"]["seed"]);
  CHECK(poll(lasting, queued)["status"] == "Pending");
  CHECK(lasting.clock("me")["now"] == clock["now"]);
  CHECK(lasting.json("/bfl/v1/credits", kMe) == credits);
  lasting.advance("me", "1m");
  CHECK(poll(lasting, queued)["status"] == "Ready");
}

TEST_CASE("a link handed out before leads to its picture, byte for byte, without a key") {
  ServeConfig config = TestServer::quiet();
  Lasting lasting(config);
  const std::string id = submit(lasting);
  lasting.advance("me", "1m");
  const std::string link = Lasting::path_of(poll(lasting, id)["result"]["sample"]);
  const auto before = lasting.get(link);
  REQUIRE(before);
  CHECK(before->status == 200);
  lasting.restart();
  const auto after = lasting.get(link);
  REQUIRE(after);
  CHECK(after->status == 200);
  CHECK(after->body == before->body);
  CHECK(after->get_header_value("etag") == before->get_header_value("etag"));
}

TEST_CASE("chance goes on where it was: ids and seeds are those of one process") {
  const auto ids = [](bool between) {
    Lasting lasting;
    std::vector<std::string> out;
    for (int i = 0; i < 4; ++i) {
      if (between && i % 2 == 0) lasting.restart();
      out.push_back(submit(lasting));
    }
    lasting.advance("me", "1m");
    if (between) lasting.restart();
    for (int i = 0; i < 4; ++i)
      out.push_back(poll(lasting, out[static_cast<std::size_t>(i)])["result"]["seed"].dump());
    return out;
  };
  CHECK(ids(true) == ids(false));
}

TEST_CASE("counters of rules go on, and a counted poll is counted") {
  ServeConfig config = TestServer::quiet();
  Lasting lasting(config);
  const auto put = lasting.client().Put(
      "/_emulator/sandboxes/me/scenario",
      "name: counts\nrules:\n  - when: { on: submit, nth: 2 }\n"
      "    then: { refuse: unavailable }\n  - when: { on: submit }\n    then: { polls: 3 }\n",
      "text/plain");
  REQUIRE(put);
  CHECK(put->status == 200);
  const std::string id = submit(lasting);
  CHECK(poll(lasting, id)["status"] == "Pending");
  lasting.restart();
  CHECK(lasting.json("/_emulator/sandboxes/me/scenario")["name"] == "counts");
  CHECK(poll(lasting, id)["status"] == "Pending");
  lasting.restart();
  CHECK(poll(lasting, id)["status"] == "Ready");
  const auto second =
      lasting.client().Post("/bfl/v1/flux-dev", kMe, R"({"prompt":"a"})", "application/json");
  REQUIRE(second);
  CHECK(second->status == 503);
  lasting.restart();
  CHECK_FALSE(submit(lasting).empty());
}

TEST_CASE("clocks go on as they stood: frozen, shifted, sped up") {
  Lasting lasting;
  lasting.post("/_emulator/sandboxes/a/clock", {{"set", "2031-05-06T07:08:09Z"}});
  lasting.post("/_emulator/sandboxes/b/clock", {{"speed", 60}});
  lasting.post("/_emulator/sandboxes/c/clock", {{"skip", true}});
  lasting.restart();
  CHECK(lasting.clock("a")["now"] == "2031-05-06T07:08:09.000Z");
  CHECK(lasting.clock("a")["speed"] == 0);
  CHECK(lasting.clock("b")["speed"] == 60);
  CHECK(lasting.clock("c")["skip"] == true);
}

TEST_CASE("a task that fails gives back its cost once, whichever process asks") {
  Lasting lasting;
  const Json start = lasting.json("/bfl/v1/credits", kMe);
  lasting.post("/bfl/v1/flux-dev", {{"prompt", "a [[end: failed, run: 10s]]"}}, kMe);
  lasting.restart();
  CHECK(lasting.json("/bfl/v1/credits", kMe) != start);
  lasting.advance("me", "1m");
  lasting.restart();
  CHECK(lasting.json("/bfl/v1/credits", kMe) == start);
  lasting.restart();
  CHECK(lasting.json("/bfl/v1/credits", kMe) == start);
}

TEST_CASE("a submission with a key used before is the task of that time") {
  Lasting lasting;
  const Json first =
      lasting.post("/apiframe/v2/images/generate", {{"model", "flux-1.1-pro"}, {"prompt", "a"}},
                   {{"x-api-key", "me"}, {"idempotency-key", "once"}}, 202);
  lasting.restart();
  const Json second =
      lasting.post("/apiframe/v2/images/generate", {{"model", "flux-1.1-pro"}, {"prompt", "a"}},
                   {{"x-api-key", "me"}, {"idempotency-key", "once"}}, 202);
  CHECK(first["jobId"] == second["jobId"]);
}

TEST_CASE("a file that was uploaded is there, byte for byte, for whoever knows its address") {
  Lasting lasting;
  const std::string bytes = "\x89PNG\r\n\x1a\n not quite a picture";
  httplib::MultipartFormDataItems items{{"file", bytes, "a.png", "image/png"}};
  const auto reply = lasting.client().Post("/wavespeed/api/v3/media/upload/binary",
                                           httplib::Headers{{"authorization", "Bearer me"}}, items);
  REQUIRE(reply);
  CAPTURE(reply->body);
  REQUIRE(reply->status == 200);
  const std::string path = Lasting::path_of(Lasting::decoded(reply->body)["data"]["download_url"]);
  lasting.restart();
  const auto again = lasting.get(path);
  REQUIRE(again);
  CHECK(again->status == 200);
  CHECK(again->body == bytes);
}

TEST_CASE("what was deleted or reset stays so") {
  Lasting lasting;
  const std::string gone = submit(lasting, {{"x-key", "gone"}});
  const std::string reset = submit(lasting, {{"x-key", "reset"}});
  REQUIRE(lasting.client().Delete("/_emulator/sandboxes/gone"));
  lasting.post("/_emulator/sandboxes/reset/reset", Json::object());
  const std::string anew = submit(lasting, {{"x-key", "reset"}});
  CHECK(anew == reset);  // the same chance again
  lasting.restart();
  CHECK(poll(lasting, gone)["status"] == "Task not found");
  CHECK(poll(lasting, anew)["status"] == "Pending");
  CHECK(lasting.json("/_emulator/sandboxes/reset/tasks")["tasks"].size() == 1);
}

#ifndef STATE_IN_REDIS
TEST_CASE("nothing is read back before it is asked for, and all of it can be") {
  Lasting lasting;
  for (int i = 0; i < 3; ++i) submit(lasting, {{"x-key", "box-" + std::to_string(i)}});
  lasting.restart();
  Json state = lasting.json("/_emulator/state");
  CHECK(state["store"] == lasting.config().state);
  CHECK(state["not_read"] == Json{{"sandboxes", 3}, {"tasks", 3}});
  CHECK(state["away"] == false);
  submit(lasting, {{"x-key", "box-1"}});
  state = lasting.json("/_emulator/state");
  CHECK(state["not_read"] == Json{{"sandboxes", 2}, {"tasks", 2}});
  CHECK(state["behind"] == 0);
  CHECK(lasting.json("/_emulator/health")["state"]["away"] == false);
  CHECK(lasting.get("/_emulator/metrics")->body.find("emulator_state_sandboxes_not_read 2") !=
        std::string::npos);
}
#endif

TEST_CASE("letters of inboxes are there, and their numbers go on") {
  Lasting lasting;
  lasting.post("/_emulator/inbox/mine", {{"n", 1}});
  lasting.restart();
  CHECK(lasting.post("/_emulator/inbox/mine", {{"n", 2}})["received"] == 2);
  const Json letters = lasting.json("/_emulator/inbox/mine")["requests"];
  REQUIRE(letters.size() == 2);
  CHECK(letters[0]["json"]["n"] == 1);
  REQUIRE(lasting.client().Delete("/_emulator/inbox/mine"));
  lasting.restart();
  CHECK(lasting.json("/_emulator/inbox/mine")["requests"].empty());
}

#ifndef STATE_IN_REDIS
TEST_CASE("what is kept goes before it is asked for when there is no room for it") {
  ServeConfig config = TestServer::quiet();
  config.sandboxes.sandboxes = 2;
  Lasting lasting(config);
  const std::string first = submit(lasting, {{"x-key", "one"}});
  submit(lasting, {{"x-key", "two"}});
  lasting.restart();
  submit(lasting, {{"x-key", "three"}});
  CHECK(lasting.json("/_emulator/state")["not_read"]["sandboxes"] == 1);
  CHECK(poll(lasting, first)["status"] == "Task not found");
}
#endif

#ifndef STATE_IN_REDIS
TEST_CASE("a second emulator is refused the file, in words") {
  Lasting lasting;
  SystemWallClock wall;
  const auto second = App::make(
      lasting.config(), {&wall, [](const std::string&) {}, [](const std::string&) {}, 7, "token"});
  REQUIRE_FALSE(second);
  CHECK(second.error().find("another emulator has it") != std::string::npos);
}
#endif

#ifndef STATE_IN_REDIS
TEST_CASE("a sandbox that is damaged in the file is refused in words, and the others go on") {
  Lasting lasting;
  const std::string mine = submit(lasting);
  submit(lasting, {{"x-key", "other"}});
  lasting.server.reset();  // its file is whole without a log from here on
  std::string bytes;
  {
    std::ifstream file(lasting.config().state, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto at = bytes.find(mine);
  REQUIRE(at != std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  std::ofstream(lasting.config().state, std::ios::binary) << bytes;
  lasting.restart();
  const auto refused = lasting.get("/bfl/v1/credits", kMe);
  REQUIRE(refused);
  CHECK(refused->status == 500);
  CHECK(refused->get_header_value("x-emulator-error") == "state");
  CHECK(refused->body.find("sandbox me cannot be read back") != std::string::npos);
  CHECK_FALSE(submit(lasting, {{"x-key", "other"}}).empty());
}
#endif

TEST_CASE("a seed that nobody gave is the one that is kept") {
  ServeConfig config = TestServer::quiet();
  config.seed = std::nullopt;
  Lasting lasting(config);
  const std::string first = submit(lasting, {{"x-key", "one"}});
  REQUIRE(lasting.client().Delete("/_emulator/sandboxes/one"));
  lasting.restart();
  CHECK(submit(lasting, {{"x-key", "one"}}) == first);
}

}  // namespace emulator::test::TEST_FILE
