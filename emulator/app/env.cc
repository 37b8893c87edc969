// `env`: what to set so that SDKs come to a server that runs already.
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <system_error>

#include "emulator/app/commands.h"
#include "emulator/app/interception.h"
#include "emulator/app/reach.h"
#include "emulator/app/sdk_environment.h"
#include "emulator/base/json_text.h"
#include "emulator/base/text.h"

namespace emulator {
namespace {

bool is_plain(const std::string& text) {
  return !text.empty() && text.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_-./:@%+,[]") == std::string::npos;
}

std::string for_shell(const std::string& text) {
  if (is_plain(text) && text.find_first_of("[]") == std::string::npos) return text;
  return shell_quoted(text);
}

// What the parsers of dotenv files agree on: bare, or literally between single quotes; what holds
// one of those, between double quotes.
std::string for_dotenv(const std::string& text) {
  if (is_plain(text)) return text;
  std::string out;
  if (text.find_first_of("'\n\r") == std::string::npos) {
    out += '\'';
    out += text;
    out += '\'';
    return out;
  }
  out += '"';
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\' || c == '$' || c == '`') out += '\\';
    out += c;
  }
  return out + '"';
}

// The variables that `run` gives its command, by files that stay beside the CA's.
std::string add_interception(const Config& config, const Surroundings& surroundings,
                             const Registry& registry, const std::string& url,
                             std::vector<Variable>& variables) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(surroundings.wall->now().time_since_epoch());
  const auto ca = ca_for(config.serve.reach, registry, now.count());
  if (!ca) return ca.error();
  Interception made;
  made.folder = ca_folder_of(config.serve.reach) + "/intercept";
  if (::mkdir(made.folder.c_str(), 0755) != 0 && errno != EEXIST)
    return made.folder + ": " + std::generic_category().message(errno);
  made.url = url;
  made.ca_pem = (*ca)->certificate_pem();
  made.hosts = real_hosts(registry);
  made.before = own_environment();
  if (std::string problem = write_interception(made); !problem.empty()) return problem;
  for (Variable& one : interception_environment(made)) variables.push_back(std::move(one));
  return "";
}

}  // namespace

std::string environment_text(const std::vector<Variable>& variables,
                             const std::vector<std::string>& hints, const std::string& format) {
  if (format == "json") {
    Json out = Json::object();
    for (const Variable& one : variables) out[one.name] = one.value;
    return out.dump(2) + "\n";
  }
  std::string out;
  for (const Variable& one : variables) {
    if (format == "sh") out += "export ";
    out += one.name;
    out += '=';
    out += format == "sh" ? for_shell(one.value) : for_dotenv(one.value);
    out += '\n';
  }
  out += "# These read no address from the environment; point them so:\n";
  for (const std::string& hint : hints) {
    out += "#   ";
    out += hint;
    out += '\n';
  }
  return out;
}

int env_command(const Config& config, const Surroundings& surroundings) {
  ServerAccess access;
  access.url = config.url.empty() ? local_url(config.serve.server.host, config.serve.server.port)
                                  : config.url;
  while (access.url.ends_with('/')) access.url.pop_back();
  access.key = config.key;
  access.control_token = config.serve.control_token;
  const Registry registry(built_in_providers());
  std::vector<Variable> variables = sdk_environment(access, registry, config.print_intercept);
  if (config.print_intercept) {
    if (std::string problem =
            add_interception(config, surroundings, registry, access.url, variables);
        !problem.empty()) {
      surroundings.err("provider-emulator: " + problem + "\n");
      return 2;
    }
  }
  surroundings.out(environment_text(variables, sdk_hints(registry), config.format));
  return 0;
}

}  // namespace emulator
