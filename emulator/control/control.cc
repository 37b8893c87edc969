#include "emulator/control/control.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/control/views.h"

namespace emulator {
namespace {

constexpr std::string_view kRoot = "/_emulator";

std::string_view host_name(std::string_view authority) {
  if (!authority.empty() && authority.front() == '[')
    return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

// Names that can only mean this machine, so that no foreign page can have resolved them to us.
bool is_own_host(std::string_view authority) {
  const std::string_view host = host_name(authority);
  return host.empty() || host == "localhost" || host.ends_with(".localhost") ||
         host.starts_with("127.") || host == "[::1]" || host == "unix";
}

http::Reply bad_request(std::string_view message) { return our_error(400, "bad_request", message); }
http::Reply not_found(std::string_view message) { return our_error(404, "not_found", message); }

http::Reply wrong_method(std::string_view allowed) {
  http::Reply reply = our_error(405, "wrong_method", "allowed here: " + std::string(allowed));
  reply.headers.add("allow", std::string(allowed));
  return reply;
}

// The body as an object; an empty body is an empty object.
Result<Json, std::string> object_body(const http::Request& request) {
  if (trimmed(request.body).empty()) return Json::object();
  auto body = decode_json(request.body);
  if (!body)
    return Failure{"the body is no JSON: " + body.error().text + " at character " +
                   std::to_string(body.error().position)};
  if (!body->is_object()) return Failure{std::string("the body must be a JSON object")};
  return std::move(*body);
}

std::optional<std::string> unknown_key(const Json& body, const std::vector<std::string>& known) {
  for (const auto& [key, value] : body.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string text = "unknown key \"" + valid_utf8(key) + "\"";
    if (const auto hint = nearest(key, known)) return text + "; did you mean \"" + *hint + "\"?";
    text += "; known:";
    for (const std::string& name : known) text += " " + name;
    return text;
  }
  return std::nullopt;
}

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

// A request below /_emulator/sandboxes/{name}, taken apart.
struct Control::Asked {
  const http::Request& request;
  std::string sandbox;
  std::vector<std::string> rest;  // decoded segments after the name
  bool is(std::string_view method) const { return request.method == method; }
};

Control::Control(Options options, Parts parts)
    : options_(std::move(options)), parts_(std::move(parts)) {}

bool Control::owns(std::string_view path) {
  return path.starts_with(kRoot) && (path.size() == kRoot.size() || path[kRoot.size()] == '/');
}

// A page of a foreign site must not steer us through the user's browser, neither by its own name
// (Origin) nor by a name it has pointed at this machine (Host).
std::optional<http::Reply> Control::denied(const http::Request& request) const {
  const std::string_view public_host =
      options_.public_url.empty()
          ? std::string_view()
          : std::string_view(options_.public_url).substr(options_.public_url.find("://") + 3);
  const auto own = [&](std::string_view authority) {
    return is_own_host(authority) || host_name(authority) == options_.host ||
           (!public_host.empty() && host_name(authority) == host_name(public_host));
  };
  if (!own(request.host()) && options_.token.empty())
    return our_error(403, "foreign_host",
                     "the control API does not answer Host \"" +
                         valid_utf8(request.host().substr(0, 100)) + "\"; use localhost");
  if (const auto origin = request.headers.get("origin"); origin && *origin != "null") {
    const auto scheme = origin->find("://");
    if (scheme == std::string_view::npos || !own(origin->substr(scheme + 3)))
      return our_error(403, "foreign_origin", "the control API does not answer foreign pages");
  } else if (origin) {
    return our_error(403, "foreign_origin", "the control API does not answer foreign pages");
  }
  if (!options_.token.empty() &&
      request.headers.get("authorization").value_or("") != "Bearer " + options_.token) {
    http::Reply reply = our_error(401, "token_needed",
                                  "the control API wants the token of --control-token, as "
                                  "Authorization: Bearer TOKEN");
    reply.headers.add("www-authenticate", "Bearer");
    return reply;
  }
  return std::nullopt;
}

void Control::handle(const std::shared_ptr<const http::Request>& request, http::Respond respond) {
  if (auto reply = denied(*request)) return respond(std::move(*reply));
  const std::string_view path = std::string_view(request->path).substr(kRoot.size());
  std::vector<std::string> segments;
  for (const std::string_view part : split(path, '/'))
    if (!part.empty()) segments.push_back(http::percent_decoded(part));
  const bool reads = request->method == "GET" || request->method == "HEAD";

  if (segments.size() == 1 && segments[0] == "health")
    return respond(reads ? health() : wrong_method("GET"));
  if (!segments.empty() && segments[0] == "sandboxes") {
    if (segments.size() == 1) return respond(reads ? list_sandboxes() : wrong_method("GET"));
    Asked asked{*request, parts_.pipeline.sandbox_name(segments[1]), {}};
    asked.rest.assign(segments.begin() + 2, segments.end());
    return sandbox_call(asked, std::move(respond));
  }
  respond(not_found("no control call at " + valid_utf8(request->path.substr(0, 200)) +
                    "; there are /_emulator/health and /_emulator/sandboxes[/{name}"
                    "[/reset|/scenario|/clock|/tasks|/requests]]"));
}

http::Reply Control::health() const {
  const auto up =
      std::chrono::duration_cast<Millis>(parts_.sandboxes.wall().now() - options_.started);
  return json_reply(200,
                    {{"status", "ok"}, {"version", options_.version}, {"uptime_ms", up.count()}});
}

Json Control::summary(Sandbox& box) const {
  Json credits = Json::object();
  for (const auto& [provider, account] : box.accounts)
    credits[parts_.registry.name(provider)] = parts_.pipeline.credits(box, provider);
  return {{"name", box.name()},
          {"now", rfc3339(box.now(), 3)},
          {"speed", box.clock.speed()},
          {"seed", box.seed},
          {"scenario", box.scenario->name},
          {"tasks", box.tasks.size()},
          {"requests", box.journal.seen()},
          {"pending", box.agenda.size()},
          {"credits", std::move(credits)}};
}

http::Reply Control::list_sandboxes() const {
  Json list = Json::array();
  for (Sandbox* box : parts_.sandboxes.all()) list.push_back(summary(*box));
  return json_reply(200, {{"sandboxes", std::move(list)}});
}

void Control::sandbox_call(const Asked& asked, http::Respond respond) {
  const std::string what = asked.rest.empty() ? "" : asked.rest[0];
  if (what.empty() && asked.is("DELETE")) {
    if (Sandbox* box = parts_.sandboxes.find(asked.sandbox); box != nullptr && box->moving)
      return respond(our_error(409, "clock_moving", "the sandbox's clock is being moved"));
    const bool was = parts_.sandboxes.drop(asked.sandbox);
    return respond(json_reply(200, {{"deleted", was}}));
  }
  Sandbox& box = parts_.sandboxes.named(asked.sandbox);
  if (what.empty())
    return respond(asked.is("GET") ? json_reply(200, summary(box)) : wrong_method("GET, DELETE"));
  if (what == "clock") return clock(asked, box, std::move(respond));
  if (what == "reset") return respond(asked.is("POST") ? reset(asked, box) : wrong_method("POST"));
  if (what == "tasks") return respond(asked.is("GET") ? tasks(asked, box) : wrong_method("GET"));
  if (what == "requests")
    return respond(asked.is("GET") ? requests(asked, box) : wrong_method("GET"));
  if (what == "scenario")
    return respond(asked.is("GET") || asked.is("PUT") ? scenario(asked, box)
                                                      : wrong_method("GET, PUT"));
  respond(not_found("a sandbox has no \"" + valid_utf8(what) +
                    "\"; it has reset, scenario, clock, tasks, requests"));
}

http::Reply Control::reset(const Asked& asked, Sandbox& box) {
  if (box.moving) return our_error(409, "clock_moving", "the sandbox's clock is being moved");
  const auto body = object_body(asked.request);
  if (!body) return bad_request(body.error());
  if (const auto problem = unknown_key(*body, {"what"})) return bad_request(*problem);
  Sandboxes::Reset what;
  Json done = Json::array();
  const std::vector<std::pair<std::string, bool Sandboxes::Reset::*>> parts = {
      {"tasks", &Sandboxes::Reset::tasks},       {"journal", &Sandboxes::Reset::journal},
      {"counters", &Sandboxes::Reset::counters}, {"clock", &Sandboxes::Reset::clock},
      {"scenario", &Sandboxes::Reset::scenario}, {"credits", &Sandboxes::Reset::credits}};
  if (const auto list = body->find("what"); list != body->end()) {
    if (!list->is_array()) return bad_request("\"what\" must be a list such as [\"tasks\"]");
    for (const auto& [name, member] : parts) what.*member = false;
    for (const Json& item : *list) {
      const auto known = std::find_if(parts.begin(), parts.end(),
                                      [&](const auto& part) { return item == part.first; });
      if (known == parts.end())
        return bad_request(
            "\"what\" knows tasks, journal, counters, clock, scenario, credits; not " +
            compact_json(item));
      what.*(known->second) = true;
    }
  }
  for (const auto& [name, member] : parts)
    if (what.*member) done.push_back(name);
  parts_.sandboxes.reset(box, what);
  return json_reply(200, {{"reset", std::move(done)}});
}

void Control::clock(const Asked& asked, Sandbox& box, http::Respond respond) {
  const auto shown = [](const Sandboxes::Moved& moved, double speed) {
    Json fired = Json::array();
    for (const auto& item : moved.fired)
      fired.push_back({{"at", rfc3339(item.at, 3)}, {"kind", item.kind}, {"id", item.id}});
    Json pending = Json::array();
    for (const auto& item : moved.pending)
      pending.push_back({{"at", rfc3339(item.at, 3)}, {"kind", item.kind}, {"id", item.id}});
    Json out = {{"now", rfc3339(moved.now, 3)},
                {"speed", speed},
                {"fired", std::move(fired)},
                {"pending", std::move(pending)}};
    if (moved.more) out["fired_cut"] = true;
    return json_reply(200, out);
  };
  if (asked.is("GET"))
    return respond(shown({box.now(), {}, box.agenda.entries(), false}, box.clock.speed()));
  if (!asked.is("POST")) return respond(wrong_method("GET, POST"));
  if (box.moving)
    return respond(our_error(409, "clock_moving", "another call is moving this clock"));

  const auto body = object_body(asked.request);
  if (!body) return respond(bad_request(body.error()));
  if (const auto problem = unknown_key(*body, {"advance", "to", "freeze", "set", "speed"}))
    return respond(bad_request(*problem));
  const auto text = [&](const char* key) -> std::string {
    const auto found = body->find(key);
    return found != body->end() && found->is_string() ? found->get<std::string>() : "";
  };

  std::optional<Instant> target;
  if (body->contains("advance")) {
    const auto by = parse_duration(text("advance"));
    if (!by) return respond(bad_request("\"advance\": " + by.error()));
    if (*by > std::chrono::hours(24 * 365 * 50))
      return respond(bad_request("\"advance\" is at most 50 years"));
    target = box.now() + *by;
  }
  if (body->contains("set")) {
    const auto at = parse_instant(text("set"));
    if (!at) return respond(bad_request("\"set\": " + at.error()));
    if (target) return respond(bad_request("give \"advance\" or \"set\", not both"));
    target = *at;
  }
  if (body->contains("to")) {
    if (text("to") != "next" || target)
      return respond(bad_request("\"to\" takes \"next\", and neither \"advance\" nor \"set\""));
    target = parts_.sandboxes.next_event(box).value_or(box.now());
  }
  if (const auto freeze = body->find("freeze"); freeze != body->end()) {
    if (!freeze->is_boolean()) return respond(bad_request("\"freeze\" is true or false"));
    if (freeze->get<bool>() != box.clock.frozen()) box.clock.run_at(freeze->get<bool>() ? 0 : 1);
  }
  if (const auto speed = body->find("speed"); speed != body->end()) {
    if (!speed->is_number() || !(speed->get<double>() >= 0 && speed->get<double>() <= 1e6))
      return respond(bad_request("\"speed\" is a number from 0 to 1000000"));
    box.clock.run_at(speed->get<double>());
  }
  parts_.sandboxes.clock_changed(box);
  const double speed = box.clock.speed();
  if (!target) return respond(shown({box.now(), {}, box.agenda.entries(), false}, speed));
  parts_.sandboxes.move(box, *target,
                        [respond = std::move(respond), shown, speed](Sandboxes::Moved moved) {
                          respond(shown(moved, speed));
                        });
}

http::Reply Control::tasks(const Asked& asked, Sandbox& box) {
  const Instant now = box.now();
  if (asked.rest.size() == 2) {
    for (const Task& task : box.tasks.all())
      if (task.id == asked.rest[1]) return json_reply(200, task_view(parts_.registry, task, now));
    return not_found("no task \"" + valid_utf8(asked.rest[1]) + "\" in this sandbox");
  }
  std::size_t limit = 1'000;
  if (const auto wanted = asked.request.parameter("limit")) {
    const auto parsed = number(*wanted);
    if (!parsed || *parsed > 100'000) return bad_request("\"limit\" is a number from 0 to 100000");
    limit = *parsed;
  }
  Json list = Json::array();
  const auto& all = box.tasks.all();
  for (std::size_t i = all.size() > limit ? all.size() - limit : 0; i < all.size(); ++i)
    list.push_back(task_view(parts_.registry, all[i], now));
  return json_reply(200, {{"tasks", std::move(list)}});
}

http::Reply Control::requests(const Asked& asked, Sandbox& box) {
  if (asked.rest.size() == 2) {
    std::string_view id = asked.rest[1];
    if (id.starts_with(box.name() + "-")) id.remove_prefix(box.name().size() + 1);
    const auto wanted = number(id);
    const auto found = wanted ? box.journal.find(*wanted) : nullptr;
    if (!found)
      return not_found("no request \"" + valid_utf8(asked.rest[1]) +
                       "\" in this sandbox's journal (it keeps the latest ones only)");
    return json_reply(200, exchange_view(box, *found, parts_.pipeline));
  }
  const http::Request& request = asked.request;
  const auto provider = request.parameter("provider");
  const auto on = request.parameter("on");
  const auto status = request.parameter("status");
  const auto task = request.parameter("task");
  std::optional<Instant> since;
  if (const auto text = request.parameter("since")) {
    const auto at = parse_instant(*text);
    if (!at) return bad_request("\"since\": " + at.error());
    since = *at;
  }
  std::size_t limit = 1'000;
  if (const auto text = request.parameter("limit")) {
    const auto parsed = number(*text);
    if (!parsed || *parsed > 100'000) return bad_request("\"limit\" is a number from 0 to 100000");
    limit = *parsed;
  }
  if (on && !from_word(*on, kOnWords))
    return bad_request("\"on\" knows no \"" + valid_utf8(*on) + "\"");
  std::vector<Json> lines;
  const auto& all = box.journal.all();
  for (auto it = all.rbegin(); it != all.rend() && lines.size() < limit; ++it) {
    const Exchange& exchange = **it;
    if (provider && exchange.provider != *provider) continue;
    if (on && word(exchange.on) != *on) continue;
    if (status && std::to_string(exchange.status) != *status) continue;
    if (task && exchange.task != *task) continue;
    if (since && exchange.at < *since) continue;
    lines.push_back(exchange_line(box, exchange));
  }
  std::reverse(lines.begin(), lines.end());
  return json_reply(200, {{"requests", std::move(lines)}, {"seen", box.journal.seen()}});
}

http::Reply Control::scenario(const Asked& asked, Sandbox& box) {
  if (asked.is("PUT")) {
    std::shared_ptr<const scenario::Scenario> wanted;
    const auto named = decode_json(asked.request.body);
    if (named && named->is_object() && named->size() == 1 && named->contains("name") &&
        (*named)["name"].is_string()) {
      auto found = parts_.library.find((*named)["name"].get<std::string>());
      if (!found) return our_error(422, "unknown_scenario", found.error());
      wanted = *found;
    } else {
      const std::string file = "sandbox " + box.name();
      auto loaded = scenario::load(file, asked.request.body, parts_.library.vocabulary());
      if (!loaded) {
        Json errors = Json::array();
        for (const yaml::Problem& problem : loaded.error())
          errors.push_back({{"line", problem.at.line},
                            {"column", problem.at.column},
                            {"message", problem.text}});
        return our_error(422, "bad_scenario", yaml::worded(file, loaded.error().front()),
                         {{"errors", std::move(errors)}});
      }
      wanted = loaded->scenario;
    }
    parts_.sandboxes.set_scenario(box, std::move(wanted));
  }
  return json_reply(200, {{"name", box.scenario->name},
                          {"about", box.scenario->about},
                          {"file", box.scenario->file},
                          {"text", box.scenario->text}});
}

}  // namespace emulator
