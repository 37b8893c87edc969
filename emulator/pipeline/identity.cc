// A credential names a sandbox, and an id leads to a task wherever it is. Which of the two counts
// is settled here: a request about a task is answered by the task's own sandbox, whatever key it
// carries, except where the provider keeps the tasks of one key from another.
#include "emulator/pipeline/identity.h"

#include <algorithm>
#include <utility>

#include "emulator/base/crypto.h"

namespace emulator {
namespace {

// Credentials up to this length are kept with their names; and what one takes beside its text.
constexpr std::size_t kLongestKept = 512;
constexpr std::size_t kNameNode = 130;
// How much of a credential a name shows, and how much of an id is noted.
constexpr std::size_t kShownKey = 200;
constexpr std::size_t kShownId = 200;

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-' || c == '~';
}

std::string masked_name(std::string_view key) {
  return std::string(key.substr(0, 4)) + "~" + to_hex(sha256(key)).substr(0, 8);
}

// Of `id:secret` the id.
std::string plain_name(std::string_view key) {
  std::string_view text = key.substr(0, kShownKey);
  if (const auto colon = text.find(':'); colon != std::string_view::npos && colon > 0)
    text = text.substr(0, colon);
  return std::string(text);
}

// The task that a request names, where the caller may know of it.
void find_task(const Call& call, const Dialect& dialect, const Claim& claim, Sandboxes& sandboxes,
               Identity& out) {
  out.task = dialect.addressed(call);
  const Sandboxes::Found found = sandboxes.find_task(call.provider, out.task);
  if (out.task.size() > kShownId) out.task.resize(kShownId);
  if (!found) return;
  if (!dialect.addresses(call, *found.task))
    out.note = "the task is known by another path";
  else if (claim.named && claim.box != found.box->name() && dialect.keys_separate_tasks())
    out.note = "the task is another key's";
  else
    out.found = found;
}

}  // namespace

SandboxNames::SandboxNames(std::vector<std::string> real_keys, std::size_t most, Memory* memory)
    : real_keys_(std::move(real_keys)), most_(most), held_(memory, Held::kNames) {}

// Compiling the patterns takes longer than a request does, so it is done once, and not at the
// start.
bool SandboxNames::looks_real(std::string_view key) {
  for (const std::string& pattern : std::exchange(real_keys_, {}))
    if (auto compiled = contract::compile(pattern)) patterns_.push_back(*std::move(compiled));
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [&](const auto& pattern) { return contract::matches_whole(*pattern, key); });
}

std::string SandboxNames::of(std::string_view key) {
  if (const auto known = names_.find(std::string(key)); known != names_.end()) return known->second;
  std::string name = looks_real(key) ? masked_name(key) : plain_name(key);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !is_plain(c); }, '-');
  if (name.empty()) name = "default";
  // Whoever sends long keys has them read each time; they are not kept.
  if (key.size() > kLongestKept) return name;
  if (names_.size() >= most_) let_go();
  names_.emplace(key, name);
  held_.add(kNameNode + key.size() + name.size());
  return name;
}

void SandboxNames::let_go() {
  names_ = {};
  held_.set(0);
}

Claim claim_of(const Call& call, const Dialect& dialect, SandboxNames& names) {
  Claim out;
  out.key = dialect.key_of(*call.request);
  if (!out.key.empty()) out.shown = names.of(out.key);
  if (const auto header = call.request->headers.get("x-emulator-sandbox")) {
    out.box = names.of(*header);
    out.named = true;
    return out;
  }
  // For addresses that are fetched by somebody who sets no headers, such as a provider's key set.
  if (call.query.find("x-emulator-sandbox") != std::string::npos)
    if (const auto in_query = call.parameter("x-emulator-sandbox")) {
      out.box = names.of(*in_query);
      out.named = true;
      return out;
    }
  out.named = !out.key.empty();
  out.box = out.named ? out.shown : "default";
  return out;
}

std::optional<http::Reply> unknown_scenario(std::string_view box, Sandboxes& sandboxes,
                                            ScenarioLibrary& library) {
  constexpr std::string_view kMark = "emu.";
  if (!box.starts_with(kMark) || sandboxes.find(box) != nullptr) return std::nullopt;
  const std::string_view rest = box.substr(kMark.size());
  const auto known = library.find(rest.substr(0, rest.find('.')));
  if (known) return std::nullopt;
  return our_error(400, "unknown_scenario", known.error());
}

Identity identify(const Call& call, const Dialect& dialect, const Claim& claim,
                  Sandboxes& sandboxes, const Uploads& uploads) {
  Identity out;
  out.box = claim.box;
  if (call.route == nullptr) return out;
  switch (call.route->on) {
    case On::kPoll:
    case On::kResult:
    case On::kStream:
    case On::kCancel:
      find_task(call, dialect, claim, sandboxes, out);
      break;
    case On::kDownload:
      out.found = sandboxes.find_picture(call.provider, call.path);
      if (!out.found)
        if (const Uploads::File* file = uploads.find(call.provider, call.path))
          out.box = file->sandbox;
      break;
    default:
      break;
  }
  if (out.found) {
    out.task = out.found.task->id;
    out.box = out.found.box->name();
  }
  return out;
}

}  // namespace emulator
