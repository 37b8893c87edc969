// Requests that are passed on: who has a connection to take the next one.
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "emulator/http/dial.h"
#include "emulator/http/forward_impl.h"
#include "emulator/http/forward_line.h"
#include "emulator/http/passage.h"
#include "emulator/http/websocket.h"
#include "emulator/os/os.h"

namespace emulator::http {
namespace {

using namespace std::chrono_literals;

// A connection that was free for longer is closed; well before the other side does.
constexpr std::chrono::seconds kKept = 20s;
constexpr std::size_t kMostFree = 256;  // to one server

bool stays_here(std::string_view name) {
  return same_name(name, "connection") || same_name(name, "keep-alive") ||
         same_name(name, "proxy-connection") || same_name(name, "proxy-authorization") ||
         same_name(name, "transfer-encoding") || same_name(name, "content-length") ||
         same_name(name, "expect") || same_name(name, "upgrade");
}

void add_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// The head as the other server shall have it. `upgrade`: the connection goes with the request.
std::string passed_head(const Forward& forward, bool upgrade) {
  const Request& request = *forward.request;
  std::string out = request.method + " " + request.path;
  if (!request.query.empty()) out += "?" + request.query;
  out += " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers) {
    const bool of_upgrade = same_name(name, "connection") || same_name(name, "upgrade");
    if (!stays_here(name) || (upgrade && of_upgrade)) add_field(out, name, value);
  }
  for (const auto& [name, value] : forward.extra) add_field(out, name, value);
  if (!request.body.empty() || request.headers.has("content-length") ||
      request.headers.has("transfer-encoding"))
    add_field(out, "Content-Length", std::to_string(request.body.size()));
  return out + "\r\n";
}

class Lines final : public Forwarder {
 public:
  explicit Lines(Context& context) : context_(context) {}
  ~Lines() override {
    *here_ = nullptr;
    for (const auto& [number, line] : std::exchange(lines_, {})) line->close();
    for (const auto& [number, dial] : std::exchange(dials_, {})) dial->abandon();
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  void pass(Forward forward, Respond respond,
            std::function<void(const std::string& why)> failed) override {
    ++figures_.passed;
    if (websocket_asked(*forward.request))
      return join(forward, std::move(respond), std::move(failed));
    const std::string place = place_of(forward.host, forward.port);
    if (const auto line = free_line(place))
      return line->ask(passed_head(forward, false), forward.request, std::move(respond));
    dial(forward, [this, place, forward, respond = std::move(respond),
                   failed = std::move(failed)](Dial::Outcome outcome) {
      if (!outcome.socket) return failed(outcome.why);
      new_line(place, std::move(*outcome.socket))
          ->ask(passed_head(forward, false), forward.request, respond);
    });
  }

  void break_off(const std::string& host, std::uint16_t port) override {
    const std::string place = place_of(host, port);
    std::vector<std::shared_ptr<ForwardLine>> gone;
    for (const auto& [number, line] : lines_)
      if (line->place == place) gone.push_back(line);
    for (const auto& line : gone) line->break_off();
  }

  Figures figures() const override {
    Figures out = figures_;
    out.open = lines_.size();
    return out;
  }

 private:
  static std::string place_of(const std::string& host, std::uint16_t port) {
    return host + ":" + std::to_string(port);
  }

  void join(const Forward& forward, Respond respond,
            std::function<void(const std::string& why)> failed) {
    dial(forward, [this, forward, respond = std::move(respond),
                   failed = std::move(failed)](Dial::Outcome outcome) {
      if (!outcome.socket) return failed(outcome.why);
      ++figures_.connections;
      os::watch_peer(outcome.socket->native_handle());
      Reply reply;
      reply.passage = std::make_shared<Passage>();
      reply.passage->route = route_to(forward);
      reply.passage->first = passed_head(forward, true);
      reply.passage->far = std::move(outcome.socket);
      respond(std::move(reply));
    });
  }

  static ProxyRoute route_to(const Forward& forward) {
    ProxyRoute route;
    route.kind = ProxyRoute::Kind::kJoin;
    route.host = forward.host;
    route.port = forward.port;
    return route;
  }

  void dial(const Forward& forward, std::function<void(Dial::Outcome)> done) {
    const std::uint64_t number = ++last_;
    const auto made = std::make_shared<Dial>(
        context_, route_to(forward), false,
        [this, here = here_, number, done = std::move(done)](Dial::Outcome outcome) {
          if (*here == nullptr) return;
          dials_.erase(number);
          done(std::move(outcome));
        });
    dials_.emplace(number, made);
    made->start();
  }

  std::shared_ptr<ForwardLine> free_line(const std::string& place) {
    auto& free = free_[place];
    const auto old = SteadyClock::now() - kKept;
    while (!free.empty()) {
      auto line = std::move(free.back());
      free.pop_back();
      if (!line->open()) continue;
      if (line->free_since() > old) return line;
      lines_.erase(line->number);
      line->close();
    }
    return nullptr;
  }

  std::shared_ptr<ForwardLine> new_line(const std::string& place, Socket socket) {
    os::watch_peer(socket.native_handle());
    ++figures_.connections;
    auto line = std::make_shared<ForwardLine>(
        std::move(socket),
        [this, here = here_, place](ForwardLine& free) {
          if (*here == nullptr) return;
          auto& all = free_[place];
          if (all.size() >= kMostFree) {
            lines_.erase(all.front()->number);
            all.front()->close();
            all.erase(all.begin());
          }
          all.push_back(free.shared_from_this());
        },
        [this, here = here_, place](ForwardLine& gone) {
          if (*here == nullptr) return;
          auto& all = free_[place];
          std::erase_if(all, [&](const auto& each) { return each.get() == &gone; });
          if (all.empty()) free_.erase(place);
          lines_.erase(gone.number);
        });
    line->number = ++last_;
    line->place = place;
    lines_.emplace(line->number, line);
    return line;
  }

  Context& context_;
  // Empty once this is gone: lines and dials end a little later.
  std::shared_ptr<Lines*> here_ = std::make_shared<Lines*>(this);
  std::unordered_map<std::uint64_t, std::shared_ptr<ForwardLine>> lines_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Dial>> dials_;
  std::map<std::string, std::vector<std::shared_ptr<ForwardLine>>> free_;
  std::uint64_t last_ = 0;
  Figures figures_;
};

}  // namespace

std::unique_ptr<Forwarder> make_forwarder(Context& context) {
  return std::make_unique<Lines>(context);
}

}  // namespace emulator::http
