#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/tls/identities.h"
#include "emulator/tls/openssl.h"

namespace emulator::test {

// A client of OpenSSL's against a session of ours, in memory: what each has to say is handed to the
// other until both are still.
class TlsPair {
 public:
  struct Wishes {
    std::string name = "api.bfl.ai";  // "" : none is said
    std::string trust;                // PEM; "" : nothing is trusted, and nothing checked
    std::string protocols;            // of ALPN, each behind its length; "" : none are offered
    int newest = 0, oldest = 0;       // versions of TLS; 0: as OpenSSL has it
    SSL_SESSION* again = nullptr;     // a session to take up
  };
  TlsPair(tls::Identities& identities, const Wishes& wishes,
          const std::string& local = "127.0.0.1");
  ~TlsPair();
  TlsPair(const TlsPair&) = delete;
  TlsPair& operator=(const TlsPair&) = delete;

  // Shakes hands; true when both have.
  bool shake();
  // Hands over what waits on both sides; what the server reads goes to `heard`.
  void pass_on();

  void client_says(std::string_view text);
  void server_says(std::string_view text);
  std::string client_hears();
  // Bytes that go to the server as they are.
  void raw_to_server(std::string_view bytes);

  // The reason of OpenSSL's last error of the client; "" for none.
  std::string client_error;
  std::string heard;
  bool server_failed = false;
  bool server_ended = false;

  SSL* client() { return client_.get(); }
  tls::Session& server() { return *server_; }
  // What the client was shown: its alternative names as text.
  std::vector<std::string> names_shown();
  long verdict() const { return SSL_get_verify_result(client_.get()); }

 private:
  void to_server(std::string_view bytes);

  tls::ContextPtr context_;
  tls::SslPtr client_;
  std::unique_ptr<tls::Session> server_;
  std::string sealed_;  // by the server, on its way
};

// What clients that trust `trust` (PEM) say of a certificate for `name` (or address) that was
// signed by it: a code of X509_V_ERR_..., X509_V_OK for good.
int judged(X509& certificate, const std::string& trust, const std::string& name, long flags = 0);

}  // namespace emulator::test
