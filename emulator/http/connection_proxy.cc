// Requests to a proxy: tunnels that end here, tunnels that are passed on, and requests that are.

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "emulator/http/connection.h"
#include "emulator/http/listen.h"
#include "emulator/http/passage.h"
#include "emulator/http/tunnel.h"
#include "emulator/os/os.h"

namespace emulator::http {
namespace {

constexpr std::string_view kEstablished = "HTTP/1.1 200 Connection established\r\n\r\n";

// A field that is between a client and its proxy alone.
bool is_for_proxy(std::string_view name) {
  return same_name(name, "proxy-authorization") || same_name(name, "proxy-connection") ||
         same_name(name, "keep-alive");
}

// The head as the far side shall have it: the path alone as its target (the whole address where
// there is another proxy), and one exchange a connection, so that what follows belongs to nobody
// else.
std::string passed_head(const Request& request, bool http11, const ProxyRoute& route) {
  std::string target = request.path;
  if (!request.query.empty()) target += "?" + request.query;
  if (!route.via_host.empty()) target = request.target;
  std::string out = request.method + " " + target + (http11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  const bool upgrade = request.headers.has("upgrade");
  for (const auto& [name, value] : request.headers) {
    if (is_for_proxy(name) || (!upgrade && same_name(name, "connection"))) continue;
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (!route.via_authorization.empty())
    out += "Proxy-Authorization: " + route.via_authorization + "\r\n";
  if (!upgrade) out += "Connection: close\r\n";
  return out + "\r\n";
}

}  // namespace

// The head of a request to a proxy is complete. False when it means this server and is handled like
// any other; else nothing further is parsed until it is known what becomes of it.
bool Connection::passed_on() {
  if (!context_.hooks.proxy) return false;
  const Request& request = reader_.request();
  auto passage = std::make_shared<Passage>();
  passage->tunnel = request.method == "CONNECT";
  try {
    passage->route = context_.hooks.proxy(request);
  } catch (const std::exception& error) {
    refuse(500, error.what());
    return true;
  }
  using Kind = ProxyRoute::Kind;
  if (passage->route.kind == Kind::kHere && !passage->tunnel) return false;
  if (passage->route.kind == Kind::kRefused) {
    refuse_with(std::move(passage->route.refusal));
    return true;
  }
  if (passage->route.kind == Kind::kJoin) {
    if (context_.tunnels >= context_.limits.tunnels) {
      refuse(503, "no further tunnel: --max-tunnels " + std::to_string(context_.limits.tunnels) +
                      " reached");
      return true;
    }
    if (!passage->tunnel) passage->first = passed_head(request, reader_.http11(), passage->route);
  }
  const std::shared_ptr<Exchange> exchange = enqueue();
  reader_.abandon();
  continue_owed_ = false;
  upgrade_pending_ = true;
  exchange->passage = passage;
  open_passage(*passage, *exchange);
  return true;
}

void Connection::open_passage(Passage& passage, Exchange& exchange) {
  if (passage.route.kind == ProxyRoute::Kind::kHere) return open_here(exchange);
  // Whoever is told may find the client gone: the exchange then leads to no connection.
  passage.dial = std::make_shared<Dial>(
      context_, passage.route, passage.tunnel,
      [this, waiting = std::weak_ptr<Exchange>(exchange.weak_from_this())](Dial::Outcome outcome) {
        const auto asked = waiting.lock();
        if (!asked || asked->connection == nullptr) return;
        Passage& made = *asked->passage;
        if (!outcome.socket) {
          const auto& refused = made.route.refused;
          Reply reply = outcome.barred && refused ? refused(outcome.why)
                                                  : protocol_reply(outcome.status, outcome.why);
          asked->passage.reset();
          asked->asked.keep_alive = false;
          taking_requests_ = false;
          upgrade_pending_ = false;
          return asked->answer(std::move(reply));
        }
        made.far = std::move(outcome.socket);
        made.came = std::move(outcome.came);
        asked->answer(Reply());
      });
  exchange.told.push_back([dial = passage.dial] { dial->abandon(); });
  passage.dial->start();
}

// A tunnel to this server. Where it is in TLS already, what comes through it is a connection of its
// own, which this one is passed on to.
void Connection::open_here(Exchange& exchange) {
  Passage& passage = *exchange.passage;
  passage.here = true;
  if (wire_.secure()) {
    int ends[2];
    if (os::stream_pair(ends) != 0)
      return exchange.answer(protocol_reply(503, "no further tunnel"));
    Socket inner(context_.io.get_executor());
    passage.far = std::make_unique<Socket>(context_.io.get_executor());
    ErrorCode ignored;
    inner.assign(Protocol(AF_UNIX, 0), ends[0], ignored);
    passage.far->assign(Protocol(AF_UNIX, 0), ends[1], ignored);
    inner.non_blocking(true, ignored);
    passage.far->non_blocking(true, ignored);
    const auto connection = std::make_shared<Connection>(context_, std::move(inner), "tunnel");
    context_.add(connection);
    connection->start();
    passage.here = false;
  }
  exchange.answer(Reply());
}

// The turn of such a request has come, and its way is open.
void Connection::begin_passage() {
  const Passage& passage = *first_->passage;
  if (passage.here) {
    out().add(kEstablished);
    upgrade_pending_ = false;
    opening_ = true;
    return pop();
  }
  switching_ = true;
}

void Connection::become_tunnel() {
  if (reading_) {
    // Comes back here through `on_read`.
    ErrorCode ignored;
    wire_.socket().cancel(ignored);
    return;
  }
  const std::shared_ptr<Passage> passage = first_->passage;
  std::string back = passage->tunnel ? std::string(kEstablished) : std::string();
  back += passage->came;
  std::string out = std::move(passage->first);
  out += in_;
  in_.clear();
  const auto tunnel =
      std::make_shared<Tunnel>(context_, std::move(wire_), std::move(*passage->far));
  state_ = State::kClosed;
  charge_.set(0);
  drop_exchanges();
  context_.replace(*this, tunnel);
  tunnel->start(std::move(out), std::move(back));
}

}  // namespace emulator::http
