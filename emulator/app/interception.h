#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "emulator/app/sdk_environment.h"
#include "emulator/base/result.h"
#include "emulator/config/serve_config.h"

namespace emulator {

// Bytes of the largest file of certificates that is read.
inline constexpr std::size_t kMostTrustFile = 16u << 20;

// What leads a program here that was never told of an emulator: files that its runtime reads at its
// start, and the variables that name them.
struct Interception {
  std::string folder;              // where the files lie; exists
  std::string url;                 // of the emulator: "http://127.0.0.1:4242"
  std::string ca_pem;              // of the CA that vouches for the providers' hosts
  std::vector<std::string> hosts;  // of the providers, patterns among them
  // The environment the program would have had.
  std::map<std::string, std::string> before;
};

// Writes the files; "" or what went wrong, in one line. Certificates and hooks only, no keys.
std::string write_interception(const Interception& made);

// The variables, some of them longer than they were in `before`, none of which takes something from
// it but entries of NO_PROXY that cover providers.
std::vector<Variable> interception_environment(const Interception& made);

// A folder that is removed with all that is in it. Made below TMPDIR, for its owner alone.
class TemporaryFolder {
 public:
  static Result<std::unique_ptr<TemporaryFolder>, std::string> make(const std::string& below);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Our own environment, by name, and one variable of it; "" when it is not set.
std::map<std::string, std::string> own_environment();
std::string inherited(const std::string& name);

// Takes note of the proxy that a command would have had, which ours takes the place of.
void note_proxy_before(ReachOptions& reach);

// Writes what leads a command to `url` into a folder of its own, and adds the variables. The
// failure is one line.
Result<std::unique_ptr<TemporaryFolder>, std::string> intercept(
    const std::string& url, Result<std::string, std::string> ca_pem, std::vector<std::string> hosts,
    std::vector<std::pair<std::string, std::string>>& variables);

}  // namespace emulator
