#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/app/proxy_before.h"
#include "emulator/base/clock.h"
#include "emulator/base/result.h"
#include "emulator/config/serve_config.h"
#include "emulator/http/server.h"
#include "emulator/pipeline/registry.h"
#include "emulator/tls/identities.h"

namespace emulator {

// Every real host of the providers, patterns among them, in the registry's order; names that lead
// to this machine anyway are left out.
std::vector<std::string> real_hosts(const Registry& registry);

// The folder the CA is kept in; "" when nothing says where.
std::string ca_folder_of(const ReachOptions& options);

// The CA that is used with `options`: from its folder, or made in memory. The failure is one line.
Result<std::shared_ptr<const tls::Ca>, std::string> ca_for(const ReachOptions& options,
                                                           const Registry& registry,
                                                           tls::Seconds now);

// How clients that were never told of an emulator get to it: who it is when they speak TLS, and
// what it does when they take it for their proxy. Loop thread only.
class Reach {
 public:
  // All of it outlives this.
  struct Parts {
    const ServeConfig& config;
    const Registry& registry;
    const WallClock& wall;
    std::function<void(const std::string& line)> tell;
  };
  explicit Reach(Parts parts);

  // Reads what the flags name. "" or why it will not do, in one line.
  std::string open();
  // What the start has to say of it: names that clients will not trust. A line each.
  std::vector<std::string> notices() const;

  tls::Identities& identities() { return *identities_; }
  http::ProxyRoute route(const http::Request& request);
  // The certificate of the CA in use, as PEM; the failure is one line.
  Result<std::string, std::string> ca_pem();

  // Where the server listens, once it does.
  void listens_at(std::vector<std::uint16_t> ports) { ports_ = std::move(ports); }
  // Hosts beyond this machine and its networks that were passed on, in order.
  const std::set<std::string>& passed() const { return passed_; }

 private:
  bool goes_by(std::string_view name) const;
  bool is_own(std::string_view host, std::uint16_t port) const;
  bool passes(std::string_view host) const;
  std::optional<http::Reply> stranger(const http::Request& request) const;
  http::ProxyRoute join(const std::string& host, std::uint16_t port, bool tunnel);
  Result<std::shared_ptr<const tls::Ca>, std::string> ca();

  Parts parts_;
  ProxyBefore before_;
  std::shared_ptr<const tls::Ca> ca_;
  std::unique_ptr<tls::Identities> identities_;
  std::vector<std::string> others_;  // globs of --proxy-others
  std::vector<std::uint16_t> ports_;
  std::set<std::string> passed_;
  std::set<std::string> refused_;  // hosts that were told of
};

}  // namespace emulator
