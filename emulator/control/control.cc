#include "emulator/control/control.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "emulator/base/text.h"
#include "emulator/control/input.h"
#include "emulator/control/pretty.h"
#include "emulator/control/routes.h"
#include "emulator/control/tally.h"
#include "emulator/control/watch.h"
#include "emulator/fleet/fleet.h"
#include "emulator/state/keeper.h"

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
  return our_error(404, "not_found",
                   "no control call at " + valid_utf8(request.path.substr(0, 200)) +
                       "; \"allowed\" lists those there are",
                   {{"at", "path"}, {"allowed", all_paths()}});
}

// A load balancer or an orchestrator that asks whether we live: it knows no token, and the names it
// goes by are its own.
bool is_probe(const http::Request& request) {
  return request.path == "/_emulator/health" &&
         (request.method == "GET" || request.method == "HEAD");
}

// What no token keeps from anybody, and no page can do harm with.
bool is_for_everybody(const http::Request& request) {
  return request.path == "/_emulator/ca.pem" &&
         (request.method == "GET" || request.method == "HEAD");
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
      watch_(std::make_unique<control::Watch>(options_.limits, parts_)) {
  parts_.has_page = options_.page.mode != control::Page::Mode::kOff;
}

Control::~Control() = default;

void Control::told(const Exchange& exchange) { tally_->told(exchange); }

void Control::stop() { watch_->stop(); }

bool Control::owns(std::string_view path) {
  return path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

bool Control::takes(const http::Request& request) const {
  return owns(request.path) ||
         (request.path == "/" && options_.page.mode != control::Page::Mode::kOff &&
          control::at_front_door(request));
}

void Control::handle(const std::shared_ptr<const http::Request>& request, http::Respond respond) {
  const control::Access& access = options_.access;
  if (request->path == "/") return respond(control::show_in());
  if (auto reply = control::page_reply(options_.page, *request)) {
    auto refused = control::foreign_host(access, *request);
    return respond(refused ? std::move(*refused) : std::move(*reply));
  }
  if (access.visitors.allowed_page(*request))
    respond = [&access, request, answer = std::move(respond)](http::Reply reply) {
      control::let_read(access, *request, reply);
      answer(std::move(reply));
    };
  if (control::wants_pretty(*request))
    respond = [answer = std::move(respond)](http::Reply reply) {
      control::make_pretty(reply);
      answer(std::move(reply));
    };
  if (parts_.refused)
    respond = [told = parts_.refused, request, answer = std::move(respond)](http::Reply reply) {
      if (reply.status >= 400) told(*request, reply);
      answer(std::move(reply));
    };
  // What comes from an emulator beside this one was asked there.
  if (auto reply = control::denied(access, *request);
      reply && !request->passed_on && !is_for_everybody(*request))
    return respond(is_probe(*request) ? control::bare_health() : std::move(*reply));
  if (auto reply = control::preflight(access, *request)) return respond(std::move(*reply));
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
    return parts_.keeper != nullptr
               ? call_once_brought(route, request, std::move(*names), std::move(respond))
               : call(route, request, std::move(*names), std::move(respond));
  }
  respond(allowed.empty() ? no_such_call(*request) : wrong_method(*request, allowed));
}

void Control::call(const control::Route& route, const std::shared_ptr<const http::Request>& request,
                   Captured captured, http::Respond respond) {
  const control::Call call{
      request,         parts_,           *watch_,          *tally_,
      options_.limits, options_.version, options_.started, std::move(captured)};
  route.handle(call, std::move(respond));
}

// With state that lasts: what the call is about is here before, and what it changed is written
// before its answer goes out.
void Control::call_once_brought(const control::Route& route,
                                const std::shared_ptr<const http::Request>& request,
                                Captured captured, http::Respond respond) {
  state::Keeper& keeper = *parts_.keeper;
  const auto box = captured.find("sandbox");
  const std::string name = box == captured.end() ? "" : box->second;
  const bool letters = route.path.starts_with("/inbox");
  if (name.empty() && !letters)
    return call(route, request, std::move(captured), std::move(respond));
  const auto go_on = [this, &route, &keeper, request, captured = std::move(captured), name](
                         const std::string& problem, const http::Respond& answer) {
    if (!problem.empty()) return answer(our_error(500, "state", problem));
    call(route, request, captured, [this, &keeper, name, answer](http::Reply reply) {
      const auto held = std::make_shared<http::Reply>(std::move(reply));
      const auto send = [answer, held] { answer(std::move(*held)); };
      Sandbox* const still = name.empty() ? nullptr : parts_.sandboxes.find(name);
      still != nullptr ? keeper.when_kept(*still, send) : keeper.when_rest_kept(send);
    });
  };
  if (parts_.fleet != nullptr)
    return parts_.fleet->settle(
        {letters ? state::kInboxes : name, {}}, request, std::move(respond), go_on,
        [this, request](http::Respond again) { handle(request, std::move(again)); });
  const auto here = [go_on, respond](const std::string& problem) { go_on(problem, respond); };
  if (!keeper.bring({name, std::nullopt, letters}, here)) here("");
}

}  // namespace emulator
