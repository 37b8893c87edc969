// Paths, headers and bodies of strangers through everything behind the socket. The first line of
// the input is `METHOD target`, the second a key, the rest the body. An answer must come (or be
// held by something scripted), and must not be a fault of ours. Of a sandbox that is deleted
// nothing is held any more.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tests/support/world.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace emulator;
  static test::World world;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = [&text] {
    const auto end = text.find('\n');
    const std::string_view out = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return out;
  };
  const std::string_view first = line();
  const std::string key(line());
  const auto blank = first.find(' ');
  std::string target(blank == std::string_view::npos ? first : first.substr(blank + 1));
  if (target.empty() || target.front() != '/') target.insert(0, 1, '/');
  http::Request request = test::request(
      std::string(blank == std::string_view::npos ? "GET" : first.substr(0, blank)), target,
      {{"x-key", key},
       {"authorization", "Key " + key},
       {"x-api-key", key},
       {"content-type", "application/json"}},
      std::string(text));
  const auto reply = world.send(std::move(request));
  if (reply && reply->status == 500 && reply->headers.has("x-emulator-error")) std::abort();
  for (Sandbox* box : world.sandboxes->all())
    if (!box->agenda.empty()) world.advance(box->name(), std::chrono::hours(1));
  while (!world.sandboxes->all().empty())
    if (!world.sandboxes->drop(std::string(world.sandboxes->all().front()->name()))) std::abort();
  for (const Held what : {Held::kSandboxes, Held::kTasks, Held::kJournals, Held::kAgenda})
    if (world.memory.of(what) != 0) std::abort();
  return 0;
}
