#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "emulator/base/memory.h"
#include "emulator/contract/pattern.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/sandbox/library.h"
#include "emulator/sandbox/sandboxes.h"
#include "emulator/sandbox/uploads.h"

// Whose request it is: what it claims, and whose world answers it.
namespace emulator {

// The sandbox names that credentials stand for: cleaned, and masked where one looks real. A name is
// a pure function of the credential; names are kept only to spare work. Loop thread only.
class SandboxNames {
 public:
  // `real_keys`: RE2 patterns of credentials that look real. `most` names are kept, and counted in
  // `memory`, which may be null and is not owned.
  SandboxNames(std::vector<std::string> real_keys, std::size_t most, Memory* memory);

  std::string of(std::string_view key);
  // When there is no memory left.
  void let_go();

 private:
  bool looks_real(std::string_view key);

  std::vector<std::string> real_keys_;  // until the first credential; then compiled
  std::vector<std::shared_ptr<const contract::Pattern>> patterns_;
  const std::size_t most_;
  std::unordered_map<std::string, std::string> names_;  // by credential
  Charge held_;
};

// What a request says of itself.
struct Claim {
  std::string key;     // the credential, as text; "" for none
  std::string shown;   // the name it stands for, which is how it is shown; "" for none
  std::string box;     // the sandbox that header, query or key ask for
  bool named = false;  // false: none of them asks for one, so it is the one for everybody
};
Claim claim_of(const Call& call, const Dialect& dialect, SandboxNames& names);

// Why there can be no sandbox of that name: it asks for a scenario that is not there.
std::optional<http::Reply> unknown_scenario(std::string_view box, Sandboxes& sandboxes,
                                            ScenarioLibrary& library);

// Whose world answers.
struct Identity {
  Sandboxes::Found found;  // the task or picture addressed, where the caller may know of it
  std::string task;        // its id, or the id that was asked for; "" for none
  std::string box;         // name of the sandbox: the task's own, else the one that is claimed
  std::string note;        // why a task that is there was not found; "" when it was
};
Identity identify(const Call& call, const Dialect& dialect, const Claim& claim,
                  Sandboxes& sandboxes, const Uploads& uploads);

}  // namespace emulator
