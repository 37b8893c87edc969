#pragma once

#include <string>

namespace emulator::test {

// A fresh self-signed certificate for `host` (a name, or an address) with its key, as PEM files in
// a temporary folder that goes with it. Throws std::runtime_error.
class Certificate {
 public:
  explicit Certificate(const std::string& host);
  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string file() const { return folder_ + "/certificate.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }

 private:
  std::string folder_;
};

}  // namespace emulator::test
