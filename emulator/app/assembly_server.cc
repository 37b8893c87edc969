// The server, and what it asks of the others: who answers a request, how the protocol's own
// refusals read, what goes when there is no memory.
#include <optional>
#include <utility>

#include "emulator/app/assembly.h"
#include "emulator/pipeline/dialect.h"

namespace emulator {

void Assembly::make_server() {
  http::ServerOptions options = config.server;
  options.identities = &reach->identities();
  options.memory = &memory;
  server = std::make_unique<http::Server>(std::move(options), server_hooks());
  teller.wait_on(*server);
  giving_back = std::make_unique<GivingBack>(
      GivingBack::Parts{memory, *server, [this] { return server->figures().requests; },
                        [this] { pipeline->forget_what_can_be_found_again(); }});
}

http::Server::Hooks Assembly::server_hooks() {
  http::Server::Hooks hooks;
  hooks.handle = [this](std::shared_ptr<const http::Request> request, http::Respond respond) {
    if (giving_back->is_worth_it()) giving_back->soon();
    if (fleet) request = fleet->take_in(std::move(request));
    if (control->takes(*request))
      control->handle(request, std::move(respond));
    else
      pipeline->handle(std::move(request), std::move(respond));
  };
  hooks.protocol = [this](unsigned status, std::string_view why) {
    // A fault of ours; where it belongs to no request, this line is all there is of it.
    if (status == 500) teller.tell("internal error: " + std::string(why) + "\n");
    // Nor does a client that speaks another protocol come to be journalled.
    if (status == 501) teller.turned_away(why);
    return our_error(status, status == 500 ? "internal" : "protocol", why);
  };
  hooks.proxy = [this](const http::Request& request) { return reach->route(request); };
  hooks.long_turn = [this](const http::LongTurn& turn) { teller.long_turn(turn); };
  hooks.busy = [this](const std::shared_ptr<const http::Request>& request) {
    return busy(request);
  };
  hooks.crowded = [this](const std::string& line) { teller.tell(line + "\n"); };
  return hooks;
}

// Nobody is kept from seeing what holds the memory, and from letting it go.
std::optional<http::Reply> Assembly::busy(const std::shared_ptr<const http::Request>& request) {
  constexpr std::size_t kSmall = 64u << 10;
  if (!Control::owns(request->path)) return pipeline->busy(request);
  const auto length = request->headers.get("content-length");
  const bool small =
      !request->headers.has("transfer-encoding") &&
      (!length || (length->size() < 6 && std::stoul(std::string(*length)) <= kSmall));
  if (small) return std::nullopt;
  return our_error(503, "memory", "there is no memory left for this (--max-memory)");
}

// Who can do without something when memory runs out, the least missed first.
void Assembly::name_the_spare() {
  const auto can_let_go = [this](const char* what, std::function<void(std::uint64_t)> let_go) {
    memory.can_let_go(what, std::move(let_go));
  };
  can_let_go("names", [this](std::uint64_t) { pipeline->let_names_go(); });
  can_let_go("journals", [this](std::uint64_t bytes) { sandboxes->let_journals_go(bytes); });
  can_let_go("findings", [this](std::uint64_t bytes) { judge->let_go(sandboxes->all(), bytes); });
  can_let_go("webhooks", [this](std::uint64_t bytes) { courier->let_records_go(bytes); });
  can_let_go("inboxes", [this](std::uint64_t bytes) { inbox->let_go(bytes); });
  can_let_go("uploads", [this](std::uint64_t bytes) { uploads->let_memory_go(bytes); });
  can_let_go("connections", [this](std::uint64_t bytes) { server->cut_stalled(bytes); });
  can_let_go("sandboxes", [this](std::uint64_t bytes) { sandboxes->let_idle_go(bytes); });
  can_let_go("tasks", [this](std::uint64_t bytes) { sandboxes->let_tasks_go(bytes); });
  memory.on_full([this](const std::string& line) { teller.tell(line + "\n"); });
}

}  // namespace emulator
