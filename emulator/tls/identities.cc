#include "emulator/tls/identities.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "emulator/tls/names.h"
#include "emulator/tls/openssl.h"

namespace emulator::tls {
namespace {

constexpr std::string_view kProtocol = "http/1.1";
constexpr std::size_t kMostSaid = 100;
// A certificate is good for 90 days; one that was used for 30 is made anew.
constexpr Seconds kRenewed = Seconds{30} * 24 * 60 * 60;

bool is_address(std::string_view name) {
  return name.find(':') != std::string_view::npos ||
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

// A name as it compares.
std::string folded(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string out(name);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// A name from elsewhere, fit to be shown.
std::string shown(std::string_view name) {
  std::string out(name.substr(0, 100));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

}  // namespace

struct Identities::Kept {
  std::string name;
  CertPtr certificate;
  Seconds made = 0;
};

// What OpenSSL calls during a handshake.
struct Callbacks {
  static Session& session_of(SSL* handle) {
    return *static_cast<Session*>(SSL_get_app_data(handle));
  }

  // The name asked for is looked at before anything else is decided.
  static int name_asked(SSL* handle, int* alert, void*) {
    Session& session = session_of(handle);
    const char* const name = SSL_get_servername(handle, TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
    session.name_ = folded(name);
    Identities& owner = session.owner_;
    // What the user's own certificate is for, the user knows.
    if (!owner.options_.certificate_pem.empty()) return SSL_TLSEXT_ERR_OK;
    if (session.name_ == session.local_) return SSL_TLSEXT_ERR_OK;
    const bool good = is_address(session.name_) || is_host_name(session.name_);
    if (good && owner.options_.goes_by(session.name_)) return SSL_TLSEXT_ERR_OK;
    session.explained_ = true;
    owner.say("a client asked by TLS for \"" + shown(session.name_) +
              "\", which is no provider's host nor a name of this server (--allow-host): refused");
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }

  // Called once the name is known, and only when no earlier session is taken up again.
  static int certificate_wanted(SSL* handle, void*) {
    Session& session = session_of(handle);
    Identities& owner = session.owner_;
    if (!owner.options_.certificate_pem.empty()) return 1;
    std::string name = session.name_.empty() ? session.local_ : session.name_;
    if (name.empty()) name = "localhost";
    const Identities::Kept* const kept = owner.certificate_for(name);
    return kept != nullptr && SSL_use_certificate(handle, kept->certificate.get()) == 1 &&
                   SSL_use_PrivateKey(handle, owner.key_) == 1
               ? 1
               : 0;
  }

  static int protocol_offered(SSL* handle, const unsigned char** out, unsigned char* size,
                              const unsigned char* in, unsigned in_size, void*) {
    for (unsigned at = 0; at < in_size; at += 1u + in[at]) {
      const std::string_view one(reinterpret_cast<const char*>(in + at + 1), in[at]);
      if (one != kProtocol) continue;
      *out = in + at + 1;
      *size = in[at];
      return SSL_TLSEXT_ERR_OK;
    }
    Session& session = session_of(handle);
    session.explained_ = true;
    session.owner_.say("a client offers other protocols than HTTP/1.1 over TLS (" +
                       shown({reinterpret_cast<const char*>(in), in_size}) +
                       "): this server speaks HTTP/1.1");
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }

  static void happened(const SSL* handle, int what, int) {
    if ((what & SSL_CB_HANDSHAKE_DONE) == 0) return;
    Session& session = session_of(const_cast<SSL*>(handle));
    if (session.established_) return;
    ++session.owner_.figures_.handshakes;
    if (session.resumed()) ++session.owner_.figures_.resumed;
  }
};

Identities::Identities(Options options) : options_(std::move(options)) {}

Identities::~Identities() {
  SSL_CTX_free(context_);
  EVP_PKEY_free(key_);
}

void Identities::say(const std::string& line) {
  if (!options_.tell || said_.size() >= kMostSaid || !said_.insert(line).second) return;
  options_.tell(line);
}

std::string Identities::problem(std::string_view certificate_pem, std::string_view key_pem) {
  const CertPtr certificate = certificate_in(certificate_pem);
  if (!certificate) return "there is no PEM certificate in it";
  const KeyPtr key = key_in(key_pem);
  if (!key) return "there is no PEM private key without a passphrase in the file of --tls-key";
  if (X509_check_private_key(certificate.get(), key.get()) == 1) return "";
  openssl_error();
  return "the key of --tls-key is not the key of this certificate";
}

bool Identities::use_own() {
  const BioPtr from(BIO_new_mem_buf(options_.certificate_pem.data(),
                                    static_cast<int>(options_.certificate_pem.size())));
  const CertPtr first(PEM_read_bio_X509_AUX(from.get(), nullptr, nullptr, nullptr));
  const KeyPtr key = key_in(options_.key_pem);
  if (!first || !key || SSL_CTX_use_certificate(context_, first.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context_, key.get()) != 1)
    return false;
  while (X509* const next = PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr))
    if (SSL_CTX_add0_chain_cert(context_, next) != 1) X509_free(next);
  ERR_clear_error();
  return true;
}

bool Identities::make_context() {
  context_ = SSL_CTX_new(TLS_server_method());
  if (context_ == nullptr) return false;
  SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle session keeps no room for records, of which there are two.
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);  // tickets, which clients keep
  SSL_CTX_set_num_tickets(context_, 1);
  // What the macro SSL_CTX_set_tlsext_servername_callback does, without its cast.
  SSL_CTX_callback_ctrl(context_, SSL_CTRL_SET_TLSEXT_SERVERNAME_CB,
                        reinterpret_cast<void (*)()>(Callbacks::name_asked));
  SSL_CTX_set_cert_cb(context_, Callbacks::certificate_wanted, nullptr);
  SSL_CTX_set_alpn_select_cb(context_, Callbacks::protocol_offered, nullptr);
  SSL_CTX_set_info_callback(context_, Callbacks::happened);
  return true;
}

// All that the first session needs, and no start shall wait for.
bool Identities::prepare() {
  if (context_ != nullptr) return true;
  const bool own = !options_.certificate_pem.empty();
  if (!own && !ca_) {
    auto ca = options_.ca();
    if (!ca) {
      say("no certificate for a client that speaks TLS: " + ca.error());
      return false;
    }
    ca_ = std::move(*ca);
  }
  if (!own && key_ == nullptr) key_ = new_p256_key().release();
  if ((own || key_ != nullptr) && make_context() && (!own || use_own())) return true;
  say("TLS cannot be spoken: " + openssl_error());
  SSL_CTX_free(std::exchange(context_, nullptr));
  return false;
}

std::unique_ptr<Session> Identities::begin(std::string local) {
  if (!prepare()) return nullptr;
  SSL* const handle = SSL_new(context_);
  if (handle == nullptr) return nullptr;
  return std::make_unique<Session>(*this, handle, std::move(local));
}

const Identities::Kept* Identities::certificate_for(const std::string& name) {
  const Seconds now = options_.now();
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    const auto at = found->second;
    if (now - at->made < kRenewed && at->made <= now) {
      kept_.splice(kept_.begin(), kept_, at);
      return &*at;
    }
    by_name_.erase(found);
    kept_.erase(at);
  }
  // A client that names nobody may mean this machine by any of its names.
  Ca::Subject subject;
  if (!is_address(name)) {
    subject.names = {name};
  } else {
    subject.addresses = {name};
    if (ca_->may_vouch_for(name)) subject.names = {"localhost"};
  }
  X509* const made = ca_->issue(subject, *key_, now);
  if (made == nullptr) {
    say("no certificate can be made for " + shown(name) + ": " + openssl_error());
    return nullptr;
  }
  if (!ca_->may_vouch_for(name))
    say("the certificate for " + shown(name) +
        " is one that clients will not trust, for the CA may not vouch for that name: give one of "
        "your own with --tls-cert and --tls-key");
  if (kept_.size() >= std::max<std::size_t>(options_.max_certificates, 1)) {
    by_name_.erase(kept_.back().name);
    kept_.pop_back();
  }
  kept_.push_front({name, CertPtr(made), now});
  by_name_.emplace(kept_.front().name, kept_.begin());
  return &kept_.front();
}

void Identities::came_to_nothing(const Session& session, unsigned long error) {
  const std::string name = session.name_.empty() ? session.local_ : session.name_;
  const std::string whom = name.empty() ? "" : " for " + shown(name);
  switch (ERR_GET_REASON(error)) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      return say("a client does not trust the certificate" + whom +
                 ": make it trust the one that `provider-emulator ca` prints");
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_WRONG_SSL_VERSION:
      return say("a client speaks no TLS from 1.2 on" + whom + ": this server speaks 1.2 and 1.3");
    default:
      break;
  }
  const char* const words = ERR_reason_error_string(error);
  say("a TLS handshake" + whom + " came to nothing: " + (words != nullptr ? words : "no reason"));
}

Identities::Figures Identities::figures() const {
  Figures out = figures_;
  out.certificates = kept_.size();
  return out;
}

}  // namespace emulator::tls
