// Recordings that are made here: of an emulator as it is, and of one whose contracts are not ours.
#include "tests/unit/compare/recorder.h"

namespace emulator::test {
namespace {

using namespace std::chrono_literals;
using Fields = std::vector<std::pair<std::string, std::string>>;

const Fields kBfl = {{"x-key", "me"}};
const Fields kFal = {{"authorization", "Key me:secret"}};
const Fields kBearer = {{"authorization", "Bearer me"}};
const Fields kApiframe = {{"x-api-key", "me"}};

const char* const kStory = R"(name: recorded
defaults: { queue: 1500ms, run: 3s }
)";

// What a page asks of BFL: a picture to its end and beyond it, and everything that goes wrong.
void ask_bfl(Recorder& to) {
  const Json made = to.send("POST", "https://api.bfl.ai/v1/flux-pro-1.1-ultra",
                            R"({"prompt":"a red apple","seed":7})", kBfl);
  const std::string poll = made["polling_url"];
  to.wait(1s);
  to.send("GET", poll, "", kBfl);
  to.wait(1s);
  to.send("GET", poll, "", kBfl);
  to.wait(3s);
  const Json ready = to.send("GET", poll, "", kBfl);
  const std::string sample = ready["result"]["sample"];
  to.send("GET", sample);
  to.send("POST", "https://api.bfl.ai/v1/flux-dev", R"({"prompt":"x"})", kBfl,
          "refuse: rate_limited");
  to.send("POST", "https://api.bfl.ai/v1/flux-dev", R"({"prompt":"x"})", kBfl,
          "refuse: out_of_credit");
  to.send("POST", "https://api.bfl.ai/v1/flux-dev", R"({"prompt":5})", kBfl);
  to.send("POST", "https://api.bfl.ai/v1/flux-dev", R"({"prompt":"x"})");
  to.send("GET", "https://api.bfl.ai/v1/get_result?id=00000000-0000-4000-8000-000000000000", "",
          kBfl);
  to.send("GET", "https://api.bfl.ai/v1/nothing", "", kBfl);
  const Json moderated = to.send("POST", "https://api.bfl.ai/v1/flux-dev", R"({"prompt":"y"})",
                                 kBfl, "end: output_moderated");
  to.wait(10s);
  to.send("GET", moderated["polling_url"], "", kBfl);
  const Json failed = to.send("POST", "https://api.bfl.ai/v1/flux-dev", R"({"prompt":"z"})", kBfl,
                              "end: failed, error: invalid_image");
  to.wait(10s);
  to.send("GET", failed["polling_url"], "", kBfl, "refuse: unavailable");
  to.send("GET", failed["polling_url"], "", kBfl);
  to.send("GET", "https://api.bfl.ai/v1/credits", "", kBfl);
  to.wait(20min);
  to.send("GET", sample);
}

void ask_fal(Recorder& to) {
  const Json made = to.send("POST", "https://queue.fal.run/fal-ai/flux/dev",
                            R"({"prompt":"a red apple","num_images":2})", kFal);
  const std::string status = made["status_url"];
  to.send("GET", status + "?logs=1", "", kFal);
  to.wait(2s);
  to.send("GET", status + "?logs=1", "", kFal);
  to.send("GET", made["response_url"], "", kFal);
  to.wait(3s);
  to.send("GET", status + "?logs=1", "", kFal);
  const Json result = to.send("GET", made["response_url"], "", kFal);
  to.send("GET", result["images"][1]["url"]);
  const Json flagged =
      to.send("POST", "https://queue.fal.run/fal-ai/flux/dev", R"({"prompt":"b","num_images":2})",
              kFal, "end: nsfw, nsfw: [true, false]");
  to.wait(10s);
  to.send("GET", flagged["status_url"], "", kFal);
  to.send("GET", flagged["response_url"], "", kFal);
  to.send("POST", "https://fal.run/fal-ai/flux/schnell", R"({"prompt":"at once"})", kFal);
  to.send("POST", "https://fal.run/fal-ai/flux/schnell", R"({"image_size":5})", kFal);
}

void ask_others(Recorder& to) {
  const Json made = to.send("POST", "https://api.wavespeed.ai/api/v3/wavespeed-ai/flux-dev",
                            R"({"prompt":"a red apple"})", kBearer);
  const std::string poll = made["data"]["urls"]["get"];
  to.send("GET", poll, "", kBearer);
  to.wait(2s);
  to.send("GET", poll, "", kBearer);
  to.wait(4s);
  const Json done = to.send("GET", poll, "", kBearer);
  to.send("GET", done["data"]["outputs"][0]);
  to.send("GET", "https://api.wavespeed.ai/api/v3/balance", "", kBearer);
  const Json job = to.send("POST", "https://api.apiframe.ai/v2/images/generate",
                           R"({"model":"flux-1.1-pro-ultra","prompt":"a red apple"})", kApiframe);
  const std::string look = "https://api.apiframe.ai/v2/jobs/" + job["jobId"].get<std::string>();
  to.wait(2s);
  to.send("GET", look, "", kApiframe);
  to.wait(4s);
  const Json ended = to.send("GET", look, "", kApiframe);
  to.send("GET", ended["result"]["images"][0]);
  const Json queued = to.send("POST", "https://cloud.vtrix.ai/model/v1/queue/flux_pro_11",
                              R"({"prompt":"a red apple"})", kBearer);
  to.wait(6s);
  to.send("GET", queued["status_url"], "", kBearer);
  to.send("GET", queued["response_url"], "", kBearer);
}

WorldOptions as_recorded(std::vector<std::string> contracts = {}) {
  WorldOptions options;
  options.scenario = kStory;
  options.contracts = std::move(contracts);
  options.seed = 77;  // other ids and seeds than the ones it is compared with
  return options;
}

}  // namespace

TEST_CASE("a recording of an emulator as it is shows no difference") {
  const std::pair<const char*, void (*)(Recorder&)> rows[] = {
      {"BFL", ask_bfl}, {"fal", ask_fal}, {"WaveSpeed, Apiframe, Vtrix", ask_others}};
  for (const auto& [name, ask] : rows) {
    const auto& this_name = name;
    CAPTURE(this_name);
    CompareFolder folder;
    Recorder recorder(as_recorded());
    ask(recorder);
    const auto outcome = compared({folder.write("flows.har", compact_json(recorder.har()))});
    CAPTURE(outcome.out);
    CHECK(outcome.places().empty());
    CHECK(outcome.code == 0);
    CHECK(outcome.report["files"][0]["same"] == recorder.entries.size());
  }
}

TEST_CASE("a contract that was changed in ten places is found in those and in no other") {
  const std::string changed = R"(provider: bfl
statuses: { succeed: Done }
errors:
  rate_limited: { http: 429, body: { detail: Slow down } }
  out_of_credit: { http: 402, body: { error: Insufficient credits } }
  no_route: { http: 410, body: { detail: Not Found } }
  no_key: { http: 403, body: { detail: [Not authenticated] } }
  not_found: { body: { hint: look elsewhere } }
  unavailable: { http: 503, body: { detail: Service Unavailable }, type: application/problem+json }
task_errors: { invalid_image: Unreadable image }
endpoints:
  flux-pro-1.1-ultra:
    price: 9
    size: { pixels: 1048576 }
)";
  const std::set<std::string> expected = {
      "enumeration /status",         // statuses.succeed
      "text /detail",                // errors.rate_limited
      "missing /error",              // errors.out_of_credit
      "status status",               // errors.no_route
      "type /detail",                // errors.no_key
      "missing /hint",               // errors.not_found
      "header header:content-type",  // errors.unavailable
      "text /details/error",         // task_errors.invalid_image
      "value /cost",                 // the price
      "size body",                   // the size
  };
  CompareFolder folder;
  Recorder recorder(as_recorded({changed}));
  ask_bfl(recorder);
  const auto outcome = compared({folder.write("moved.har", compact_json(recorder.har()))});
  CAPTURE(outcome.out);
  CHECK(expected.size() == 10);
  CHECK(outcome.places() == expected);
  CHECK(outcome.code == 7);
  bool named = false;
  for (const Json& one : outcome.report["differences"])
    if (one["path"] == "/status" && one["class"] == "enumeration") {
      CHECK(one["theirs"] == "\"Done\"");
      CHECK(one["ours"] == "\"Ready\"");
      CHECK(one["contract"] == "statuses.succeed");
      named = true;
    }
  CHECK(named);
}

TEST_CASE("what is ignored is not told") {
  CompareFolder folder;
  Recorder recorder(as_recorded({"provider: bfl\nstatuses: { succeed: Done }\n"}));
  ask_bfl(recorder);
  const std::string file = folder.write("moved.har", compact_json(recorder.har()));
  for (const char* ignored : {"enumeration", "/status", "/stat*", "enumeration:/status"}) {
    CAPTURE(ignored);
    CompareConfig config;
    config.ignore = {ignored};
    CHECK(compared({file}, config).code == 0);
  }
  CompareConfig other;
  other.ignore = {"text", "header:x-*", "value:/status"};
  CHECK(compared({file}, other).code == 7);
}

TEST_CASE("a scenario made of a recording does what was recorded") {
  CompareFolder folder;
  Recorder recorder(as_recorded());
  ask_bfl(recorder);
  CompareConfig config;
  config.scenario = folder.path + "/story.yaml";
  const auto outcome = compared({folder.write("flows.har", compact_json(recorder.har()))}, config);
  CHECK(outcome.code == 0);
  const std::string story = folder.read("story.yaml");
  CAPTURE(story);
  CHECK(story.find("end: output_moderated") != std::string::npos);
  CHECK(story.find("end: failed, error: invalid_image") != std::string::npos);
  CHECK(story.find("refuse: rate_limited") != std::string::npos);
  CHECK(story.find("refuse: unavailable") != std::string::npos);
  // The same page, asked of an emulator with that scenario, sees the same once more.
  WorldOptions options;
  options.scenario = story;
  World world(options);
  const Fields headers = {{"x-key", "me"}, {"content-type", "application/json"}};
  const auto ask = [&](const std::string& body) {
    return world.send(request("POST", "https://api.bfl.ai/v1/flux-dev", headers, body))->status;
  };
  CHECK(ask(R"({"prompt":"x"})") == 429);
  CHECK(ask(R"({"prompt":"x"})") == 402);
  CHECK(ask(R"({"prompt":"y"})") == 200);
}

TEST_CASE("fixtures made of a recording hold no person's data, and play") {
  CompareFolder folder;
  Recorder recorder(as_recorded());
  const Fields& key = kBfl;
  const Json made =
      recorder.send("POST", "https://api.bfl.ai/v1/flux-pro-1.1-ultra",
                    R"({"prompt":"Ada Lovelace at home, ada@lovelace.org","seed":7})", key);
  recorder.wait(10s);
  const Json ready = recorder.send("GET", made["polling_url"], "", key);
  recorder.send("GET", ready["result"]["sample"]);
  CompareConfig config;
  // The page had a key of its own.
  std::string har = compact_json(recorder.har());
  const std::string mine = R"("value":"me")";
  for (auto at = har.find(mine); at != std::string::npos; at = har.find(mine, at))
    har.replace(at, mine.size(), R"("value":"bfl_0123456789abcdefghijkl")");
  config.fixtures = folder.path + "/made";
  const auto outcome = compared({folder.write("ada.har", har)}, config);
  CHECK(outcome.code == 0);
  CHECK(outcome.err == "");
  const std::string text = folder.read("made/ada.bfl.yaml");
  CAPTURE(text);
  CHECK(text.find("lovelace") == std::string::npos);
  CHECK(text.find("Lovelace") == std::string::npos);
  CHECK(text.find("bfl_0123456789") == std::string::npos);
  CHECK(text.find("a red apple") != std::string::npos);
  CHECK(text.find("advance: 10s") != std::string::npos);
  const auto played = compared({folder.path + "/made/ada.bfl.yaml"});
  CAPTURE(played.out);
  CHECK(played.code == 0);
  CHECK(played.report["files"][0]["kind"] == "fixture");
  CHECK(played.report["files"][0]["same"] == 3);
}

}  // namespace emulator::test
