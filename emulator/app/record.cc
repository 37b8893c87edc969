// `record`: a command's own traffic with the real providers, written down.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "emulator/app/command.h"
#include "emulator/app/commands.h"
#include "emulator/app/contracts.h"
#include "emulator/app/interception.h"
#include "emulator/app/relay.h"
#include "emulator/compare/har_text.h"
#include "emulator/compare/recording.h"

namespace emulator {
namespace {

constexpr int kNoRecording = 2;

// The file a recording is written to. It holds what people asked for, so it is for its owner alone;
// and it may have cost money, so it takes no other's place.
class RecordingFile {
 public:
  explicit RecordingFile(const std::string& path) : path_(path) {
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor >= 0) file_ = ::fdopen(descriptor, "wb");
    if (file_ != nullptr) return;
    problem_ = path + ": " +
               (errno == EEXIST ? "is there already, and is not replaced; --out names another file"
                                : std::system_category().message(errno) + " (--out)");
  }
  ~RecordingFile() { close(); }
  RecordingFile(const RecordingFile&) = delete;
  RecordingFile& operator=(const RecordingFile&) = delete;

  // Whatever was put is in the file, should this process be killed.
  void put(const std::string& piece) {
    if (file_ == nullptr) return;
    if (std::fwrite(piece.data(), 1, piece.size(), file_) != piece.size() ||
        std::fflush(file_) != 0)
      fail();
  }
  void close() {
    std::FILE* const file = std::exchange(file_, nullptr);
    if (file != nullptr && std::fclose(file) != 0) fail();
  }
  // Nothing is in it that anybody needs.
  void remove() {
    close();
    ::unlink(path_.c_str());
  }
  // "" or the first thing that went wrong, in one line.
  const std::string& problem() const { return problem_; }

 private:
  void fail() {
    if (problem_.empty())
      problem_ = path_ + ": " + std::system_category().message(errno) + " (--out)";
  }

  const std::string path_;
  std::FILE* file_ = nullptr;
  std::string problem_;
};

std::string comma_joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// What was recorded, host by host.
struct Sum {
  std::map<std::string, std::size_t> by_host;
  std::size_t all = 0, unanswered = 0;

  void add(const compare::Recorded& exchange) {
    ++all;
    ++by_host[std::string(exchange.headers.get("host").value_or(""))];
    if (exchange.status == 0) ++unanswered;
  }
  std::string line(const std::string& file) const {
    if (all == 0) return "nothing was sent to a provider, so there is no " + file;
    std::vector<std::string> hosts;
    for (const auto& [host, count] : by_host)
      hosts.push_back(host + " (" + std::to_string(count) + ")");
    std::string out = "recorded " + std::to_string(all) + (all == 1 ? " exchange" : " exchanges") +
                      " in " + file + ": " + comma_joined(hosts);
    if (unanswered > 0) out += "; " + std::to_string(unanswered) + " of them without an answer";
    return out;
  }
};

// What is about to happen, before anything does.
void warn(const std::function<void(const std::string&)>& say, const Registry& registry,
          const std::string& file) {
  say("what the command asks of these hosts goes to them, with its own keys, and costs what it "
      "costs: " +
      comma_joined(real_hosts(registry)));
  say("each exchange is written to " + file +
      ", with *** in the place of keys; all other traffic passes unread");
}

}  // namespace

int record_command(const Config& config, const Surroundings& surroundings) {
  const std::function<void(const std::string&)> say = [&surroundings](const std::string& text) {
    surroundings.err("provider-emulator: " + text + "\n");
  };
  if (!config.record.allow_real) {
    say("record sends the command's requests to the real providers with its own keys, which costs "
        "money: --allow-real allows it; nothing was started");
    return kNoRecording;
  }
  Registry registry(built_in_providers());
  if (const std::string problem = lay_over(registry, config.serve.contracts); !problem.empty()) {
    say(problem);
    return kNoRecording;
  }
  RecordingFile file(config.record.out);
  if (!file.problem().empty()) {
    say(file.problem());
    return kNoRecording;
  }
  Command command;
  ServeConfig serve = config.serve;
  note_proxy_before(serve.reach);
  compare::HarText har(version(), [&file](const std::string& piece) { file.put(piece); });
  Sum sum;
  Relay relay({serve, config.record, registry, *surroundings.wall, say,
               [&](compare::Recorded exchange, const std::string& why) {
                 sum.add(exchange);
                 compare::undo_encoding(exchange, config.record.max_exchange);
                 har.add(exchange, why);
               }});
  std::vector<std::pair<std::string, std::string>> variables;
  std::string problem = relay.open();
  std::unique_ptr<TemporaryFolder> folder;
  if (problem.empty()) {
    auto led = intercept(relay.url(), relay.ca_pem(), real_hosts(registry), variables);
    if (led)
      folder = std::move(*led);
    else
      problem = led.error();
  }
  if (!problem.empty()) {
    say(problem);
    file.remove();
    return kNoRecording;
  }
  warn(say, registry, config.record.out);
  // Started before there is another thread: what connects early waits a moment.
  const bool started = command.start(config.command_line, variables);
  std::thread serving([&relay] { relay.run(); });
  const Ended ended = command.wait();
  relay.stop();
  serving.join();
  har.end();
  file.close();
  if (sum.all == 0) file.remove();
  if (!started) say(ended.problem);
  say(sum.line(config.record.out));
  if (!file.problem().empty()) say(file.problem());
  return ended.code == 0 && !file.problem().empty() ? kNoRecording : ended.code;
}

}  // namespace emulator
