// `env`: what to set so that SDKs come to a server that runs already.
#include "emulator/app/commands.h"
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

}  // namespace

std::string environment_text(const Place& place, const std::string& format) {
  const std::vector<Variable> variables = sdk_environment(place);
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
  for (const std::string& hint : sdk_hints()) {
    out += "#   ";
    out += hint;
    out += '\n';
  }
  return out;
}

int env_command(const Config& config, const Surroundings& surroundings) {
  Place place;
  place.url = config.url.empty() ? local_url(config.serve.host, config.serve.port) : config.url;
  while (place.url.ends_with('/')) place.url.pop_back();
  place.key = config.key;
  place.control_token = config.serve.control_token;
  surroundings.out(environment_text(place, config.format));
  return 0;
}

}  // namespace emulator
