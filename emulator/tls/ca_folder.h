#pragma once

#include <memory>
#include <string>
#include <vector>

#include "emulator/base/result.h"
#include "emulator/tls/ca.h"

namespace emulator::tls {

// Where a CA is kept from one start to the next: `ca.pem` and `ca-key.pem` in a folder.
std::string certificate_file(const std::string& folder);

// The folder that is used where none is named: below $XDG_DATA_HOME, else below $HOME. "" when
// neither says where; both as they are in the environment, "" for unset.
std::string default_ca_folder(const std::string& data_home, const std::string& home);

// The CA kept in `folder`; made and kept there when there is none, the folder (0700) with it, its
// key readable by its owner alone (0600). Several processes may do so at once and get the same. The
// failure is one line: what, why, remedy.
Result<std::shared_ptr<const Ca>, std::string> ca_in(const std::string& folder,
                                                     const std::vector<std::string>& domains,
                                                     Seconds now);

}  // namespace emulator::tls
