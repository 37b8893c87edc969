#include "emulator/app/reach.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/text.h"
#include "emulator/files.h"
#include "emulator/http/authority.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/origin.h"
#include "emulator/tls/ca_folder.h"
#include "emulator/tls/names.h"
#include "emulator/webhook/policy.h"

namespace emulator {
namespace {

constexpr std::size_t kMostPem = 1u << 20;
// Names of hosts that are noted, so that they can be told.
constexpr std::size_t kMostNoted = 1'000;
constexpr std::uint16_t kMailPort = 25;

tls::Seconds seconds_of(Instant at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

// `host:port`; the port may be missing where there is a usual one (not 0).
std::optional<http::HostPort> target_of(std::string_view authority, std::uint16_t usual) {
  auto out = http::host_and_port(authority, usual);
  if (out && !http::is_address(out->host) && !tls::is_host_name(out->host)) return std::nullopt;
  return out;
}

// Where nothing is ever passed on to, whatever the flags say: link-local addresses, where machines
// in clouds are told their secrets.
bool is_forbidden(const http::Address& address) {
  return webhook::barred(webhook::Policy::kAny, address).has_value();
}

bool is_near(const http::Address& address) {
  return !webhook::barred(webhook::Policy::kLocal, address).has_value();
}

http::ProxyRoute refused(http::Reply reply) {
  http::ProxyRoute out;
  out.kind = http::ProxyRoute::Kind::kRefused;
  out.refusal = std::move(reply);
  return out;
}

// Compared in a time that does not depend on where they differ.
bool same_text(const std::string& a, const std::string& b) { return sha256(a) == sha256(b); }

std::string not_passed(const std::string& host) {
  return host +
         " is no provider's host, and is not passed on: --proxy-others pass, or --proxy-others " +
         host + ", allows it";
}

std::string environment_of(const char* name) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return value != nullptr ? value : "";
}

}  // namespace

std::vector<std::string> real_hosts(const Registry& registry) {
  std::vector<std::string> out;
  for (std::uint16_t p = 0; p < registry.size(); ++p)
    for (const auto& host : registry.doors(p).hosts)
      if (!http::is_this_machine(host.name)) out.push_back(lower_case(host.name));
  return out;
}

std::string ca_folder_of(const ReachOptions& options) {
  if (!options.ca_dir.empty()) return options.ca_dir;
  return tls::default_ca_folder(environment_of("XDG_DATA_HOME"), environment_of("HOME"));
}

Result<std::shared_ptr<const tls::Ca>, std::string> ca_for(const ReachOptions& options,
                                                           const Registry& registry,
                                                           tls::Seconds now) {
  const std::vector<std::string> domains = tls::domains_of(real_hosts(registry));
  if (options.ca_in_memory) return tls::Ca::make(domains, now);
  return tls::ca_in(ca_folder_of(options), domains, now);
}

Reach::Reach(Parts parts) : parts_(std::move(parts)) {}

std::string Reach::open() {
  const ReachOptions& wanted = parts_.config.reach;
  tls::Identities::Options options;
  if (wanted.tls_cert.empty() != wanted.tls_key.empty())
    return wanted.tls_cert.empty() ? "--tls-key is given without --tls-cert"
                                   : "--tls-cert is given without --tls-key";
  if (!wanted.tls_cert.empty()) {
    auto certificate = read_file(wanted.tls_cert, kMostPem);
    if (!certificate) return certificate.error() + " (--tls-cert)";
    auto key = read_file(wanted.tls_key, kMostPem);
    if (!key) return key.error() + " (--tls-key)";
    if (const auto problem = tls::Identities::problem(*certificate, *key); !problem.empty())
      return wanted.tls_cert + ": " + problem + " (--tls-cert)";
    options.certificate_pem = std::move(*certificate);
    options.key_pem = std::move(*key);
  }
  options.ca = [this] { return ca(); };
  options.goes_by = [this](std::string_view name) { return goes_by(name); };
  options.now = [this] { return seconds_of(parts_.wall.now()); };
  options.tell = parts_.tell;
  options.max_certificates = wanted.certificates;
  identities_ = std::make_unique<tls::Identities>(std::move(options));

  std::string_view list = wanted.proxy_others;
  while (!list.empty() && list != "refuse" && list != "pass") {
    const auto end = std::min(list.find(','), list.size());
    if (end != 0) others_.push_back(lower_case(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  std::vector<std::string> left_out;
  before_ = proxy_before(wanted.https_proxy_before, wanted.http_proxy_before,
                         wanted.no_proxy_before, left_out);
  // They may hold passwords, so they are not shown.
  if (!left_out.empty())
    parts_.tell(
        "the proxy that was set before speaks no plain HTTP: other hosts are joined without");
  return "";
}

std::vector<std::string> Reach::notices() const {
  std::vector<std::string> out;
  const ServeConfig& config = parts_.config;
  if (!config.reach.tls_cert.empty() || config.pipeline.public_url.empty()) return out;
  const auto origin = http::parse_origin(config.pipeline.public_url);
  const auto domains = tls::domains_of(real_hosts(parts_.registry));
  const bool vouched = origin && (http::is_this_machine(origin->host) ||
                                  std::any_of(domains.begin(), domains.end(), [&](const auto& one) {
                                    return tls::is_within(origin->host, one);
                                  }));
  if (origin && origin->scheme == "https" && !vouched)
    out.push_back("clients will not trust " + origin->host +
                  " over TLS, for the CA may not vouch for it: give a certificate with --tls-cert "
                  "and --tls-key");
  return out;
}

Result<std::shared_ptr<const tls::Ca>, std::string> Reach::ca() {
  if (!ca_) {
    auto made = ca_for(parts_.config.reach, parts_.registry, seconds_of(parts_.wall.now()));
    if (!made) return made;
    ca_ = std::move(*made);
  }
  return ca_;
}

Result<std::string, std::string> Reach::ca_pem() {
  auto made = ca();
  if (!made) return Failure{made.error()};
  return (*made)->certificate_pem();
}

bool Reach::goes_by(std::string_view name) const {
  if (http::is_this_machine(name)) return true;
  for (std::uint16_t p = 0; p < parts_.registry.size(); ++p)
    if (host_of(parts_.registry.doors(p), name) != nullptr) return true;
  const ServeConfig& config = parts_.config;
  if (name == lower_case(config.server.host)) return true;
  if (const auto origin = http::parse_origin(config.pipeline.public_url);
      origin && origin->host == name)
    return true;
  return std::any_of(config.visitors.allow_hosts.begin(), config.visitors.allow_hosts.end(),
                     [&](const std::string& one) { return one == "*" || host_matches(one, name); });
}

// Whether it leads back to this very server.
bool Reach::is_own(std::string_view host, std::uint16_t port) const {
  return goes_by(host) && (!http::is_this_machine(host) ||
                           std::find(ports_.begin(), ports_.end(), port) != ports_.end());
}

bool Reach::passes(std::string_view host) const {
  if (parts_.config.reach.proxy_others == "pass") return true;
  return std::any_of(others_.begin(), others_.end(),
                     [&](const std::string& one) { return one == "*" || host_matches(one, host); });
}

// A proxy that others can reach passes on only for those who have the token.
std::optional<http::Reply> Reach::stranger(const http::Request& request) const {
  const ServeConfig& config = parts_.config;
  if (http::is_this_machine(config.server.host) || config.control_token.empty())
    return std::nullopt;
  const auto given = request.headers.get("proxy-authorization").value_or("");
  if (lower_case(given.substr(0, 6)) == "basic ") {
    const auto words = from_base64(given.substr(6));
    const auto colon = words ? words->find(':') : std::string::npos;
    if (colon != std::string::npos && same_text(words->substr(colon + 1), config.control_token))
      return std::nullopt;
  }
  http::Reply reply = our_error(407, "proxy",
                                "this proxy listens beyond loopback, so it passes on only with the "
                                "control token as password");
  reply.headers.add("proxy-authenticate", "Basic realm=\"provider-emulator\"");
  return reply;
}

http::ProxyRoute Reach::route(const http::Request& request) {
  const bool tunnel = request.method == "CONNECT";
  const bool secure = !tunnel && lower_case(request.target.substr(0, 6)) == "https:";
  const std::string_view authority = tunnel ? std::string_view(request.target) : request.host();
  const auto target = target_of(authority, tunnel ? 0 : secure ? 443 : 80);
  if (!target)
    return refused(our_error(400, "proxy",
                             valid_utf8(authority.substr(0, 100)) + " is no HOST:PORT to go to"));
  if (is_own(target->host, target->port)) return {};
  if (target->port == kMailPort)
    return refused(our_error(403, "proxy", "port 25 is never joined: no mail goes through here"));
  if (auto reply = stranger(request)) return refused(std::move(*reply));
  if (secure)
    return refused(our_error(
        501, "proxy",
        "an https:// address of another host wants a tunnel (CONNECT), so that it stays secret"));
  return join(target->host, target->port, tunnel);
}

http::ProxyRoute Reach::join(const std::string& host, std::uint16_t port, bool tunnel) {
  http::ProxyRoute out;
  out.kind = http::ProxyRoute::Kind::kJoin;
  out.host = host;
  out.port = port;
  const bool pass = passes(host);
  const auto written = http::parse_address(host);
  if (written && is_forbidden(http::unmapped(*written)))
    return refused(our_error(403, "proxy", host + " is link-local, and never joined"));
  if (written && !pass && !is_near(http::unmapped(*written)))
    return refused(our_error(403, "proxy", not_passed(host)));
  const bool near = http::is_this_machine(host) || (written && is_near(http::unmapped(*written)));
  if (const auto* const before = before_.on_the_way(host, tunnel); before && pass && !near) {
    out.via_host = before->host;
    out.via_port = before->port;
    out.via_authorization = before->authorization;
  }
  out.barred = [this, host, pass](const http::Address& any) -> std::optional<std::string> {
    const http::Address address = http::unmapped(any);
    if (is_forbidden(address)) return host + " is link-local, and never joined";
    if (is_near(address)) return std::nullopt;
    if (!pass) return not_passed(host);
    if (passed_.size() < kMostNoted) passed_.insert(host);
    return std::nullopt;
  };
  if (!out.via_host.empty() && passed_.size() < kMostNoted) passed_.insert(host);
  out.refused = [this, host, pass](const std::string& why) {
    // A name that cannot be looked up is refused as one that was.
    const std::string said = pass ? why : not_passed(host);
    if (refused_.size() < kMostNoted && refused_.insert(host).second) parts_.tell("proxy: " + said);
    return our_error(pass ? 502 : 403, "proxy", said);
  };
  return out;
}

}  // namespace emulator
