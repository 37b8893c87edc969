// `ca`: the certificate that makes HTTPS here trusted, in the forms that programs take.
#include <chrono>

#include "emulator/app/commands.h"
#include "emulator/app/interception.h"
#include "emulator/app/reach.h"
#include "emulator/files.h"
#include "emulator/tls/ca_folder.h"
#include "emulator/tls/trust_files.h"

namespace emulator {
namespace {

// The system's certificates and ours, as PEM.
Result<std::string, std::string> whole_bundle(const std::string& own) {
  const auto variables = own_environment();
  const auto named = variables.find("SSL_CERT_FILE");
  const std::string file = tls::system_bundle(named == variables.end() ? "" : named->second);
  if (file.empty())
    return Failure{std::string(
        "this system has no file of certificates where one is to be expected; name it by "
        "SSL_CERT_FILE")};
  auto system = read_file(file, kMostTrustFile);
  if (!system) return Failure{system.error()};
  return tls::joined_pem({*system, own});
}

std::string write_forms(const Config& config, const std::string& own) {
  if (config.bundle.empty() && config.pkcs12.empty()) return "";
  auto bundle = whole_bundle(own);
  if (!bundle) return bundle.error();
  if (!config.bundle.empty())
    if (auto problem = write_file_atomically(config.bundle, *bundle); !problem.empty())
      return problem + " (--bundle)";
  if (!config.pkcs12.empty()) {
    const std::string store = tls::java_trust_store(*bundle, "changeit");
    if (store.empty()) return "no trust store can be made of the system's certificates (--pkcs12)";
    if (auto problem = write_file_atomically(config.pkcs12, store); !problem.empty())
      return problem + " (--pkcs12)";
  }
  return "";
}

}  // namespace

int ca_command(const Config& config, const Surroundings& surroundings) {
  const Registry registry(built_in_providers());
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(surroundings.wall->now().time_since_epoch());
  const auto ca = ca_for(config.serve.reach, registry, now.count());
  const std::string problem = ca ? write_forms(config, (*ca)->certificate_pem()) : ca.error();
  if (!problem.empty()) {
    surroundings.err("provider-emulator: " + problem + "\n");
    return 2;
  }
  if (config.path) {
    surroundings.out(tls::certificate_file(ca_folder_of(config.serve.reach)) + "\n");
  } else if (config.bundle.empty() && config.pkcs12.empty()) {
    surroundings.out((*ca)->certificate_pem());
  }
  return 0;
}

}  // namespace emulator
