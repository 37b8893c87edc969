#include "tests/unit/http/test_identities.h"

#include <ctime>
#include <memory>

#include "emulator/tls/names.h"

namespace emulator::test {
namespace {

tls::Seconds wall_seconds() { return static_cast<tls::Seconds>(std::time(nullptr)); }

const std::shared_ptr<const tls::Ca>& test_ca() {
  static const std::shared_ptr<const tls::Ca> made = *tls::Ca::make({"bfl.ai"}, wall_seconds());
  return made;
}

}  // namespace

TestIdentities::TestIdentities()
    : identities_(
          {[]() -> Result<std::shared_ptr<const tls::Ca>, std::string> { return test_ca(); },
           [](std::string_view name) {
             return tls::is_within(name, "localhost") || tls::is_within(name, "bfl.ai");
           },
           wall_seconds,
           [this](const std::string& line) {
             const std::lock_guard lock(mutex_);
             told_.push_back(line);
           }}) {}

const std::string& TestIdentities::ca_pem() { return test_ca()->certificate_pem(); }

std::vector<std::string> TestIdentities::told() {
  const std::lock_guard lock(mutex_);
  return told_;
}

}  // namespace emulator::test
