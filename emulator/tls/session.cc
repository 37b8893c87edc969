#include "emulator/tls/session.h"

#include <openssl/err.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "emulator/tls/identities.h"
#include "emulator/tls/openssl.h"

namespace emulator::tls {

// The BIO that lies between OpenSSL and the two texts of a call.
struct Wiring {
  static Session& of(BIO* bio) { return *static_cast<Session*>(BIO_get_data(bio)); }

  static int read(BIO* bio, char* to, std::size_t size, std::size_t* got) {
    BIO_clear_retry_flags(bio);
    std::string_view* const in = of(bio).in_;
    if (in == nullptr || in->empty()) {
      BIO_set_retry_read(bio);
      return 0;
    }
    *got = std::min(size, in->size());
    std::memcpy(to, in->data(), *got);
    in->remove_prefix(*got);
    return 1;
  }

  static int write(BIO* bio, const char* from, std::size_t size, std::size_t* put) {
    BIO_clear_retry_flags(bio);
    if (of(bio).out_ != nullptr) of(bio).out_->append(from, size);
    *put = size;
    return 1;
  }

  static long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

  static BIO_METHOD* method() {
    static BIO_METHOD* const made = [] {
      BIO_METHOD* const out = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "texts");
      BIO_meth_set_read_ex(out, read);
      BIO_meth_set_write_ex(out, write);
      BIO_meth_set_ctrl(out, control);
      return out;
    }();
    return made;
  }

  // Where bytes come from and go to, for as long as it lives.
  Wiring(Session& session, std::string_view* in, std::string& out) : session_(session) {
    session_.in_ = in;
    session_.out_ = &out;
    ERR_clear_error();
  }
  Wiring(const Wiring&) = delete;
  Wiring& operator=(const Wiring&) = delete;
  ~Wiring() {
    session_.in_ = nullptr;
    session_.out_ = nullptr;
  }

 private:
  Session& session_;
};

Session::Session(Identities& owner, SSL* handle, std::string local)
    : owner_(owner), handle_(handle), local_(std::move(local)) {
  BIO* const texts = BIO_new(Wiring::method());
  BIO_set_data(texts, this);
  BIO_set_init(texts, 1);
  SSL_set_bio(handle_, texts, texts);
  SSL_set_app_data(handle_, this);
  SSL_set_accept_state(handle_);
}

Session::~Session() { SSL_free(handle_); }

bool Session::resumed() const { return SSL_session_reused(handle_) == 1; }

Session::Step Session::take(std::string_view& in, char* room, std::size_t size, std::size_t& got,
                            std::string& out) {
  const Wiring wiring(*this, &in, out);
  got = 0;
  const int done = SSL_read_ex(handle_, room, size, &got);
  if (!established_ && SSL_is_init_finished(handle_) == 1) established_ = true;
  if (done == 1) return Step::kBytes;
  return failed(SSL_get_error(handle_, done));
}

Session::Step Session::failed(int error) {
  if (error == SSL_ERROR_WANT_READ) return Step::kMore;
  if (error == SSL_ERROR_ZERO_RETURN) return Step::kEnd;
  if (!established_ && !explained_) {
    explained_ = true;
    owner_.came_to_nothing(*this, ERR_peek_last_error());
  }
  ERR_clear_error();
  return Step::kFailed;
}

bool Session::seal(std::string_view plain, std::string& out) {
  const Wiring wiring(*this, nullptr, out);
  while (!plain.empty()) {
    std::size_t put = 0;
    if (SSL_write_ex(handle_, plain.data(), plain.size(), &put) != 1) {
      ERR_clear_error();
      return false;
    }
    plain.remove_prefix(put);
  }
  return true;
}

void Session::say_goodbye(std::string& out) {
  if (!established_) return;
  const Wiring wiring(*this, nullptr, out);
  SSL_shutdown(handle_);
  ERR_clear_error();
}

}  // namespace emulator::tls
