#include "tests/unit/tls/pair.h"

#include <openssl/err.h>

#include <stdexcept>

namespace emulator::test {
namespace {

void trust_in(X509_STORE* store, const std::string& pem) {
  const tls::CertPtr trusted = tls::certificate_in(pem);
  if (!trusted) throw std::runtime_error("no certificate to trust");
  X509_STORE_add_cert(store, trusted.get());
}

bool is_address(const std::string& name) {
  return name.find(':') != std::string::npos ||
         name.find_first_not_of("0123456789.") == std::string::npos;
}

}  // namespace

TlsPair::TlsPair(tls::Identities& identities, const Wishes& wishes, const std::string& local)
    : context_(SSL_CTX_new(TLS_client_method())), server_(identities.begin(local)) {
  if (!server_) throw std::runtime_error("no session");
  if (!wishes.trust.empty()) {
    trust_in(SSL_CTX_get_cert_store(context_.get()), wishes.trust);
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  }
  // What is refused shall be refused by the server, not left unsaid by the client.
  SSL_CTX_set_security_level(context_.get(), 0);
  if (wishes.oldest != 0) SSL_CTX_set_min_proto_version(context_.get(), wishes.oldest);
  if (wishes.newest != 0) SSL_CTX_set_max_proto_version(context_.get(), wishes.newest);
  client_.reset(SSL_new(context_.get()));
  SSL_set_bio(client_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(client_.get());
  const std::string& name = wishes.name.empty() ? local : wishes.name;
  if (is_address(name))
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(client_.get()), name.c_str());
  else
    SSL_set1_host(client_.get(), name.c_str());
  if (!wishes.name.empty())
    SSL_ctrl(client_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(wishes.name.c_str()));
  if (!wishes.protocols.empty())
    SSL_set_alpn_protos(client_.get(),
                        reinterpret_cast<const unsigned char*>(wishes.protocols.data()),
                        static_cast<unsigned>(wishes.protocols.size()));
  if (wishes.again != nullptr) SSL_set_session(client_.get(), wishes.again);
}

TlsPair::~TlsPair() {
  SSL_shutdown(client_.get());
  ERR_clear_error();
}

void TlsPair::to_server(std::string_view bytes) {
  char room[tls::Session::kRecord];
  while (!server_failed && !server_ended) {
    std::size_t got = 0;
    const auto step = server_->take(bytes, room, sizeof room, got, sealed_);
    if (step == tls::Session::Step::kBytes) {
      heard.append(room, got);
      continue;
    }
    if (step == tls::Session::Step::kFailed) server_failed = true;
    if (step == tls::Session::Step::kEnd) server_ended = true;
    return;
  }
}

void TlsPair::raw_to_server(std::string_view bytes) { to_server(bytes); }

void TlsPair::pass_on() {
  for (int still = 0; still < 2; ++still) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(client_.get()), &data);
    if (size > 0) {
      const std::string bytes(data, static_cast<std::size_t>(size));
      static_cast<void>(BIO_reset(SSL_get_wbio(client_.get())));
      to_server(bytes);
      still = 0;
    }
    if (sealed_.empty()) continue;
    BIO_write(SSL_get_rbio(client_.get()), sealed_.data(), static_cast<int>(sealed_.size()));
    sealed_.clear();
    // Also reads tickets and alerts.
    if (SSL_is_init_finished(client_.get()) == 1) {
      char none = 0;
      if (SSL_peek(client_.get(), &none, 1) <= 0 && ERR_peek_error() != 0)
        client_error = tls::openssl_error();
    }
    return;
  }
}

bool TlsPair::shake() {
  for (int i = 0; i < 10; ++i) {
    if (SSL_is_init_finished(client_.get()) != 1) {
      ERR_clear_error();
      const int done = SSL_do_handshake(client_.get());
      const int why = SSL_get_error(client_.get(), done);
      if (done != 1 && why != SSL_ERROR_WANT_READ && client_error.empty())
        client_error = tls::openssl_error();
    }
    pass_on();
  }
  return SSL_is_init_finished(client_.get()) == 1 && server_->established() && !server_failed;
}

void TlsPair::client_says(std::string_view text) {
  SSL_write(client_.get(), text.data(), static_cast<int>(text.size()));
  pass_on();
}

void TlsPair::server_says(std::string_view text) {
  server_->seal(text, sealed_);
  BIO_write(SSL_get_rbio(client_.get()), sealed_.data(), static_cast<int>(sealed_.size()));
  sealed_.clear();
}

std::string TlsPair::client_hears() {
  std::string out;
  char room[4096];
  for (int got = 0; (got = SSL_read(client_.get(), room, sizeof room)) > 0;)
    out.append(room, static_cast<std::size_t>(got));
  ERR_clear_error();
  return out;
}

std::vector<std::string> TlsPair::names_shown() {
  std::vector<std::string> out;
  const tls::CertPtr shown(SSL_get1_peer_certificate(client_.get()));
  if (!shown) return out;
  auto* const names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(shown.get(), NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* const one = sk_GENERAL_NAME_value(names, i);
    if (one->type == GEN_DNS)
      out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(one->d.dNSName)),
                       static_cast<std::size_t>(ASN1_STRING_length(one->d.dNSName)));
    if (one->type == GEN_IPADD)
      out.push_back("address of " + std::to_string(ASN1_STRING_length(one->d.iPAddress)));
  }
  GENERAL_NAMES_free(names);
  return out;
}

int judged(X509& certificate, const std::string& trust, const std::string& name, long flags) {
  X509_STORE* const store = X509_STORE_new();
  trust_in(store, trust);
  X509_STORE_CTX* const look = X509_STORE_CTX_new();
  X509_STORE_CTX_init(look, store, &certificate, nullptr);
  X509_VERIFY_PARAM* const how = X509_STORE_CTX_get0_param(look);
  X509_VERIFY_PARAM_set_flags(how, static_cast<unsigned long>(flags));
  X509_STORE_CTX_set_purpose(look, X509_PURPOSE_SSL_SERVER);
  if (is_address(name))
    X509_VERIFY_PARAM_set1_ip_asc(how, name.c_str());
  else
    X509_VERIFY_PARAM_set1_host(how, name.c_str(), 0);
  X509_verify_cert(look);
  const int out = X509_STORE_CTX_get_error(look);
  X509_STORE_CTX_free(look);
  X509_STORE_free(store);
  ERR_clear_error();
  return out;
}

}  // namespace emulator::test
