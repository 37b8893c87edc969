#include "emulator/app/announce.h"

#include "emulator/app/sdk_environment.h"

namespace emulator {
namespace {

// What there is and what to do next, for a person.
void introduce(Assembly& assembly) {
  const std::string& host = assembly.config.server.host;
  Teller& teller = assembly.teller;
  const std::string url = local_url(host, assembly.port);
  const scenario::Scenario& story = *assembly.sandboxes->default_scenario();
  teller.tell("scenario " + story.name + (story.about.empty() ? "" : ": " + story.about) + "\n");
  std::string paths;
  for (std::uint16_t p = 0; p < assembly.registry.size(); ++p)
    paths += " /" + assembly.registry.name(p);
  teller.tell("providers below it, with any API key:" + paths + "\n");
  teller.tell("for SDKs: eval \"$(provider-emulator env " +
              (host == "127.0.0.1" ? "--port " + std::to_string(assembly.port) : "--url " + url) +
              ")\"\n");
  teller.tell("control API below " + url + "/_emulator; live: provider-emulator tail\n");
}

}  // namespace

void announce(Assembly& assembly) {
  const ServeConfig& config = assembly.config;
  Teller& teller = assembly.teller;
  const std::string& host = config.server.host;
  if (config.announce) {
    const bool v6 = host.find(':') != std::string::npos && host.front() != '[';
    assembly.surroundings.out("listening on http://" + (v6 ? "[" + host + "]" : host) + ":" +
                              std::to_string(assembly.port) + "\n");
  }
  for (const std::string& notice : assembly.notices) teller.tell(notice + "\n");
  if (!config.announce) return;
  if (config.log == "human") introduce(assembly);
  if (const std::string page = assembly.page_address(); !page.empty())
    teller.tell("page " + page + "\n");
  const std::string& drawn = assembly.drawn_seed;
  if (!drawn.empty()) teller.tell("seed " + drawn + " (repeat with --seed " + drawn + ")\n");
  if (assembly.token_drawn) teller.tell("control token " + config.control_token + "\n");
}

}  // namespace emulator
