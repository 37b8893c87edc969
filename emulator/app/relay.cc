#include "emulator/app/relay.h"

#include <charconv>
#include <chrono>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/http/authority.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/origin.h"
#include "emulator/webhook/policy.h"

namespace emulator {
namespace {

// Between two neighbours on the way, and so neither the client's nor the provider's to the other.
bool is_of_the_connection(std::string_view name) {
  for (const char* known :
       {"host", "connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer",
        "upgrade", "expect", "proxy-authorization", "proxy-connection", "accept-encoding"})
    if (http::same_name(name, known)) return true;
  return false;
}

bool accepts_gzip(const http::Request& request) {
  for (const auto& [name, value] : request.headers)
    if (http::same_name(name, "accept-encoding") &&
        lower_case(value).find("gzip") != std::string::npos)
      return true;
  return false;
}

std::uint16_t port_of(std::string_view authority, std::uint16_t usual) {
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::uint16_t port = usual;
  if (colon != std::string_view::npos)
    std::from_chars(authority.data() + colon + 1, authority.data() + authority.size(), port);
  return port;
}

http::Reply reply_of(const http::Receipt& receipt, const std::string& method) {
  http::Reply reply;
  reply.status = receipt.status;
  for (const auto& [name, value] : receipt.headers) {
    // What a HEAD would have answered has a length, though no body comes.
    const bool length = method == "HEAD" && http::same_name(name, "content-length");
    if (length || !is_of_the_connection(name)) reply.headers.add(name, value);
  }
  reply.body = receipt.body;
  return reply;
}

}  // namespace

Relay::Relay(Parts parts)
    : parts_(std::move(parts)),
      reach_({parts_.config, parts_.registry, parts_.wall, parts_.tell}) {}

Relay::~Relay() = default;

std::string Relay::open() {
  if (std::string problem = reach_.open(); !problem.empty()) return problem;
  std::vector<std::string> told_by_reach;
  const ReachOptions& reach = parts_.config.reach;
  before_ = proxy_before(reach.https_proxy_before, reach.http_proxy_before, reach.no_proxy_before,
                         told_by_reach);
  http::ServerOptions options;
  options.host = parts_.config.server.host;
  options.port = 0;
  options.identities = &reach_.identities();
  http::Server::Hooks hooks;
  hooks.handle = [this](const std::shared_ptr<const http::Request>& request,
                        http::Respond respond) { handle(request, std::move(respond)); };
  hooks.protocol = [this](unsigned status, std::string_view why) {
    if (status == 500) parts_.tell("internal error: " + std::string(why));
    return our_error(status, status == 500 ? "internal" : "protocol", why);
  };
  hooks.proxy = [this](const http::Request& request) { return reach_.route(request); };
  server_ = std::make_unique<http::Server>(std::move(options), std::move(hooks));
  const auto port = server_->listen();
  if (!port) return port.error();
  reach_.listens_at(server_->ports());
  http::ClientOptions client;
  client.remedy = "SSL_CERT_FILE names a file of the certificates to trust";
  client.body_bytes = client.kept_bytes = parts_.limits.max_exchange;
  client.head_bytes = 256u << 10;
  client_ = server_->client(std::move(client));
  return "";
}

std::string Relay::url() const {
  return "http://127.0.0.1:" + std::to_string(server_->ports().front());
}

void Relay::run() { server_->run(); }

void Relay::stop() {
  server_->post([this] {
    broken_off();
    server_->stop();
  });
}

bool Relay::is_provider(const std::string& host) const {
  if (http::is_this_machine(host)) return false;
  for (std::uint16_t p = 0; p < parts_.registry.size(); ++p)
    if (host_of(parts_.registry.doors(p), host) != nullptr) return true;
  return false;
}

void Relay::handle(const std::shared_ptr<const http::Request>& request, http::Respond respond) {
  const std::string host = http::host_of(request->host()).value_or("");
  if (!is_provider(host))
    return respond(our_error(421, "record",
                             (host.empty() ? "no host" : valid_utf8(host.substr(0, 100))) +
                                 " is no provider's: only what is sent to their own hosts is "
                                 "passed on and recorded"));
  if (request->headers.has("upgrade"))
    return respond(our_error(501, "record", "WebSockets are not recorded, nor passed on"));
  Sent sent{request, host, "", parts_.wall.now(), std::move(respond), nullptr};
  sent.url =
      (request->secure ? "https://" : "http://") + std::string(request->host()) + request->path;
  if (!request->query.empty()) sent.url += "?" + request->query;
  send_on(std::move(sent), port_of(request->host(), request->secure ? 443 : 80));
}

void Relay::send_on(Sent sent, std::uint16_t port) {
  const http::Request& request = *sent.request;
  http::Post post;
  post.method = request.method;
  post.secure = request.secure;
  post.host = sent.host;
  post.port = port;
  post.target = request.path + (request.query.empty() ? "" : "?" + request.query);
  for (const auto& [name, value] : request.headers)
    if (!is_of_the_connection(name)) post.headers.add(name, value);
  // Whatever else the client reads could not be written down.
  if (accepts_gzip(request)) post.headers.add("accept-encoding", "gzip");
  post.body = std::shared_ptr<const std::string>(sent.request, &request.body);
  post.time_limit = parts_.limits.answer_time;
  if (const auto* before = before_.on_the_way(sent.host, request.secure)) {
    post.via = http::Via{before->host, before->port, before->authorization};
  } else {
    // A provider is never where machines in clouds are told their secrets.
    post.barred = [](const http::Address& address) {
      return webhook::barred(webhook::Policy::kAny, http::unmapped(address));
    };
  }
  // A client that leaves changes nothing: the request may have cost money, so it is recorded.
  const std::uint64_t number = ++count_;
  Sent& kept = on_the_way_[number] = std::move(sent);
  kept.handle = client_->send(std::move(post), [this, number](http::Receipt receipt) {
    const auto found = on_the_way_.find(number);
    if (found == on_the_way_.end()) return;
    const Sent over = std::move(found->second);
    on_the_way_.erase(found);
    take(over, std::move(receipt));
  });
}

void Relay::take(const Sent& sent, http::Receipt receipt) {
  compare::Recorded out;
  out.method = sent.request->method;
  out.url = sent.url;
  out.headers = sent.request->headers;
  out.body = sent.request->body;
  out.at = sent.at;
  out.took = std::chrono::duration_cast<Duration>(receipt.took);
  if (receipt.cut)
    receipt.error = "the answer is larger than " + std::to_string(parts_.limits.max_exchange) +
                    " bytes (--max-exchange)";
  if (!receipt.error.empty()) {
    parts_.tell(sent.request->method + " to " + sent.host + ": " + receipt.error);
    parts_.record(std::move(out), receipt.error);
    return sent.respond(our_error(502, "record", sent.host + ": " + receipt.error));
  }
  http::Reply reply = reply_of(receipt, sent.request->method);
  out.status = receipt.status;
  out.reply_headers = receipt.headers;
  out.reply = std::move(receipt.body);
  parts_.record(std::move(out), "");
  sent.respond(std::move(reply));
}

void Relay::broken_off() {
  for (auto& [number, sent] : std::exchange(on_the_way_, {})) {
    http::Receipt none;
    none.error = "broken off: the command had ended";
    take(sent, std::move(none));
  }
}

}  // namespace emulator
