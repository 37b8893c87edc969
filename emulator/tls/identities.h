#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "emulator/base/result.h"
#include "emulator/tls/ca.h"
#include "emulator/tls/session.h"

struct ssl_ctx_st;

namespace emulator::tls {

// Who this server is to clients that speak TLS: a certificate for the name each asks for, made when
// it is asked for and kept, the longest unused going first. Nothing is made before the first
// session. TLS 1.2 and 1.3; `http/1.1`; sessions are taken up again by tickets.
class Identities {
 public:
  struct Options {
    // Asked until it gives one; the failure is one line.
    std::function<Result<std::shared_ptr<const Ca>, std::string>()> ca;
    // Whether the server goes by this name: lower case, without a dot at its end.
    std::function<bool(std::string_view name)> goes_by;
    std::function<Seconds()> now;
    // Told what came to nothing, and why, in one line; the same no more than once, at most 100 in
    // all. May be empty.
    std::function<void(const std::string& line)> tell;
    std::size_t max_certificates = 1'000;
    // The user's own certificate, with what leads up to its CA behind it, and its key: for every
    // name, instead of certificates made here. As PEM; "" for none.
    std::string certificate_pem = {}, key_pem = {};
  };

  explicit Identities(Options options);
  ~Identities();
  Identities(const Identities&) = delete;
  Identities& operator=(const Identities&) = delete;

  // "" or what is wrong with a certificate and its key, in one line without their places.
  static std::string problem(std::string_view certificate_pem, std::string_view key_pem);

  // A new session of a client that came to the address `local` ("127.0.0.1", "::1"; "" where there
  // are no addresses). Null when there is no certificate to show, which is told.
  std::unique_ptr<Session> begin(std::string local);

  struct Figures {
    std::uint64_t handshakes = 0;  // that came to something
    std::uint64_t resumed = 0;     // of those, with an earlier session taken up again
    std::size_t certificates = 0;  // kept now
  };
  Figures figures() const;

 private:
  friend class Session;
  friend struct Callbacks;
  struct Kept;

  bool prepare();
  bool make_context();
  bool use_own();
  // The certificate for a name or address, made if need be; null when that cannot be.
  const Kept* certificate_for(const std::string& key);
  void came_to_nothing(const Session& session, unsigned long error);
  void say(const std::string& line);

  Options options_;
  std::shared_ptr<const Ca> ca_;
  ssl_ctx_st* context_ = nullptr;
  evp_pkey_st* key_ = nullptr;  // of every certificate made here
  std::list<Kept> kept_;        // the last used first
  std::unordered_map<std::string_view, std::list<Kept>::iterator> by_name_;
  std::set<std::string> said_;
  Figures figures_;
};

}  // namespace emulator::tls
