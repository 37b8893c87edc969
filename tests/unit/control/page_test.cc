// The page, and what it is served by: pictures to look at, the catalogue, events of all sandboxes.
#include "emulator/control/page.h"

#include <set>
#include <string>

#include "tests/unit/control/api.h"
#include "tests/unit/control/event_text.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

using Given = std::vector<std::pair<std::string, std::string>>;

std::string header(const http::Reply& reply, std::string_view name) {
  return std::string(reply.headers.get(name).value_or(""));
}

http::Reply page_asked(const std::string& path, Given given = {}, control::Page page = {}) {
  auto reply = control::page_reply(page, request("GET", path, std::move(given)));
  REQUIRE(reply);
  return std::move(*reply);
}

// Every path that the page's own files name, from its HTML on.
std::set<std::string> files_of(const std::string& text) {
  std::set<std::string> out;
  for (std::size_t at = 0; (at = text.find("/_emulator/page/", at)) != std::string::npos; ++at) {
    const auto end = text.find_first_of("\"'", at);
    out.insert(text.substr(at, end - at));
  }
  for (std::size_t at = 0; (at = text.find("from './", at)) != std::string::npos; ++at) {
    const auto end = text.find('\'', at + 8);
    out.insert("/_emulator/page/" + text.substr(at + 8, end - at - 8));
  }
  return out;
}

}  // namespace

TEST_CASE("the page and all its files are there, and small") {
  std::set<std::string> known{"/_emulator/"}, asked;
  std::size_t bytes = 0;
  while (asked.size() < known.size()) {
    const auto known_now = known;
    for (const std::string& path : known_now) {
      if (!asked.insert(path).second) continue;
      CAPTURE(path);
      const http::Reply reply = page_asked(path);
      CHECK(reply.status == 200);
      CHECK(header(reply, "x-content-type-options") == "nosniff");
      bytes += reply.body.size();
      known.merge(files_of(reply.body));
    }
  }
  CHECK(asked.size() > 10);
  CHECK(bytes <= 120 * 1024);
  CHECK(page_asked("/_emulator/page/index.html").status == 404);
  CHECK(page_asked("/_emulator/page/../page.cc").status == 404);
}

TEST_CASE("the page has its key, and gives it to a window only") {
  control::Page page{control::Page::Mode::kReadOnly, "the-key", "9.8.7"};
  const http::Reply reply = page_asked("/_emulator/", {}, page);
  CHECK(reply.body.find("content=\"the-key\"") != std::string::npos);
  CHECK(reply.body.find("content=\"read-only\"") != std::string::npos);
  CHECK(reply.body.find("content=\"9.8.7\"") != std::string::npos);
  CHECK(reply.body.find("{{") == std::string::npos);
  CHECK(header(reply, "cache-control") == "no-store");
  CHECK(header(reply, "cross-origin-opener-policy") == "same-origin");
  const std::string policy = header(reply, "content-security-policy");
  CHECK(policy.find("default-src 'none'") != std::string::npos);
  CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
  CHECK(policy.find("require-trusted-types-for 'script'") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(policy.find("http") == std::string::npos);

  const Given window{{"sec-fetch-mode", "navigate"}, {"sec-fetch-dest", "document"}};
  CHECK(page_asked("/_emulator/", window, page).status == 200);
  for (const Given& other : {Given{{"sec-fetch-mode", "cors"}, {"sec-fetch-dest", "empty"}},
                             Given{{"sec-fetch-mode", "navigate"}, {"sec-fetch-dest", "iframe"}},
                             Given{{"sec-fetch-mode", "no-cors"}, {"sec-fetch-dest", "script"}},
                             Given{{"origin", "http://127.0.0.1"}}}) {
    const http::Reply refused = page_asked("/_emulator/", other, page);
    CHECK(refused.status == 403);
    CHECK(refused.body.find("the-key") == std::string::npos);
  }
  CHECK(page_asked("/_emulator/page/app.js", {{"sec-fetch-mode", "cors"}}, page).status == 200);
}

TEST_CASE("a page that is switched off is not there") {
  for (const char* path : {"/_emulator/", "/_emulator", "/_emulator/page/app.js"}) {
    CAPTURE(path);
    const http::Reply reply =
        page_asked(path, {{"accept", "text/html"}}, {control::Page::Mode::kOff});
    CHECK(reply.status == 404);
    CHECK(header(reply, "x-emulator-error") == "no_page");
  }
}

TEST_CASE("a file of the page that has not changed is not sent again") {
  const http::Reply first = page_asked("/_emulator/page/app.js");
  const std::string tag = header(first, "etag");
  REQUIRE(!tag.empty());
  const http::Reply again = page_asked("/_emulator/page/app.js", {{"if-none-match", tag}});
  CHECK(again.status == 304);
  CHECK(again.body.empty());
}

TEST_CASE("a browser that was given the bare address finds the page, a client does not") {
  const auto asks = [](const std::string& host, const std::string& accept,
                       const std::string& path = "/") {
    return control::at_front_door(request("GET", path, {{"host", host}, {"accept", accept}}));
  };
  const std::string browser = "text/html,application/xhtml+xml,*/*;q=0.8";
  CHECK(asks("127.0.0.1:4242", browser));
  CHECK(asks("localhost:4242", browser));
  CHECK(asks("localhost", browser));
  CHECK(asks("[::1]:4242", browser));
  CHECK(asks("[::1]", browser));
  CHECK_FALSE(asks("127.0.0.1:4242", "*/*"));
  CHECK_FALSE(asks("bfl.localhost:4242", browser));
  CHECK_FALSE(asks("api.bfl.ai", browser));
  CHECK_FALSE(asks("evil.example:4242", browser));
  CHECK_FALSE(asks("localhost:4242", browser, "/v1/flux-dev"));
  CHECK(header(control::show_in(), "location") == "/_emulator/");
}

TEST_CASE("an explanation ends with its address on the page") {
  Api api;
  api.submit("me");
  const auto text =
      api.begin("GET", "/sandboxes/me/requests/1?format=text", "", {{"host", "127.0.0.1:4242"}});
  REQUIRE(text->reply);
  CHECK(text->reply->body.ends_with(
      "\nOn the page\n  http://127.0.0.1:4242/_emulator/#request=me-1\n"));
}

TEST_CASE("a picture to look at is not journalled, and outlives its link") {
  Api api;
  const std::string id = api.submit("me", "a cat");
  const std::string path = "/sandboxes/me/tasks/" + id + "/pictures/0";
  CHECK(api.reply("GET", path).status == 404);
  api.world.advance("me", 24h);
  const http::Reply whole = api.reply("GET", path);
  CHECK(whole.status == 200);
  CHECK(header(whole, "content-type") == "image/jpeg");
  const http::Reply small = api.reply("GET", path + "?thumb=64");
  CHECK(small.status == 200);
  CHECK(small.body.size() < whole.body.size());
  CHECK(api.call("GET", "/sandboxes/me/requests")["seen"] == 1);

  const auto again =
      api.begin("GET", path + "?thumb=64", "", {{"if-none-match", header(small, "etag")}});
  REQUIRE(again->reply);
  CHECK(again->reply->status == 304);
  CHECK(api.reply("GET", path + "?thumb=321").status == 400);
  CHECK(api.reply("GET", path + "?thumb=15").status == 400);
  CHECK(api.reply("GET", "/sandboxes/me/tasks/" + id + "/pictures/1").status == 404);
  CHECK(api.reply("GET", "/sandboxes/me/tasks/" + id + "/pictures/x").status == 404);
  CHECK(api.reply("GET", "/sandboxes/me/tasks/nope/pictures/0").status == 404);
}

TEST_CASE(
    "a picture that is too large to be drawn for a look is shown small; links may live for good") {
  Api api;
  REQUIRE(
      api.world.send(request("POST", "/fal.run/fal-ai/flux/schnell",
                             {{"authorization", "Key me:s"}, {"content-type", "application/json"}},
                             R"({"prompt":"a cat [[run: 0s, image: {size: 8000x8000}]]"})")));
  const Json task = api.call("GET", "/sandboxes/me/tasks")["tasks"][0];
  CHECK(task["links_expire"].is_null());
  const std::string path = "/sandboxes/me/tasks/" + task["id"].get<std::string>() + "/pictures/0";
  CHECK(api.reply("GET", path).status == 501);
  CHECK(api.reply("GET", path + "?thumb=320").status == 200);
}

TEST_CASE("of a picture that shows nothing, what was meant is shown, and said") {
  Api api;
  const std::string good = api.submit("me", "a cat");
  const std::string empty = api.submit("me", "a cat [[image: zero_bytes]]");
  const std::string cut = api.submit("me", "a cat [[image: truncated]]");
  const std::string flagged = api.submit("me", "a cat [[end: output_moderated]]");
  api.world.advance("me", 1h);
  const auto picture = [&](const std::string& id, const char* query = "") {
    return api.reply("GET", "/sandboxes/me/tasks/" + id + "/pictures/0" + query);
  };
  CHECK(header(picture(good), "x-emulator-picture").empty());
  CHECK(header(picture(empty), "x-emulator-picture") == "zero_bytes");
  CHECK(picture(empty).body.size() > 1'000);
  CHECK(header(picture(cut), "x-emulator-picture") == "truncated");
  CHECK(picture(cut).body.size() < picture(cut, "?thumb=320").body.size() * 100);
  const http::Reply none = picture(flagged);
  CHECK(none.status == 404);
  CHECK(none.body.find("output_moderated") != std::string::npos);
}

TEST_CASE("older tasks are asked for page by page, in brief") {
  Api api;
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i)
    ids.push_back(api.submit("me", std::string(600, static_cast<char>('a' + i))));
  const auto listed = [&](const std::string& query) {
    std::vector<std::string> out;
    const Json answer = api.call("GET", "/sandboxes/me/tasks" + query);
    for (const Json& task : answer["tasks"]) out.push_back(task["id"].get<std::string>());
    return out;
  };
  CHECK(listed("?limit=2") == std::vector<std::string>{ids[3], ids[4]});
  CHECK(listed("?limit=2&before=" + ids[3]) == std::vector<std::string>{ids[1], ids[2]});
  CHECK(listed("?limit=2&before=" + ids[0]).empty());
  const auto requests = [&](const std::string& query) {
    std::vector<std::string> out;
    const Json answer = api.call("GET", "/sandboxes/me/requests" + query);
    for (const Json& line : answer["requests"]) out.push_back(line["id"].get<std::string>());
    return out;
  };
  CHECK(requests("?limit=2&before=me-4") == std::vector<std::string>{"me-2", "me-3"});
  CHECK(requests("?before=1").empty());
  CHECK(requests("?before=0").empty());
  CHECK(requests("?before=99&limit=1") == std::vector<std::string>{"me-5"});
  CHECK(api.reply("GET", "/sandboxes/me/requests?before=x").status == 400);
  CHECK(api.reply("GET", "/sandboxes/me/tasks?before=nope").status == 400);
  const Json brief = api.call("GET", "/sandboxes/me/tasks?brief=true&limit=1");
  CHECK(brief["kept"] == 5);
  CHECK(brief["tasks"][0]["prompt"] == std::string(500, 'e'));
  CHECK(brief["tasks"][0]["input"].is_null());
  CHECK(api.call("GET", "/sandboxes/me/tasks?limit=1")["tasks"][0]["prompt"] ==
        std::string(600, 'e'));
}

TEST_CASE("the catalogue has every provider with a way to submit, and every endpoint's fields") {
  Api api;
  const Json list = api.call("GET", "/providers");
  for (const Json& provider : list["providers"]) {
    CAPTURE(provider["name"]);
    const Json& by_hand = provider["try_it"];
    REQUIRE(by_hand.is_object());
    std::set<std::string> ways;
    for (const Json& way : by_hand["ways"]) ways.insert(way["name"].get<std::string>());
    for (const Json& id : provider["endpoints"]) {
      CAPTURE(id);
      const Json endpoint =
          api.call("GET", "/providers/" + provider["name"].get<std::string>() + "/endpoints/" +
                              http::percent_encoded(id.get<std::string>()));
      CHECK(!endpoint["fields"].empty());
      if (!endpoint["route"].is_null())
        CHECK(ways.count(endpoint["route"].get<std::string>()) == 1);
    }
  }
  const http::Reply unknown = api.reply("GET", "/providers/bfl/endpoints/flux-dve");
  CHECK(unknown.status == 404);
  CHECK(unknown.body.find("flux-dev") != std::string::npos);
  CHECK(api.reply("GET", "/providers/nobody/endpoints/x").status == 404);
  CHECK(api.call("GET", "/scenarios/nsfw")["text"].get<std::string>().find("name: nsfw") !=
        std::string::npos);
  CHECK(api.reply("GET", "/scenarios/nswf").status == 404);
}

TEST_CASE("inboxes are listed, the latest used first") {
  Api api;
  CHECK(api.call("GET", "/inbox")["inboxes"].empty());
  for (const char* name : {"one", "two", "one"})
    api.reply("POST", std::string("/inbox/") + name, "x");
  const Json list = api.call("GET", "/inbox")["inboxes"];
  REQUIRE(list.size() == 2);
  CHECK(list[0]["name"] == "one");
  CHECK(list[0]["letters"] == 2);
  CHECK(list[1]["name"] == "two");
}

TEST_CASE("one stream tells what happens in every sandbox, those to come included") {
  Api api;
  EventReader reader(api, "/events");
  auto events = reader.take();
  REQUIRE(kinds_of(events) == Kinds{"hello"});
  CHECK(events[0].data["resumed"] == false);
  api.submit("me");
  api.submit("you");
  events = reader.take();
  CHECK(kinds_of(events) == Kinds{"task", "request", "task", "request"});
  CHECK(events[0].data["sandbox"] == "me");
  CHECK(events[1].data["id"] == "me-1");
  CHECK(events[3].data["sandbox"] == "you");
  CHECK(events[3].data["id"] == "you-1");
  api.world.advance("you", 1h);
  events = reader.take();
  REQUIRE(kinds_of(events) == Kinds{"task"});
  CHECK(events[0].data["end"] == "succeed");
  CHECK(events[0].data["sandbox"] == "you");
  api.call("DELETE", "/sandboxes/you");
  CHECK(kinds_of(reader.take()) == Kinds{"gone"});
  api.submit("you");
  CHECK(kinds_of(reader.take()) == Kinds{"task", "request"});
  api.reply("POST", "/inbox/mine", "x");
  events = reader.take();
  REQUIRE(kinds_of(events) == Kinds{"letter"});
  CHECK(events[0].data["inbox"] == "mine");
  CHECK_FALSE(reader.sink->ended);
}

TEST_CASE("a reader of all goes on where it was, or is told that it starts over") {
  Api api;
  std::string last, run;
  {
    EventReader reader(api, "/events");
    run = reader.take()[0].data["run"];
    api.submit("me");
    last = reader.take().back().id;
  }
  CHECK(last.starts_with(run + "-"));
  api.submit("you");
  api.submit("me");
  {
    EventReader back(api, "/events", {{"last-event-id", last}});
    const auto events = back.take();
    REQUIRE(kinds_of(events) == Kinds{"hello", "request", "request"});
    CHECK(events[0].data["resumed"] == true);
    CHECK(events[1].data["id"] == "you-1");
    CHECK(events[2].data["id"] == "me-2");
  }
  for (const std::string& unknown :
       {std::string("1-1"), run + "-99", run + "-x", std::string("7")}) {
    CAPTURE(unknown);
    EventReader back(api, "/events", {{"last-event-id", unknown}});
    const auto events = back.take();
    REQUIRE(kinds_of(events) == Kinds{"hello"});
    CHECK(events[0].data["resumed"] == false);
  }
}

TEST_CASE("of what readers of all have missed, so much is remembered as they may be behind") {
  control::Limits limits;
  limits.stream_backlog = 1'024;  // four events
  Api api({}, limits);
  std::string first;
  {
    EventReader reader(api, "/events?kind=request");
    first = reader.take()[0].id;
  }
  for (int i = 0; i < 4; ++i) api.submit("me");
  CHECK(EventReader(api, "/events?kind=request", {{"last-event-id", first}}).take().size() == 5);
  api.submit("me");
  const auto events = EventReader(api, "/events?kind=request", {{"last-event-id", first}}).take();
  REQUIRE(kinds_of(events) == Kinds{"hello"});
  CHECK(events[0].data["resumed"] == false);
}

}  // namespace emulator::test
