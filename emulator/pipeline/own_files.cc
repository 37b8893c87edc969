// An address is read as the router would read a request for it, so that what a body may name and
// what a download is answered with cannot differ. Whether it leads here at all is asked first: the
// same port under another name of this machine does, a provider's real host does not unless it was
// handed out here.
#include "emulator/pipeline/own_files.h"

#include <memory>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/pipeline/pictures.h"

namespace emulator {
namespace {

// The parts of an http address, as it is written.
struct Parts {
  std::string_view authority, path, query;
};

std::optional<Parts> parts_of(std::string_view address) {
  const auto scheme = address.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  address.remove_prefix(scheme + 3);
  address = address.substr(0, address.find('#'));
  Parts out;
  out.authority = address.substr(0, address.find_first_of("/?"));
  address.remove_prefix(out.authority.size());
  if (const auto at = out.authority.rfind('@'); at != std::string_view::npos)
    out.authority.remove_prefix(at + 1);
  const auto mark = address.find('?');
  out.path = address.substr(0, mark);
  if (mark != std::string_view::npos) out.query = address.substr(mark + 1);
  if (out.path.empty()) out.path = "/";
  return out;
}

bool ends_in_localhost(std::string_view host) {
  constexpr std::string_view kLocal = ".localhost";
  return host.size() > kLocal.size() &&
         http::same_name(host.substr(host.size() - kLocal.size()), kLocal);
}

bool is_loopback_name(std::string_view host) {
  return host == "[::1]" || host.starts_with("127.") || http::same_name(host, "localhost") ||
         ends_in_localhost(host);
}

// How a picture looks that the task's scenario spoils on its way.
image::Inspection::State spoilt(const Task& task) {
  using Kind = scenario::ImageTrouble::Kind;
  using State = image::Inspection::State;
  const scenario::Then* script = task.fate.script.get();
  if (script == nullptr || !script->image) return State::kWhole;
  if (script->image->kind == Kind::kZeroBytes) return State::kEmpty;
  return script->image->kind == Kind::kTruncated ? State::kCutOff : State::kWhole;
}

}  // namespace

std::string upload_note(std::string_view path) { return "ticket " + std::string(path); }

std::optional<http::Reply> dead_link(const Dialect& dialect, const Call& call, const Task& task,
                                     const TaskView& view,
                                     const std::optional<scenario::LinkState>& links) {
  using scenario::LinkState;
  using Missing = PictureWording::Missing;
  const PictureWording& pictures = *dialect.pictures();  // whose link this is
  if (links) {
    const Missing why = *links == LinkState::kExpired ? Missing::kExpired
                        : *links == LinkState::kGone  ? Missing::kGone
                                                      : Missing::kForbidden;
    return pictures.picture_missing(call, why);
  }
  const auto kept = pictures.pictures_kept_for();
  if (task.deleted || (kept && call.now > view.ended + *kept))
    return pictures.picture_missing(call, Missing::kGone);
  return pictures.picture_refused(call, task, view);
}

OwnFiles::OwnFiles(Registry& registry, Sandboxes& sandboxes, const Uploads& uploads,
                   std::string_view public_url)
    : registry_(registry), sandboxes_(sandboxes), uploads_(uploads), router_(registry, "") {
  if (const auto parts = parts_of(public_url)) public_authority_ = parts->authority;
}

// The authority the caller used, the public one, or another name of the same port on this machine.
bool OwnFiles::leads_here(std::string_view authority, const Call& asked) const {
  const std::string_view own = asked.request->host();
  if (http::same_name(authority, own)) return true;
  if (!public_authority_.empty() && http::same_name(authority, public_authority_)) return true;
  const std::string_view there = without_port(authority);
  const std::string_view here = without_port(own);
  return authority.substr(there.size()) == own.substr(here.size()) && is_loopback_name(there) &&
         is_loopback_name(here);
}

OwnFiles::File OwnFiles::at(std::string_view address, const Call& asked) const {
  const auto parts = parts_of(address);
  if (!parts || parts->authority.empty()) return {};
  auto fetch = std::make_shared<http::Request>();
  fetch->method = "GET";
  fetch->path = parts->path;
  fetch->query = parts->query;
  fetch->target = fetch->path + (parts->query.empty() ? "" : "?" + fetch->query);
  fetch->headers.add("host", std::string(parts->authority));

  auto link = router_.find(std::move(fetch));
  const bool real = link && link->origin.via == Origin::Via::kHost &&
                    !ends_in_localhost(without_port(parts->authority));
  if (!real && !leads_here(parts->authority, asked)) return {};
  File file{real ? State::kOutside : State::kMissing, 0, {}};
  if (!link) return file;
  find_route(*link, registry_.contract(link->provider));
  if (link->route == nullptr || link->route->on != On::kDownload) return file;
  const File known = found(*link);
  if (known.state != State::kOutside) return known;
  if (asked.box->find_note(link->provider, upload_note(link->path)) != nullptr)
    file.state = State::kMissing;
  return file;
}

// kOutside when nothing is known of that path.
OwnFiles::File OwnFiles::found(Call& link) const {
  if (const auto task = sandboxes_.find_picture(link.provider, link.path)) return made(link, task);
  const Uploads::File* file = uploads_.find(link.provider, link.path);
  if (file == nullptr) return {};
  const Sandbox* box = sandboxes_.find(file->sandbox);
  if (file->expires && box != nullptr && box->now() >= *file->expires)
    return {State::kExpired, file->size, {}};
  return {State::kThere, file->size, file->picture};
}

OwnFiles::File OwnFiles::made(Call& link, const Sandboxes::Found& task) const {
  const Dialect& dialect = registry_.dialect(link.provider);
  link.set_sandbox(*task.box);
  const TaskView view = state_at(*task.task, link.now);
  const scenario::Then* script = task.task->fate.script.get();
  const auto links = script != nullptr ? script->links : std::nullopt;
  if (dead_link(dialect, link, *task.task, view, links)) return {State::kExpired, 0, {}};
  const auto trouble = script != nullptr ? script->image : std::nullopt;
  const image::Picture picture = picture_of(dialect, *task.task, task.index, trouble);
  return {State::kThere,
          0,
          {spoilt(*task.task), image::content_type(picture.format),
           image::Size{picture.width, picture.height}}};
}

}  // namespace emulator
