// One of many processes that use the same emulator: works with one provider under a key of its own,
// and prints as JSON what it sent, what it got, and where it left its sandbox's clock.
//
//   parallel_client PORT NUMBER
#include <cstdio>
#include <cstdlib>
#include <string>

#include "emulator/base/json_text.h"
#include "tests/unit/http/raw_client.h"

namespace emulator::test {
namespace {

constexpr int kRounds = 4;

// How a provider is spoken to; `{id}` is the task's.
struct Way {
  const char* submit;
  const char* body;  // up to the prompt's text
  const char* tail;  // behind it
  const char* key_header;
  const char* scheme;  // before the key
  const char* secret;  // behind it
  const char* id;      // member of the answer to a submission
  const char* poll;    // before the id
  const char* poll_tail;
  const char* stranger;  // a well-formed id that was never given out
};

constexpr Way kWays[] = {
    {"/bfl/v1/flux-dev", R"({"prompt":")", "\"}", "x-key", "", "", "id",
     "/bfl/v1/get_result?id=", "", "00000000-0000-4000-8000-000000000000"},
    {"/queue.fal.run/fal-ai/flux/dev", R"({"prompt":")", "\"}", "authorization", "Key ", ":secret",
     "request_id", "/queue.fal.run/fal-ai/flux/requests/", "/status",
     "00000000-0000-7000-8000-000000000000"},
    {"/api/v3/wavespeed-ai/flux-dev", R"({"prompt":")", "\"}", "authorization", "Bearer ", "", "id",
     "/api/v3/predictions/", "/result", "00000000000040008000000000000000"},
    {"/v2/images/generate", R"({"model":"flux-1.1-pro","prompt":")", "\"}", "x-api-key", "", "",
     "jobId", "/v2/jobs/", "", "00000000-0000-4000-8000-000000000000"},
    {"/model/v1/generation", R"({"model":"flux_pro_11","input":[{"params":{"prompt":")", "\"}}]}",
     "authorization", "Bearer ", "", "id", "/model/v1/generation/task/", "",
     "00000000000000000000"},
};

class Process {
 public:
  Process(std::uint16_t port, int number)
      : client_(port), way_(kWays[number % 5]), number_(number), name_(name_of(number)) {}

  Json work() {
    prepare();
    for (int round = 0; round < kRounds; ++round) {
      const std::string id = submit(round);
      for (int i = 0; i < 2; ++i) send("GET", way_.poll + id + way_.poll_tail, "");
      send("GET", std::string(way_.poll) + way_.stranger + way_.poll_tail, "");
      if (number_ % 3 == 0) steer("/clock", R"({"advance":"7s"})");
    }
    return {{"name", name_}, {"sent", std::move(sent_)}, {"now", now_}};
  }

 private:
  // Every seventh picks a built-in story by its key alone.
  static std::string name_of(int number) {
    std::string name = number % 7 == 0 ? "emu.moderated.p" : "p";
    return name += std::to_string(number);
  }

  // Stories and clocks of many kinds, each of which would show in another's answers.
  void prepare() {
    if (number_ % 7 == 1)
      steer("/scenario",
            "name: own\nrules:\n  - when: { on: submit, nth: 2 }\n"
            "    then: { refuse: server_error }\n",
            "PUT");
    if (number_ % 3 == 0)
      steer("/clock", R"({"freeze":true,"set":"2031-01-01T00:00:00Z"})");
    else if (number_ % 3 == 1)
      steer("/clock", R"({"speed":1000})");
  }

  std::string submit(int round) {
    const std::string prompt = "p" + std::to_string(number_) + " round " + std::to_string(round);
    const RawReply reply = send("POST", way_.submit, way_.body + prompt + way_.tail);
    auto body = decode_json(reply.body);
    if (!body || !body->is_object()) return way_.stranger;
    const Json* found = &*body;
    if (found->contains("data") && (*found)["data"].is_object()) found = &(*found)["data"];
    return found->contains(way_.id) ? (*found)[way_.id].get<std::string>() : way_.stranger;
  }

  RawReply send(const std::string& method, const std::string& target, const std::string& body) {
    const RawReply reply = ask(method, target, body,
                               std::string(way_.key_header) + ": " + way_.scheme + name_ +
                                   way_.secret + "\r\ncontent-type: application/json\r\n");
    sent_.push_back({{"method", method},
                     {"target", target},
                     {"body", body},
                     {"status", reply.status},
                     {"request", reply.header("x-emulator-request").value_or("")}});
    return reply;
  }

  // A control call; remembers the time it tells.
  void steer(const std::string& what, const std::string& body, const std::string& method = "POST") {
    const RawReply reply = ask(method, "/_emulator/sandboxes/" + name_ + what, body, "");
    const auto told = decode_json(reply.body);
    if (reply.status != 200 || !told) {
      std::fprintf(stderr, "%s %s: %u %s\n", name_.c_str(), what.c_str(), reply.status,
                   reply.body.c_str());
      std::exit(1);
    }
    if (told->contains("now")) now_ = (*told)["now"];
  }

  RawReply ask(const std::string& method, const std::string& target, const std::string& body,
               const std::string& headers) {
    return client_.ask(method + " " + target + " HTTP/1.1\r\nhost: 127.0.0.1\r\n" + headers +
                       "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  RawClient client_;
  const Way& way_;
  int number_;
  std::string name_;
  std::string now_;
  Json sent_ = Json::array();
};

}  // namespace
}  // namespace emulator::test

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  emulator::test::Process process(static_cast<std::uint16_t>(std::atoi(argv[1])),
                                  std::atoi(argv[2]));
  std::printf("%s\n", emulator::compact_json(process.work()).c_str());
  return 0;
}
