// For every code a client that is accused, and good ones that come close and are not.
#include <algorithm>
#include <functional>

#include "tests/unit/judge/client.h"

namespace emulator::test {
namespace {

using namespace std::chrono_literals;
using Acts = std::function<void(JudgedClient&)>;

void see_it_through(JudgedClient& c, const std::string& id) {
  c.wait(2s);
  c.download(c.link(id));
}

void submits_twice(JudgedClient& c, Duration pause) {
  c.bfl();
  c.wait(pause);
  const std::string id = c.bfl();
  if (!id.empty()) see_it_through(c, id);
}

void polls(JudgedClient& c, const std::string& id, int times, Duration apart) {
  for (int i = 0; i < times; ++i) {
    c.wait(apart);
    c.poll(id);
  }
}

struct Case {
  std::string name;
  std::string code;  // "" : nothing may be found
  std::string scenario;
  Acts acts;
};

std::string first(const std::string& what, const std::string& then) {
  return "rules: [{ when: { on: " + what + ", first: 1 }, then: { " + then + " } }]";
}
std::string every(const std::string& what, const std::string& then) {
  return "rules: [{ when: { on: " + what + " }, then: { " + then + " } }]";
}

const std::vector<Case>& repeats() {
  static const std::vector<Case> kCases = {
      {"sends again after a lost answer", "paid-twice", first("submit", "wire: lost"),
       [](auto& c) { submits_twice(c, 1s); }},
      {"asks for something else after a lost answer", "", first("submit", "wire: lost"),
       [](auto& c) {
         c.bfl();
         see_it_through(c, c.bfl(R"({"prompt":"a dog"})"));
       }},
      {"sends again with an idempotency key", "", first("submit", "wire: lost"),
       [](auto& c) {
         c.apiframe({{"idempotency-key", "one"}});
         c.apiframe({{"idempotency-key", "one"}});
       }},
      {"looks into the list before it sends again", "", first("submit", "wire: lost"),
       [](auto& c) {
         c.wavespeed();
         c.send("POST", "/wavespeed/api/v3/predictions",
                {{"authorization", "Bearer me"}, {"content-type", "application/json"}}, "{}");
         c.wavespeed();
       }},
      {"does not look before it sends again", "paid-twice", first("submit", "wire: lost"),
       [](auto& c) {
         c.wavespeed();
         c.wavespeed();
       }},
      {"sends again after a connection that broke before the work", "",
       first("submit", "wire: reset"), [](auto& c) { submits_twice(c, 1s); }},
      {"comes before Retry-After", "retried-too-early",
       first("submit", "refuse: rate_limited, retry_after: 30s"),
       [](auto& c) { submits_twice(c, 5s); }},
      {"waits as long as Retry-After says", "",
       first("submit", "refuse: rate_limited, retry_after: 30s"),
       [](auto& c) { submits_twice(c, 30s); }},
      {"asks for something else before Retry-After", "",
       first("submit", "refuse: rate_limited, retry_after: 30s"),
       [](auto& c) {
         c.bfl();
         see_it_through(c, c.bfl(R"({"prompt":"a dog"})"));
       }},
      {"tries five times with the same pause", "retry-storm",
       every("submit", "refuse: unavailable"),
       [](auto& c) {
         for (int i = 0; i < 5; ++i, c.wait(1s)) c.bfl();
       }},
      {"tries four times with the same pause", "", every("submit", "refuse: unavailable"),
       [](auto& c) {
         for (int i = 0; i < 4; ++i, c.wait(1s)) c.bfl();
       }},
      {"tries six times with growing pauses", "", every("submit", "refuse: unavailable"),
       [](auto& c) {
         for (Duration pause = 250ms; pause < 16s; pause *= 2, c.wait(pause)) c.bfl();
       }},
      {"tries as often as Retry-After lets it", "",
       every("submit", "refuse: unavailable, retry_after: 2s"),
       [](auto& c) {
         for (int i = 0; i < 8; ++i, c.wait(2s)) c.bfl();
       }},
      {"polls through an outage twice a second", "retry-storm",
       "rules: [{ when: { on: poll, first: 20 }, then: { refuse: bad_gateway } }]",
       [](auto& c) {
         const std::string id = c.bfl();
         polls(c, id, 6, 450ms);
       }},
      {"polls through an outage at its usual pace", "",
       "rules: [{ when: { on: poll, first: 20 }, then: { refuse: bad_gateway } }]",
       [](auto& c) {
         const std::string id = c.bfl();
         polls(c, id, 20, 1s);
         c.download(c.link(id));
       }},
      {"tries again without credit", "retried-final", first("submit", "refuse: out_of_credit"),
       [](auto& c) { submits_twice(c, 1s); }},
      {"tries again without credit at a provider that says so by 400", "retried-final",
       every("submit", "refuse: out_of_credit"),
       [](auto& c) {
         c.wavespeed();
         c.wavespeed();
       }},
      {"tries again when somebody has paid in", "", first("submit", "refuse: out_of_credit"),
       [](auto& c) { submits_twice(c, 10min); }},
      {"tries again with another key", "", first("submit", "refuse: unauthenticated"),
       [](auto& c) {
         c.bfl(R"({"prompt":"a cat"})", "flux-pro-1.1", "old");
         c.bfl();
       }},
      {"tries again after a server error", "", first("submit", "refuse: server_error"),
       [](auto& c) { submits_twice(c, 1s); }},
      {"sends a moderated prompt again", "retried-final", every("submit", "end: input_moderated"),
       [](auto& c) {
         const std::string id = c.bfl();
         c.wait(2s);
         c.poll(id);
         c.bfl();
       }},
      {"rewords a moderated prompt", "", every("submit", "end: input_moderated"),
       [](auto& c) {
         const std::string id = c.bfl();
         c.wait(2s);
         c.poll(id);
         c.bfl(R"({"prompt":"a cat, drawn"})");
       }},
      {"asks again for a task that is not there at first", "", first("poll", "refuse: not_found"),
       [](auto& c) {
         const std::string id = c.bfl();
         c.poll(id);
         see_it_through(c, id);
       }},
      {"asks for ever for a task that is gone", "retried-final", every("submit", "end: vanished"),
       [](auto& c) {
         const std::string id = c.bfl();
         c.wait(1min);
         polls(c, id, 4, 1s);
       }},
  };
  return kCases;
}

const std::vector<Case>& looks() {
  static const std::string kLong = "defaults: { run: 20s }";
  static const std::vector<Case> kCases = {
      {"polls five times in half a second", "polled-too-fast", kLong,
       [](auto& c) {
         const std::string id = c.bfl();
         polls(c, id, 5, 100ms);
         c.wait(20s);
         c.download(c.link(id));
       }},
      {"polls as often as is advised", "", kLong,
       [](auto& c) {
         const std::string id = c.bfl();
         polls(c, id, 41, 500ms);
         c.download(c.link(id));
       }},
      {"polls twice in a row, as a page that is loaded anew", "", kLong,
       [](auto& c) {
         const std::string id = c.bfl();
         polls(c, id, 3, 50ms);
         polls(c, id, 1, 20s);
         c.download(c.link(id));
       }},
      {"polls fal as often as its own client", "", kLong,
       [](auto& c) {
         const std::string id = c.fal();
         for (int i = 0; i < 20; ++i, c.wait(100ms)) c.fal_poll(id);
       }},
      {"polls on after a moderated end", "polled-after-end",
       every("submit", "end: output_moderated"),
       [](auto& c) {
         const std::string id = c.bfl();
         polls(c, id, 5, 1s);
       }},
      {"looks twice more after the end", "", every("submit", "end: output_moderated"),
       [](auto& c) {
         const std::string id = c.bfl();
         polls(c, id, 3, 1s);
       }},
      {"polls what is stuck for a quarter of an hour", "never-gave-up",
       every("submit", "end: stuck"), [](auto& c) { polls(c, c.bfl(), 15, 1min); }},
      {"gives up after ten minutes", "", every("submit", "end: stuck"),
       [](auto& c) { polls(c, c.bfl(), 10, 1min); }},
      {"gives up after five polls", "gave-up-early", kLong,
       [](auto& c) {
         polls(c, c.bfl(), 5, 1s);
         c.wait(1min);
       }},
      {"never looks", "gave-up-early", kLong,
       [](auto& c) {
         c.bfl();
         c.wait(1min);
       }},
      {"gives up on what would never have ended", "", every("submit", "end: stuck"),
       [](auto& c) {
         polls(c, c.bfl(), 5, 1s);
         c.wait(1min);
       }},
      {"gives up when the poll is refused at last", "",
       "defaults: { run: 20s }\nrules: [{ when: { on: poll, after: 4 }, "
       "then: { refuse: server_error } }]",
       [](auto& c) {
         polls(c, c.bfl(), 5, 1s);
         c.wait(1min);
       }},
      {"was never told the task's id", "", every("submit", "wire: lost, run: 5s"),
       [](auto& c) {
         c.bfl();
         c.wait(1min);
       }},
      {"waits for a webhook", "", kLong,
       [](auto& c) {
         c.bfl(R"({"prompt":"a cat","webhook_url":"http://127.0.0.1:9/"})");
         c.wait(1min);
       }},
      {"cancels what it does not wait for", "", kLong,
       [](auto& c) {
         const std::string id = c.fal();
         c.send("PUT", "/queue.fal.run/fal-ai/flux/requests/" + id + "/cancel",
                {{"authorization", "Key me:secret"}});
         c.wait(1min);
       }},
  };
  return kCases;
}

const std::vector<Case>& downloads() {
  static const std::vector<Case> kCases = {
      {"sees the end and fetches nothing", "picture-not-fetched", "default",
       [](auto& c) {
         const std::string id = c.bfl();
         polls(c, id, 1, 2s);
         c.wait(11min);
       }},
      {"fetches in the last minute", "", "default",
       [](auto& c) {
         const std::string id = c.bfl();
         c.wait(2s);
         const std::string link = c.link(id);
         c.wait(9min + 30s);
         c.download(link);
         c.wait(1h);
       }},
      {"takes a picture in base64", "", "defaults: { links_live: 10m }",
       [](auto& c) {
         auto later = c.world().send_later(
             request("POST", "/fal.run/fal-ai/flux/dev",
                     {{"authorization", "Key me:s"}, {"content-type", "application/json"}},
                     R"({"prompt":"a cat","sync_mode":true})"));
         c.wait(2s);
         REQUIRE(later->reply);
         c.wait(1h);
       }},
      {"uses the link an hour later", "dead-link-used", "default",
       [](auto& c) {
         const std::string id = c.bfl();
         c.wait(2s);
         const std::string link = c.link(id);
         c.download(link);
         c.wait(1h);
         c.download(link);
       }},
      {"asks for a new link before it uses it", "", "default",
       [](auto& c) {
         const std::string id = c.bfl();
         c.wait(2s);
         c.download(c.link(id));
         c.wait(15min);
         c.download(c.link(id));
       }},
      {"meets a link that was never good", "", every("download", "links: expired"),
       [](auto& c) {
         const std::string id = c.bfl();
         see_it_through(c, id);
       }},
      {"meets a store in trouble", "", first("download", "refuse: unavailable"),
       [](auto& c) {
         const std::string id = c.bfl();
         see_it_through(c, id);
         c.download(c.link(id));
       }},
      {"uses a link that somebody has changed", "", "default",
       [](auto& c) {
         const std::string id = c.bfl();
         c.wait(2s);
         const std::string link = c.link(id);
         c.download(link + "x");
         c.download(link);
       }},
      {"keeps a cut picture", "broken-picture-kept", first("download", "wire: { cut: 50% }"),
       [](auto& c) { see_it_through(c, c.bfl()); }},
      {"keeps an empty picture", "broken-picture-kept", first("download", "image: zero_bytes"),
       [](auto& c) { see_it_through(c, c.bfl()); }},
      {"downloads a cut picture again", "", first("download", "wire: { cut: 50% }"),
       [](auto& c) {
         const std::string id = c.bfl();
         c.wait(2s);
         const std::string link = c.link(id);
         c.download(link);
         c.download(link);
       }},
      {"keeps a black picture", "", every("download", "image: black"),
       [](auto& c) { see_it_through(c, c.bfl()); }},
      {"keeps a picture that lies on its side", "", every("download", "image: rotated"),
       [](auto& c) { see_it_through(c, c.bfl()); }},
  };
  return kCases;
}

const std::vector<Case>& manners() {
  static const std::vector<Case> kCases = {
      {"sends its key to the store", "key-sent-to-link", "default",
       [](auto& c) {
         const std::string id = c.bfl();
         c.wait(2s);
         c.download(c.link(id), {{"x-key", "me"}});
       }},
      {"puts its key into the address", "key-in-address", "default",
       [](auto& c) {
         const std::string id = c.bfl();
         c.wait(2s);
         c.send("GET", "/bfl/v1/get_result?id=" + id + "&api_key=me", {});
         c.download(c.link(id));
       }},
      {"sends a Bearer where Key is read", "wrong-scheme", "default",
       [](auto& c) { c.fal(R"({"prompt":"a cat"})", "Bearer me:secret"); }},
      {"sends Key where Key is read", "", "default", [](auto& c) { c.fal(); }},
      {"sends a Bearer where a header of its own is read", "wrong-scheme", "default",
       [](auto& c) {
         c.send("POST", "/bfl/v1/flux-pro-1.1",
                {{"authorization", "Bearer me"}, {"x-emulator-sandbox", "me"}},
                R"({"prompt":"a cat"})");
       }},
      {"sends a Bearer to a provider that refuses it", "wrong-scheme", "default",
       [](auto& c) {
         c.apiframe({{"x-emulator-sandbox", "me"}}, R"({"model":"flux-1.1-pro","prompt":"a cat"})",
                    "authorization", "Bearer me");
       }},
      {"sends no key at all", "", "default",
       [](auto& c) {
         c.send("POST", "/bfl/v1/flux-pro-1.1", {{"x-emulator-sandbox", "me"}},
                R"({"prompt":"a cat"})");
       }},
      {"misspells a member", "ignored-field", "default",
       [](auto& c) { see_it_through(c, c.bfl(R"({"prompt":"a cat","widht":512})")); }},
      {"spells it well", "", "default",
       [](auto& c) { see_it_through(c, c.bfl(R"({"prompt":"a cat","width":512})")); }},
      {"uses a path of old", "old-endpoint", "default",
       [](auto& c) {
         c.send("POST", "/wavespeed/api/v2/wavespeed-ai/flux-dev",
                {{"authorization", "Bearer me"}, {"content-type", "application/json"}},
                R"({"prompt":"a cat"})");
       }},
      {"uses the path of today", "", "default", [](auto& c) { c.wavespeed(); }},
  };
  return kCases;
}

void hold_against(const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.name);
    JudgedClient client(one.scenario);
    one.acts(client);
    std::string codes;
    for (const std::string& code : client.codes()) codes += (codes.empty() ? "" : ", ") + code;
    CHECK(codes == one.code);
  }
}

}  // namespace

TEST_CASE("clients that repeat are told from those that retry well") { hold_against(repeats()); }
TEST_CASE("clients that look badly are told from those that look well") { hold_against(looks()); }
TEST_CASE("clients that lose pictures are told from those that keep them") {
  hold_against(downloads());
}
TEST_CASE("clients with bad manners are told from those with good ones") {
  hold_against(manners());
}

TEST_CASE("a finding says what was seen, why it matters, and which requests prove it") {
  JudgedClient c(first("submit", "refuse: rate_limited, retry_after: 30s"));
  submits_twice(c, 5s);
  const auto found = c.found("retried-too-early");
  REQUIRE(found);
  CHECK(found->provider == "bfl");
  CHECK(found->endpoint == "flux-pro-1.1");
  CHECK(found->sandbox == "me");
  CHECK(found->requests == std::vector<std::uint64_t>{1, 2});
  CHECK(found->what.find("5s") != std::string::npos);
  CHECK(found->what.find("30s") != std::string::npos);
  CHECK(!found->why.empty());
  CHECK(!found->remedy.empty());
  const Json shown = judge::finding_json(*found);
  CHECK(shown["severity"] == "warning");
  CHECK(shown["requests"] == Json({"me-1", "me-2"}));
}

TEST_CASE("what the contract says of a code goes with the finding, and can be changed") {
  WorldOptions options;
  options.contracts = {
      "provider: bfl\nvalues:\n  poll_floor: 5s\n  client_rules:\n"
      "    polled-too-fast: { why: they say so, source: a page }\n"};
  JudgedClient c("defaults: { run: 20s }", options);
  polls(c, c.bfl(), 5, 2s);
  const auto found = c.found("polled-too-fast");
  REQUIRE(found);
  CHECK(found->why == "they say so");
  CHECK(found->source == "a page");
}

TEST_CASE("a task that is polled at another address than was handed out is told") {
  WorldOptions options;
  options.contracts = {"provider: bfl\nvalues: { polling_host: api.eu2.bfl.ai }\n"};
  for (const bool follows : {false, true}) {
    CAPTURE(follows);
    JudgedClient c("default", options);
    c.send("POST", "https://api.bfl.ai/v1/flux-pro-1.1",
           {{"x-key", "me"}, {"content-type", "application/json"}}, R"({"prompt":"a cat"})");
    const Json accepted = *decode_json(c.last().body);
    const std::string given = accepted["polling_url"];
    CHECK(given == "https://api.eu2.bfl.ai/v1/get_result?id=" + accepted["id"].get<std::string>());
    const std::string own =
        "https://api.bfl.ai/v1/get_result?id=" + accepted["id"].get<std::string>();
    c.send("GET", follows ? given : own, {{"x-key", "me"}});
    CHECK(c.codes() ==
          (follows ? std::vector<std::string>{} : std::vector<std::string>{"own-poll-address"}));
  }
}

TEST_CASE("submissions against the limit, one after the other, are told") {
  struct Row {
    const char* name;
    int refused;
    Duration apart;
    bool accused;
  };
  constexpr Row kRows[] = {
      {"five in a second and a half", 5, 300ms, true},
      {"four of them", 4, 300ms, false},
      {"ten with time between", 10, 3s, false},
  };
  WorldOptions options;
  options.contracts = {"provider: bfl\nvalues: { active_limit: 2 }\n"};
  for (const Row& row : kRows) {
    CAPTURE(row.name);
    JudgedClient c("defaults: { run: 1h }", options);
    for (int i = 0; i < 2 + row.refused; ++i, c.wait(row.apart))
      c.bfl("{\"prompt\":\"cat " + std::to_string(i) + "\"}");
    CHECK(c.found("over-limit").has_value() == row.accused);
  }
}

TEST_CASE("a value that the provider changes without a word is told") {
  JudgedClient c;
  const contract::Contract& facts = c.world().registry.contract(*c.world().registry.find("bfl"));
  const auto& fields = facts.endpoint("flux-pro-1.1")->fields;
  Exchange exchange;
  exchange.endpoint = "flux-pro-1.1";
  const auto bfl = *c.world().registry.find("bfl");
  const Json body = {{"prompt", "a cat"}, {"width", 512}};
  c.world().judge->submitted(c.box(), bfl, exchange, fields, body, body);
  CHECK(c.codes().empty());
  c.world().judge->submitted(c.box(), bfl, exchange, fields, {{"width", 5000}}, {{"width", 1440}});
  CHECK(c.codes() == std::vector<std::string>{"out-of-range-tolerated"});
}

TEST_CASE("findings that the scenario allows are not told") {
  const std::string lost = first("submit", "wire: lost");
  struct Row {
    const char* allow;
    bool told;
  };
  constexpr Row kRows[] = {
      {"[paid-twice]", false},
      {"[{ code: paid-twice, provider: bfl }]", false},
      {"[{ code: paid-twice, provider: fal }]", true},
      {"[{ code: paid-twice, endpoint: \"flux-pro-*\" }]", false},
      {"[{ code: paid-twice, endpoint: flux-dev }]", true},
      {"[retry-storm]", true},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.allow);
    JudgedClient c(lost + "\nallow: " + row.allow);
    submits_twice(c, 1s);
    CHECK(c.found("paid-twice").has_value() == row.told);
    CHECK(c.report().allowed == (row.told ? 0 : 1));
  }
}

TEST_CASE("what a client with a time limit leaves hanging is not told") {
  struct Waits final : http::Caller {
    void on_left(std::function<void()> left) override { told = std::move(left); }
    bool is_there() const override { return true; }
    std::function<void()> told;
  };
  for (const Duration patience : {Duration(30s), Duration(11min)}) {
    CAPTURE(patience.count());
    JudgedClient c(every("poll", "wire: hang"));
    const auto caller = std::make_shared<Waits>();
    const std::string id = c.bfl();
    http::Request asked = request("GET", "/bfl/v1/get_result?id=" + id, {{"x-key", "me"}});
    asked.caller = caller;
    c.world().send(std::move(asked));
    c.wait(patience);
    CHECK(c.found("no-time-limit").has_value() == (patience > 10min));
    REQUIRE(caller->told);
    caller->told();
    c.wait(1h);
    CHECK(c.found("no-time-limit").has_value() == (patience > 10min));
  }
}

TEST_CASE("a contract with values that the judge cannot use is refused when it is laid over") {
  struct Row {
    const char* values;
    const char* said;
  };
  constexpr Row kRows[] = {
      {"poll_floor: 5", "a duration needs a unit (ms, s, m, h or d), got \"5\""},
      {"deprecated: [3]", "expected a mapping under \"deprecated\", got \"3\""},
      {"deprecated: [{ instead: x }]", "names an endpoint, a host or a route"},
      {"keyless_routes: { a: 1 }", "expected a list under \"keyless_routes\", got a mapping"},
      {"keyless_routes: [puts]", "no route \"puts\" under \"keyless_routes\""},
      {"client_rules: { paid-twic: {} }", "did you mean \"paid-twice\"?"},
      {"poll_floor: 5s", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.values);
    World world;
    const auto laid = world.registry.lay_over(
        {"c.yaml", "provider: bfl\nvalues: { " + std::string(row.values) + " }\n"});
    CHECK(static_cast<bool>(laid) == (*row.said == '\0'));
    if (laid) continue;
    REQUIRE(laid.error().size() == 1);
    CHECK(laid.error().front().starts_with("c.yaml:2:"));
    CHECK(laid.error().front().find(row.said) != std::string::npos);
  }
}

TEST_CASE("hundreds of requests on connections of their own are told") {
  for (const std::uint64_t on_each : {1u, 2u}) {
    CAPTURE(on_each);
    JudgedClient c;
    for (std::uint64_t i = 0; i < 300; ++i) {
      http::Request asked = request("GET", "/bfl/v1/credits", {{"x-key", "me"}});
      asked.nth = 1 + i % on_each;
      c.world().send(std::move(asked));
    }
    CHECK(c.found("connection-each-time").has_value() == (on_each == 1));
  }
}

}  // namespace emulator::test
