// What a server is and does, flag by flag; its bounds are in limit_flags.cc.
#include "emulator/config/serve_flags.h"

#include <string_view>

#include "emulator/base/text.h"

namespace emulator {
namespace {

constexpr const char* kFirstDay = "2026-01-01T00:00:00Z";  // of manual clocks

std::string hosts_problem(const std::string& text) {
  const auto odd = text.find_first_not_of(
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_*,:[]");
  return odd == std::string::npos && !text.empty() ? "" : "\"" + text + "\" is no list of hosts";
}

void visitor_flags(Flags& flags, Visitors::Options& visitors) {
  flags
      .texts("--allow-origin", visitors.allow_origins,
             "web pages that may use the control API and be sent webhooks: "
             "http://localhost:3000, http://localhost:*, https://*.example.com; "
             "may be given several times")
      .several()
      .check({"ORIGIN", [](const std::string& text) { return Visitors::origin_problem(text); }});
  flags
      .texts("--allow-host", visitors.allow_hosts,
             "names this server goes by beside localhost, addresses and names without dots: "
             "emulator.example.com, *.example.com; may be given several times")
      .several()
      .check({"NAME", [](const std::string& text) { return Visitors::host_problem(text); }});
}

void reach_flags(Flags& flags, ReachOptions& reach, http::ServerLimits& limits) {
  ca_dir_flag(flags, reach);
  flags.text("--tls-cert", reach.tls_cert,
             "PEM file of a certificate of your own for TLS, instead of those made here");
  flags.text("--tls-key", reach.tls_key, "PEM file of its key");
  flags
      .shown_text("--proxy-others", reach.proxy_others,
                  "what is done with other hosts by a client that takes this for its proxy: "
                  "refuse, pass, or the hosts to pass on: example.com,*.example.org")
      .check({"refuse|pass|HOST,...", hosts_problem});
  flags.count("--max-tunnels", limits.tunnels, 0, 100'000,
              "tunnels of a proxy's clients passed on at once");
  flags.time<std::chrono::seconds>(
      "--tunnel-idle", limits.tunnel_idle_time, 1, 86'400,
      "seconds after which a tunnel is closed through which nothing goes");
  flags.count("--max-certificates", reach.certificates, 1, 1'000'000,
              "certificates kept that were made for names clients asked for by TLS");
}

void listening_flags(Flags& flags, ServeConfig& serve) {
  flags.ports("--port", serve.server.port, serve.server.more_ports,
              "TCP port for HTTP and HTTPS; 0 takes a free one; may be given several times");
  flags.shown_text("--host", serve.server.host, "address to listen on");
  flags.text("--port-file", serve.port_file,
             "file to write the port to, once requests are answered");
  flags.text("--unix-socket", serve.server.unix_socket, "path of a socket to listen on as well");
}

void story_flags(Flags& flags, ServeConfig& serve) {
  flags.shown_text("--scenario", serve.scenario, "a built-in scenario's name, or a file");
  flags.texts("--contract", serve.contracts,
              "a contract file laid over a provider's; may be given several times");
  flags.number(
      "--seed", [&serve](std::uint64_t seed) { serve.seed = seed; },
      "seed of all chance; wins over a scenario's. Without either one is drawn and "
      "printed");
  flags
      .made(
          "--clock", [&serve](const std::string& words) { serve.clock = *clock_start(words); },
          "wall; skip: goes to what clients wait for; manual or manual@INSTANT: frozen "
          "at 2026-01-01T00:00:00Z or INSTANT")
      .check({"wall|skip|manual[@INSTANT]",
              [](const std::string& text) {
                const auto start = clock_start(text);
                return start ? "" : start.error();
              }})
      .preset("wall");
}

void auth_flag(Flags& flags, ServeConfig& serve) {
  flags
      .made(
          "--auth",
          [&serve](const std::string& text) {
            serve.pipeline.auth = text == "any"      ? Keys::Policy::kAny
                                  : text == "format" ? Keys::Policy::kFormat
                                                     : Keys::Policy::kBook;
            serve.key_file = serve.pipeline.auth == Keys::Policy::kBook ? text : "";
          },
          "any: every key is good; format: malformed ones are refused; FILE: only the "
          "keys listed there are good")
      .check({"any|format|FILE",
              [](const std::string& text) -> std::string {
                if (text == "any" || text == "format" || names_a_file(text)) return "";
                return "\"" + text + "\" is neither any nor format, nor a file such as keys.yaml";
              }})
      .preset("any");
}

void page_flag(Flags& flags, control::Page::Mode& page) {
  flags
      .made(
          "--page", [&page](const std::string& word) { page = *control::page_mode(word); },
          "the page at /_emulator/: on, read-only (it shows and changes nothing), off")
      .check(one_of({"on", "read-only", "off"}))
      .preset("on");
}

void state_flags(Flags& flags, ServeConfig& serve) {
  flags.shown_text("--state", serve.state,
                   "a file or redis://HOST:PORT/DB?prefix=NAME in which sandboxes outlast this "
                   "process");
  flags.text("--peer-address", serve.peer_address,
             "HOST or HOST:PORT where other emulators with the same Redis reach this one; where it "
             "listens, unless said");
  flags.time<std::chrono::milliseconds>(
      "--claim-life", serve.fleet.life, 200, 600'000,
      "milliseconds after which an emulator that Redis does not hear of is gone, and others take "
      "its sandboxes over");
  flags.count("--max-homes", serve.fleet.most_homes, 1, 10'000'000,
              "sandboxes of other emulators with the same Redis whose home is remembered");
  flags.time<std::chrono::milliseconds>(
      "--state-wait", serve.state_limits.patience, 1, 600'000,
      "milliseconds a reply waits until what it says is kept; then the store counts as away");
  flags.time<std::chrono::milliseconds>(
      "--state-retry", serve.state_limits.retry, 1, 600'000,
      "milliseconds until what the store did not take is given to it again");
  flags.size("--max-state-batch", serve.state_limits.batch_bytes, 1, 1ull << 30,
             "bytes given to the store at once, about; what belongs to one sandbox stays together");
}

}  // namespace

bool names_a_file(std::string_view wanted) {
  return wanted.find('/') != std::string_view::npos || wanted.ends_with(".yaml") ||
         wanted.ends_with(".yml") || wanted.ends_with(".json");
}

Result<ClockStart, std::string> clock_start(const std::string& words) {
  ClockStart out;
  if (words == "wall") return out;
  if (words == "skip") {
    out.skips = true;
    return out;
  }
  if (words != "manual" && !words.starts_with("manual@"))
    return Failure{"\"" + words + "\" is none of wall, skip, manual, manual@INSTANT"};
  const auto at = parse_instant(words == "manual" ? kFirstDay : words.substr(7));
  if (!at) return Failure{at.error()};
  if (*at < VirtualClock::kEarliest || *at > VirtualClock::kLatest)
    return Failure{"a clock goes from " + rfc3339(VirtualClock::kEarliest, 0) + " to " +
                   rfc3339(VirtualClock::kLatest, 0)};
  out.manual = true;
  out.at = *at;
  return out;
}

void ca_dir_flag(Flags& flags, ReachOptions& reach) {
  flags.text("--ca-dir", reach.ca_dir,
             "folder of the CA that vouches for the providers' hosts over TLS; else "
             "provider-emulator below $XDG_DATA_HOME or ~/.local/share");
}

Flag webhooks_flag(Flags& flags, webhook::Policy& policy, const std::string& about) {
  return flags
      .made(
          "--webhooks", [&policy](const std::string& word) { policy = webhook::policy_of(word); },
          about)
      .preset("local");
}

void serve_flags(Flags& flags, ServeConfig& serve) {
  listening_flags(flags, serve);
  story_flags(flags, serve);
  flags.text("--public-url", serve.pipeline.public_url, "origin of every link handed out")
      .check(http_address());
  auth_flag(flags, serve);
  flags.text("--control-token", serve.control_token,
             "token the control API asks for; made and printed when --host is not loopback");
  visitor_flags(flags, serve.visitors);
  reach_flags(flags, serve.reach, serve.server.limits);
  flags.shown_text("--log", serve.log, "one line a request on stderr")
      .check(one_of({"human", "json", "off"}));
  page_flag(flags, serve.page);
  state_flags(flags, serve);
  flags.given(
      "--strict-models", serve.strict_models,
      "refuse models that are not in a provider's contract, as the provider refuses unknown "
      "ones; else other image models are answered by a generic schema where a contract has one");
  flags.withheld("--no-prompt-directives", serve.pipeline.prompt_directives,
                 "leave [[...]] in prompts alone");
  flags.either("--captions", serve.pipeline.captions, "on", "off",
               "whether pictures say in letters whose they are; a scenario may differ");
  webhooks_flag(flags, serve.webhooks.policy,
                "where webhooks may go: to this machine and private addresses, to any, nowhere")
      .check(one_of({"local", "any", "off"}));
  flags.text("--webhook-ca", serve.webhook_client.ca_file,
             "PEM file of certificates that https receivers may have, beside the system's");
  limit_flags(flags, serve);
}

void lifetime_flags(Flags& flags, LifetimeOptions& lifetime) {
  flags.given("--exit-with-parent", lifetime.exit_with_parent,
              "end when the process that started this one has ended, however it did");
  flags.process("--exit-with", lifetime.exit_with,
                "process id: end when that one has ended; wins over --exit-with-parent");
  flags
      .duration(
          "--idle-exit", lifetime.idle_exit, [](Duration) { return std::string(); },
          "end after so long without a request or an open connection, such as 10m; 0 never")
      .preset("0");
}

}  // namespace emulator
