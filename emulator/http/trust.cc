#include "emulator/http/trust.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <cstdlib>

#include "emulator/http/client.h"
#include "emulator/tls/trust_files.h"

namespace emulator::http {
namespace {

namespace ssl = asio::ssl;

// A static program looks where the OpenSSL of its build does, which other systems have not. Who
// names a place in the environment means that one alone.
std::string bundle_elsewhere() {
  for (const char* const name : {X509_get_default_cert_file_env(), X509_get_default_cert_dir_env()})
    if (std::getenv(name) != nullptr) return "";  // NOLINT(concurrency-mt-unsafe): nothing sets it
  return tls::bundle_instead_of({X509_get_default_cert_file(), X509_get_default_cert_dir()});
}

}  // namespace

ssl::context& Trust::context() {
  if (!context_) {
    context_.emplace(ssl::context::tls_client);
    ErrorCode ignored;
    context_->set_default_verify_paths(ignored);
    if (const std::string bundle = bundle_elsewhere(); !bundle.empty())
      context_->load_verify_file(bundle, ignored);
    if (!file_.empty()) context_->load_verify_file(file_, ignored);
    context_->set_verify_mode(ssl::verify_peer, ignored);
    ERR_clear_error();
  }
  return *context_;
}

std::string ca_file_problem(const std::string& file) {
  ssl::context context(ssl::context::tls_client);
  ErrorCode error;
  context.load_verify_file(file, error);
  ERR_clear_error();
  if (!error) return "";
  return file + ": cannot be read as certificates (" + error.message() +
         "); give a file of PEM certificates";
}

}  // namespace emulator::http
