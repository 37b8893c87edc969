#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/result.h"

struct evp_pkey_st;
struct x509_st;

namespace emulator::tls {

// Seconds since 1970, by the wall.
using Seconds = std::int64_t;

// A certificate authority that can vouch for some domains and this machine alone: its certificate
// says so (RFC 5280, 4.2.1.10, critical), and whoever trusts it goes by that. Immutable; on any
// thread.
class Ca {
 public:
  // A new one, P-256, good for ten years, for `domains` (and what lies below each), `localhost` and
  // the loopback addresses. Fails only where OpenSSL does.
  static Result<std::shared_ptr<const Ca>, std::string> make(
      const std::vector<std::string>& domains, Seconds now);

  // One that was made earlier. The failure says in one line what is wrong with it: no certificate,
  // none made here, one that has expired, another's key.
  static Result<std::shared_ptr<const Ca>, std::string> read(std::string_view certificate_pem,
                                                             std::string_view key_pem, Seconds now);
  ~Ca();
  Ca(const Ca&) = delete;
  Ca& operator=(const Ca&) = delete;

  const std::string& certificate_pem() const { return pem_; }
  std::string key_pem() const;
  // The domains it may vouch for, `localhost` among them.
  const std::vector<std::string>& domains() const { return domains_; }
  // Whether clients that trust it will take its word for this name or address.
  bool may_vouch_for(std::string_view name) const;

  // What a server's certificate is for: names and addresses as text. At least one of both.
  struct Subject {
    std::vector<std::string> names;
    std::vector<std::string> addresses;
  };
  // A certificate for 90 days, signed whether clients will take it or not; the caller owns it. Null
  // when OpenSSL fails.
  x509_st* issue(const Subject& subject, evp_pkey_st& key, Seconds now) const;

 private:
  Ca(x509_st* certificate, evp_pkey_st* key);

  x509_st* certificate_;
  evp_pkey_st* key_;
  std::string pem_;
  std::vector<std::string> domains_;
};

}  // namespace emulator::tls
