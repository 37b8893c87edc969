// Clients that do not play along, against a model of what the server owes them. The input is a
// program, an act a line:
//
//   get N      a request whose reply has N bytes       read     the next reply, checked
//   post N     N bytes, and N bytes back               end      no more is sent
//   hold N     N bytes, answered by `answer`           leave    away, and another client comes
//   answer     the oldest of those held                part N   N bytes of a body of N + 1
//   socket     becomes a WebSocket                     message N
//
// Promised: replies come whole and in order; what is held for a client that does not read is
// bounded; whoever holds a request is told that its client left, once; and when all have left,
// nothing is held.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/unit/http/raw_client.h"
#include "tests/unit/http/served.h"

namespace {

using namespace emulator;

constexpr std::size_t kLargest = 1u << 20;
// A reply that had begun to go out, the answers that may wait behind it, and input not yet read.
constexpr std::uint64_t kMostHeld = 2 * kLargest + (512u << 10);
constexpr std::size_t kMostActs = 200;
// Of all acts together: enough to fill what the server holds of a client twice, and soon over.
constexpr std::size_t kMostBytes = 6u << 20;

void promise(bool kept) {
  if (!kept) std::abort();
}

// What the client may still read: so many bytes, once they are answered.
struct Owed {
  std::size_t bytes;
  bool answered;
};

// A request that is held, and what became of it.
struct Hold {
  std::shared_ptr<const http::Request> request;
  http::Respond respond;
  int client;
  bool answered = false;
  int told = 0;  // that the client left
};

class Play {
 public:
  Play() : served_(hooks(), options()) { come(); }

  void act(std::string_view verb, std::size_t size) {
    if (verb == "get") ask("GET /" + std::to_string(size), "", {size, true});
    if (verb == "post") ask("POST /echo", std::string(size, 'p'), {size, true});
    if (verb == "hold")
      ask("POST /hold/" + std::to_string(number_), std::string(size, 'h'), {2, false});
    if (verb == "part") part(size);
    if (verb == "answer") answer();
    if (verb == "read") read();
    if (verb == "end") end();
    if (verb == "leave") come();
    if (verb == "socket") open_socket();
    if (verb == "message") message(size);
    served_.on_loop([this] { promise(memory_.of(Held::kConnections) <= kMostHeld); });
  }

  // Everybody leaves: nothing may be left of them.
  void over() {
    client_->leave();
    // One that came and left at once is perhaps not accepted yet.
    promise(test::eventually([this] {
      bool gone = false;
      served_.on_loop([this, &gone] {
        const http::Server::Figures figures = served_.server().figures();
        gone = figures.connections == 0 && figures.accepted >= static_cast<unsigned>(number_);
      });
      return gone;
    }));
    served_.on_loop([] {});  // whoever is told of a leaving client is told in the next turn
    served_.on_loop([this] {
      for (Hold& hold : held_) {
        promise(hold.answered ? hold.told == 0 : hold.told == 1);
        hold.request.reset();
      }
      promise(memory_.total() == 0);
    });
  }

 private:
  http::Server::Hooks hooks() {
    return test::Served::hooks([this](const std::shared_ptr<const http::Request>& request,
                                      const http::Respond& respond) { serve(request, respond); });
  }

  http::ServerOptions options() {
    http::ServerOptions out;
    out.memory = &memory_;
    out.limits.pipelined = 8;
    // Heads come whole, so that no client runs into it; how often the server looks who is there
    // goes by the shortest of its time limits.
    out.limits.head_time = std::chrono::milliseconds(20);
    return out;
  }

  void serve(const std::shared_ptr<const http::Request>& request, const http::Respond& respond) {
    if (request->headers.has("upgrade")) return respond(socket_reply());
    if (request->path.starts_with("/hold/")) {
      Hold& hold = held_.emplace_back(Hold{request, respond, std::stoi(request->path.substr(6))});
      const auto caller = request->caller.lock();
      promise(caller != nullptr);
      caller->on_left([&hold] { ++hold.told; });
      return;
    }
    const std::size_t size = request->path == "/echo"
                                 ? request->body.size()
                                 : static_cast<std::size_t>(std::stoul(request->path.substr(1)));
    respond(test::text_reply(std::string(size, 'r')));
  }

  static http::Reply socket_reply() {
    http::Reply reply;
    reply.websocket = [](const std::shared_ptr<http::WebSocket>& socket) {
      socket->on_message([socket](const std::string& data, bool) {
        socket->send_text(std::to_string(data.size()));
      });
    };
    return reply;
  }

  // The one there was leaves without a word.
  void come() {
    if (client_) client_->leave();
    client_.emplace(served_.port());
    owed_.clear();
    ++number_;
    said_all_ = socket_ = false;
  }

  // What the server does not take since it waits for us to read, is not sent later either.
  void say(const std::string& bytes) {
    client_->patience(std::chrono::milliseconds(10));
    said_all_ = !client_->send(bytes) || said_all_;
    client_->patience(std::chrono::seconds(10));
  }

  void ask(const std::string& line, const std::string& body, Owed owed) {
    if (said_all_) return;
    say(line + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
        "\r\n\r\n" + body);
    if (!said_all_) owed_.push_back(owed);
  }

  void part(std::size_t size) {
    if (said_all_) return;
    say("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size + 1) +
        "\r\n\r\n" + std::string(size, 'p'));
    said_all_ = true;  // what follows would be taken for the rest of it
  }

  // The oldest that is held. Our requests are taken in their order, so of ours it is the first.
  void answer() {
    int whose = 0;
    // What was sent has its turn first; what waits behind unread replies is not waited for.
    for (int i = 0; i < 50; ++i) served_.on_loop([] {});
    served_.on_loop([this, &whose] {
      const auto open = std::find_if(held_.begin(), held_.end(), [](const Hold& hold) {
        return !hold.answered && hold.told == 0;
      });
      if (open == held_.end()) return;
      whose = open->client;
      open->answered = true;
      open->respond(test::text_reply("ok"));
    });
    if (whose != number_) return;
    const auto first =
        std::find_if(owed_.begin(), owed_.end(), [](const Owed& one) { return !one.answered; });
    if (first != owed_.end()) first->answered = true;
  }

  void read() {
    if (socket_ || owed_.empty() || !owed_.front().answered) return;
    const test::RawReply reply = client_->read_reply();
    promise(reply.complete && reply.status == 200 && reply.body.size() == owed_.front().bytes);
    owed_.pop_front();
  }

  // The server gives up on held replies of such a client after a second, so they are not owed.
  void end() {
    client_->end_sending();
    said_all_ = true;
    const auto held =
        std::find_if(owed_.begin(), owed_.end(), [](const Owed& one) { return !one.answered; });
    owed_.erase(held, owed_.end());
  }

  void open_socket() {
    if (said_all_ || !owed_.empty()) return;
    say("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    promise(client_->read_reply().status == 101);
    said_all_ = socket_ = true;
  }

  // A binary message in one frame whose mask changes nothing.
  void message(std::size_t size) {
    if (!socket_) return;
    std::string frame = "\x82\xff";
    for (int shift = 56; shift >= 0; shift -= 8)
      frame += static_cast<char>(static_cast<std::uint64_t>(size) >> shift);
    say(frame + std::string(4 + size, '\0'));
  }

  Memory memory_;
  std::deque<Hold> held_;  // on the loop; addresses stay good
  test::Served served_;
  std::optional<test::RawClient> client_;
  std::deque<Owed> owed_;
  int number_ = 0;         // of the client
  bool said_all_ = false;  // nothing that the server understands can follow
  bool socket_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Play play;
  std::size_t left = kMostBytes;
  for (std::size_t acts = 0; acts < kMostActs && !text.empty(); ++acts) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::string_view verb = line.substr(0, line.find(' '));
    const std::string_view rest = line.substr(std::min(line.size(), verb.size() + 1));
    std::size_t number = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), number);
    number = std::min({number, kLargest, left});
    left -= number;
    play.act(verb, number);
  }
  play.over();
  return 0;
}
