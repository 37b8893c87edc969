#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/image/inspect.h"
#include "emulator/pipeline/dialect.h"
#include "emulator/pipeline/registry.h"
#include "emulator/pipeline/router.h"

namespace emulator {

// Files that an address in a body can lead to without leaving the emulator: what clients uploaded,
// and pictures that tasks made, with whichever provider. Nothing is fetched. Loop thread only.
class OwnFiles {
 public:
  enum class State {
    kOutside,  // not an address of the emulator's: nothing is known of it
    kMissing,  // it leads here, and there is no such file (any more)
    kExpired,  // the file or its link is past its time
    kThere,
  };
  struct File {
    State state = State::kOutside;
    std::uint64_t bytes = 0;    // of an upload; 0 for pictures that tasks made
    image::Inspection picture;  // how it looks; kThere only
  };

  // All three must outlive it. `public_url` as for Router.
  OwnFiles(Registry& registry, Sandboxes& sandboxes, const Uploads& uploads,
           std::string_view public_url);

  // What `address` (http or https) leads to for the server that was called by `asked`. Addresses
  // under a provider's real host count as outside unless they were handed out here: a file of that
  // name may exist at the provider.
  File at(std::string_view address, const Call& asked) const;

 private:
  bool leads_here(std::string_view authority, const Call& asked) const;
  File found(Call& link) const;
  File made(Call& link, const Sandboxes::Found& task) const;

  Registry& registry_;
  Sandboxes& sandboxes_;
  const Uploads& uploads_;
  Router router_;
  std::string public_authority_;
};

// The note (Call::notes) by which a dialect says that it handed out an address to upload to,
// so that it counts as ours before anything was uploaded.
std::string upload_note(std::string_view path);

// Why the link to a task's picture is dead, as `links` of a scenario, the contract and the link
// itself have it; nullopt when it is alive.
std::optional<http::Reply> dead_link(const Dialect& dialect, const Call& call, const Task& task,
                                     const TaskView& view,
                                     const std::optional<scenario::LinkState>& links);

}  // namespace emulator
