#include "emulator/app/interception.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "emulator/app/proxy_before.h"
#include "emulator/files.h"
#include "emulator/http/authority.h"
#include "emulator/os/os.h"
#include "emulator/tls/trust_files.h"

namespace emulator {

namespace embedded {
extern const std::string_view node_hook;    // NOLINT(readability-identifier-naming): the file's
extern const std::string_view python_hook;  // NOLINT(readability-identifier-naming): the file's
}  // namespace embedded

namespace {

constexpr const char* kPassword = "changeit";

const std::string& value_of(const std::map<std::string, std::string>& variables,
                            const std::string& name) {
  static const std::string none;
  const auto found = variables.find(name);
  return found == variables.end() ? none : found->second;
}

std::string text_of(const std::string& file) {
  if (file.empty()) return "";
  auto text = read_file(file, kMostTrustFile);
  return text ? std::move(*text) : std::string();
}

// A path as NODE_OPTIONS takes it: in quotes, which may be escaped.
std::string for_node(const std::string& path) {
  std::string out = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// JAVA_TOOL_OPTIONS splits at blanks but for those in quotes.
std::string for_java(const std::string& option) {
  return option.find_first_of(" \t") == std::string::npos ? option : "\"" + option + "\"";
}

std::string joined_with(const std::string& before, const std::string& more, char between) {
  return before.empty() ? more : before + between + more;
}

std::string hosts_listed(const std::vector<std::string>& hosts) {
  std::string out;
  for (const std::string& host : hosts) out += (out.empty() ? "" : ",") + host;
  return out;
}

std::string java_options(const Interception& made, const http::WebOrigin& at) {
  const std::string port = std::to_string(at.port);
  std::string out;
  for (const std::string& option :
       {"-Dhttps.proxyHost=" + at.host, "-Dhttps.proxyPort=" + port, "-Dhttp.proxyHost=" + at.host,
        "-Dhttp.proxyPort=" + port, std::string("-Dhttp.nonProxyHosts=localhost|127.*|[::1]"),
        "-Djavax.net.ssl.trustStore=" + made.folder + "/trust.p12",
        std::string("-Djavax.net.ssl.trustStoreType=PKCS12"),
        std::string("-Djavax.net.ssl.trustStorePassword=") + kPassword})
    out += (out.empty() ? "" : " ") + for_java(option);
  return out;
}

}  // namespace

std::string write_interception(const Interception& made) {
  const auto& before = made.before;
  // What was trusted before stays trusted.
  const std::string bundle =
      tls::joined_pem({text_of(tls::system_bundle(value_of(before, "SSL_CERT_FILE"))),
                       text_of(value_of(before, "REQUESTS_CA_BUNDLE")),
                       text_of(value_of(before, "CURL_CA_BUNDLE")), made.ca_pem});
  const std::string python = made.folder + "/python";
  if (::mkdir(python.c_str(), 0755) != 0 && errno != EEXIST)
    return python + ": " + std::generic_category().message(errno);
  const std::vector<std::pair<std::string, std::string>> files = {
      {"/ca.pem", made.ca_pem},
      {"/bundle.pem", bundle},
      {"/node.pem",
       tls::joined_pem({text_of(value_of(before, "NODE_EXTRA_CA_CERTS")), made.ca_pem})},
      {"/deno.pem", tls::joined_pem({text_of(value_of(before, "DENO_CERT")), made.ca_pem})},
      {"/trust.p12", tls::java_trust_store(bundle, kPassword)},
      {"/hook.cjs", std::string(embedded::node_hook)},
      {"/python/sitecustomize.py", std::string(embedded::python_hook)}};
  for (const auto& [name, text] : files)
    if (std::string problem = write_file_atomically(made.folder + name, text); !problem.empty())
      return problem;
  return "";
}

std::vector<Variable> interception_environment(const Interception& made) {
  const auto origin = http::parse_origin(made.url);
  if (!origin) return {};
  const auto& before = made.before;
  const std::string& folder = made.folder;
  const std::string address = made.url.substr(made.url.find("://") + 3);
  const std::string spared =
      no_proxy_for(value_of(before, "no_proxy").empty() ? value_of(before, "NO_PROXY")
                                                        : value_of(before, "no_proxy"),
                   made.hosts);
  return {
      {"EMULATOR_INTERCEPT_ADDRESS", address},
      {"EMULATOR_INTERCEPT_HOSTS", hosts_listed(made.hosts)},
      {"EMULATOR_CA_FILE", folder + "/ca.pem"},
      {"HTTPS_PROXY", made.url},
      {"https_proxy", made.url},
      {"HTTP_PROXY", made.url},
      {"http_proxy", made.url},
      {"NO_PROXY", spared},
      {"no_proxy", spared},
      {"SSL_CERT_FILE", folder + "/bundle.pem"},
      {"REQUESTS_CA_BUNDLE", folder + "/bundle.pem"},
      {"CURL_CA_BUNDLE", folder + "/bundle.pem"},
      {"NODE_EXTRA_CA_CERTS", folder + "/node.pem"},
      {"NODE_OPTIONS", joined_with(value_of(before, "NODE_OPTIONS"),
                                   "--require=" + for_node(folder + "/hook.cjs"), ' ')},
      {"PYTHONPATH", value_of(before, "PYTHONPATH").empty()
                         ? folder + "/python"
                         : folder + "/python:" + value_of(before, "PYTHONPATH")},
      {"JAVA_TOOL_OPTIONS",
       joined_with(value_of(before, "JAVA_TOOL_OPTIONS"), java_options(made, *origin), ' ')},
      {"DENO_CERT", folder + "/deno.pem"},
  };
}

Result<std::unique_ptr<TemporaryFolder>, std::string> TemporaryFolder::make(
    const std::string& below) {
  std::string form = (below.empty() ? "/tmp" : below) + "/provider-emulator-XXXXXX";
  if (::mkdtemp(form.data()) == nullptr)
    return Failure{"no folder can be made below " + (below.empty() ? "/tmp" : below) + ": " +
                   std::generic_category().message(errno) + "; TMPDIR names another place"};
  return std::unique_ptr<TemporaryFolder>(new TemporaryFolder(std::move(form)));
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::map<std::string, std::string> own_environment() {
  std::map<std::string, std::string> out;
  for (char** entry = os::environment(); *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    out.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return out;
}

std::string inherited(const std::string& name) {
  const auto variables = own_environment();
  const auto found = variables.find(name);
  return found == variables.end() ? "" : found->second;
}

void note_proxy_before(ReachOptions& reach) {
  const auto either = [](const std::string& name, const std::string& other) {
    std::string value = inherited(name);
    return value.empty() ? inherited(other) : value;
  };
  reach.https_proxy_before = either("https_proxy", "HTTPS_PROXY");
  reach.http_proxy_before = either("http_proxy", "HTTP_PROXY");
  reach.no_proxy_before = either("no_proxy", "NO_PROXY");
}

Result<std::unique_ptr<TemporaryFolder>, std::string> intercept(
    const std::string& url, Result<std::string, std::string> ca_pem, std::vector<std::string> hosts,
    std::vector<std::pair<std::string, std::string>>& variables) {
  if (!ca_pem) return Failure{ca_pem.error()};
  auto folder = TemporaryFolder::make(inherited("TMPDIR"));
  if (!folder) return folder;
  const Interception made{(*folder)->path(), url, std::move(*ca_pem), std::move(hosts),
                          own_environment()};
  if (std::string problem = write_interception(made); !problem.empty()) return Failure{problem};
  for (Variable& one : interception_environment(made))
    variables.emplace_back(std::move(one.name), std::move(one.value));
  return folder;
}

}  // namespace emulator
