#include "emulator/control/control.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/routes.h"
#include "emulator/control/tally.h"
#include "emulator/control/watch.h"

namespace emulator {
namespace {

constexpr std::string_view kRoot = "/_emulator";

using Captured = std::map<std::string, std::string>;

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  for (const std::string_view part : split(path, '/'))
    if (!part.empty()) out.push_back(http::percent_decoded(part));
  return out;
}

// What the `{name}`s of a route stand for, when the path is one of it.
std::optional<Captured> captured(std::string_view route, const std::vector<std::string>& path) {
  Captured out;
  std::size_t at = 0;
  for (const std::string_view part : split(route.substr(1), '/')) {
    if (at == path.size()) return std::nullopt;
    const std::string& segment = path[at++];
    if (part.starts_with('{'))
      out.emplace(part.substr(1, part.size() - 2), segment);
    else if (part != segment)
      return std::nullopt;
  }
  if (at != path.size()) return std::nullopt;
  return out;
}

std::vector<std::string> all_paths() {
  std::vector<std::string> out;
  for (const control::Route& route : control::routes()) {
    std::string path = std::string(kRoot) + std::string(route.path);
    if (std::find(out.begin(), out.end(), path) == out.end()) out.push_back(std::move(path));
  }
  return out;
}

http::Reply no_such_call(const http::Request& request) {
  std::string text =
      "no control call at " + valid_utf8(request.path.substr(0, 200)) + "; there are";
  const std::vector<std::string> paths = all_paths();
  for (const std::string& path : paths) text += " " + path;
  return our_error(404, "not_found", text, {{"at", "path"}, {"allowed", paths}});
}

http::Reply wrong_method(const http::Request& request, const std::vector<std::string>& allowed) {
  std::string list;
  for (const std::string& method : allowed) list += (list.empty() ? "" : ", ") + method;
  http::Reply reply =
      our_error(405, "wrong_method",
                valid_utf8(request.method.substr(0, 40)) + " is not taken here; allowed: " + list,
                {{"at", "method"}, {"allowed", allowed}});
  reply.headers.add("allow", list);
  return reply;
}

}  // namespace

Control::Control(Options options, Parts parts)
    : options_(std::move(options)),
      parts_(std::move(parts)),
      tally_(std::make_unique<control::Tally>()),
      watch_(std::make_unique<control::Watch>(options_.limits, parts_)) {}

Control::~Control() = default;

void Control::told(const Exchange& exchange) { tally_->told(exchange); }

void Control::stop() { watch_->stop(); }

bool Control::owns(std::string_view path) {
  return path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

void Control::handle(const std::shared_ptr<const http::Request>& request, http::Respond respond) {
  if (auto reply = control::denied(options_.access, *request)) return respond(std::move(*reply));
  const auto path = segments_of(std::string_view(request->path).substr(kRoot.size()));
  std::string_view method = request->method;
  if (method == "HEAD") method = "GET";
  std::vector<std::string> allowed;
  for (const control::Route& route : control::routes()) {
    auto names = captured(route.path, path);
    if (!names) continue;
    if (method != route.method) {
      allowed.emplace_back(route.method);
      continue;
    }
    if (const auto box = names->find("sandbox"); box != names->end())
      box->second = parts_.pipeline.sandbox_name(box->second);
    const control::Call call{request,          parts_,           *watch_,
                             *tally_,          options_.limits,  options_.version,
                             options_.started, std::move(*names)};
    return route.handle(call, std::move(respond));
  }
  respond(allowed.empty() ? no_such_call(*request) : wrong_method(*request, allowed));
}

}  // namespace emulator
