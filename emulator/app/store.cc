#include "emulator/app/store.h"

#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/http/authority.h"
#include "emulator/state/redis.h"
#include "emulator/state/sqlite.h"

namespace emulator {

Result<OpenStore, std::string> open_store(const ServeConfig& config,
                                          std::vector<std::string> providers, std::uint64_t seed,
                                          const std::string& secret) {
  OpenStore out;
  if (config.state == "none") return out;
  if (!state::names_redis(config.state)) {
    if (!config.peer_address.empty())
      return Failure{std::string(
          "--peer-address is for emulators that are one, and they need --state redis://HOST:PORT")};
    auto opened = state::open_sqlite({config.state, std::move(providers), seed, ""});
    if (!opened) return Failure{opened.error()};
    out.engine = std::move(*opened);
    return out;
  }
  auto address = state::parse_redis_address(config.state);
  if (!address) return Failure{address.error()};
  state::RedisOptions options;
  options.address = std::move(*address);
  options.providers = std::move(providers);
  options.seed = seed;
  options.secret = to_hex(sha256("fleet " + secret)).substr(0, 32);
  options.life = config.fleet.life;
  auto opened = state::open_redis(std::move(options));
  if (!opened) return Failure{opened.error()};
  out.engine = std::move(opened->engine);
  out.claims = std::move(opened->claims);
  return out;
}

Result<std::string, std::string> peer_address(const ServeConfig& config, std::uint16_t port) {
  if (!config.peer_address.empty()) {
    const auto place = http::host_and_port(config.peer_address, port);
    if (!place)
      return Failure{"\"" + config.peer_address.substr(0, 200) +
                     "\" is no HOST or HOST:PORT (--peer-address)"};
    return place->text();
  }
  const bool everywhere =
      config.server.host == "0.0.0.0" || config.server.host == "::" || config.server.host == "[::]";
  if (everywhere)
    return Failure{"with --host " + config.server.host +
                   " and a Redis, say by --peer-address HOST where other emulators reach this one"};
  const bool v6 =
      config.server.host.find(':') != std::string::npos && config.server.host.front() != '[';
  const auto place =
      http::host_and_port(v6 ? "[" + config.server.host + "]" : config.server.host, port);
  if (!place)
    return Failure{"\"" + config.server.host +
                   "\" is no address that others could use; say one by --peer-address (--host)"};
  return place->text();
}

}  // namespace emulator
