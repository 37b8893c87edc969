#include "emulator/providers/fal/storage.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/crypto.h"
#include "emulator/base/text.h"
#include "emulator/pipeline/own_files.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/names.h"
#include "emulator/providers/fal/output.h"
#include "emulator/providers/fal/submission.h"
#include "emulator/providers/fal/token.h"

namespace emulator::fal {
namespace {

// "2026-09-27T21:47:25.394105+00:00"
std::string python_date(Instant at) {
  std::string text = rfc3339(at, 6);
  text.pop_back();
  return text + "+00:00";
}

// What a header or a claim says about how long a file lives and who may see it.
struct Lifecycle {
  std::optional<Duration> life;  // nullopt: as the account has it
  std::string acl;
};

Lifecycle lifecycle_of(std::string_view text) {
  Lifecycle out;
  const auto wanted = decode_json(text);
  if (!wanted || !wanted->is_object()) return out;
  if (const auto life = wanted->find("expiration_duration_seconds");
      life != wanted->end() && life->is_number())
    out.life = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(std::clamp(life->get<double>(), 1e-9, 1e9)));
  if (const auto acl = wanted->find("initial_acl"); acl != wanted->end())
    out.acl = text_in(*acl, "default");
  return out;
}

std::string lifecycle_header(const http::Request& request) {
  auto header = request.headers.get("x-fal-object-lifecycle");
  if (!header) header = request.headers.get("x-fal-object-lifecycle-preference");
  return valid_utf8(header.value_or("").substr(0, 4'096));
}

// One storage call on its way.
class Storing {
 public:
  Storing(const emulator::Dialect& dialect, const Call& call, Desk& desk)
      : dialect_(dialect), contract_(dialect.contract()), call_(call), desk_(desk) {}

  http::Reply initiate(bool parts) const {
    if (const auto kind = call_.parameter("storage_type"); kind && *kind != "fal-cdn-v3")
      return error("storage_type");
    const Json asked = body();
    const std::string name(text_in(asked, "file_name"));
    const std::string_view given = text_in(asked, "content_type");
    const std::string_view type = given.empty() ? "application/octet-stream" : given;
    const std::string path = new_path(name);
    call_.notes.put(upload_note(path), true);
    const std::string query = "?" + leave(path, type, name);
    const std::string to = parts ? path + "/multipart/" + new_upload_id() : path;
    const std::string file = files().link("cdn", path);
    const std::string link = files().link("cdn", to + query);
    return json_reply(200, parts ? Json{{"upload_url", link}, {"file_url", file}}
                                 : Json{{"file_url", file}, {"upload_url", link}});
  }

  http::Reply token() const {
    if (const auto kind = call_.parameter("storage_type"); kind && *kind != "fal-cdn-v3")
      return error("storage_type");
    const Instant until = call_.now + facts_of(contract_).token_life;
    return json_reply(200, {{"token", make_token(*call_.box, {{"exp", unix_seconds(until)}})},
                            {"created_at", python_date(call_.now)},
                            {"expires_at", python_date(until)},
                            {"base_url", files().link("cdn", "")},
                            {"token_type", "Bearer"}});
  }

  // A bare JSON string.
  http::Reply realtime_token() const {
    const Json asked = body();
    Duration life = facts_of(contract_).realtime_token_life;
    for (const char* key : {"token_expiration", "duration"})
      if (const auto wanted = asked.find(key); wanted != asked.end() && wanted->is_number())
        life =
            std::chrono::seconds(std::clamp<std::int64_t>(wanted->get<std::int64_t>(), 1, 86'400));
    const std::string text =
        make_token(*call_.box, {{"allowed_apps", asked.value("allowed_apps", Json::array())},
                                {"exp", unix_seconds(call_.now + life)}});
    return json_reply(200, text);
  }

  http::Reply put() {
    const std::string path = http::percent_decoded(call_.path);
    const auto leave = permitted(path);
    if (!leave) return leave.error();
    const std::string type = request_type();
    return keep(path,
                about(type.empty() ? text_in(*leave, "type") : std::string_view(type),
                      text_in(*leave, "name"), text_in(*leave, "lifecycle")),
                http::Reply{});
  }

  http::Reply upload() {
    if (!has_key()) return error("no_rest_key");
    const std::string path = new_path(file_name());
    return keep(path, about(request_type(), file_name(), lifecycle_header(*call_.request)),
                json_reply(200, {{"access_url", files().link("cdn", path)}, {"uploaded", true}}));
  }

  http::Reply begin_parts() {
    if (!has_key()) return error("no_rest_key");
    const std::string path = new_path(file_name());
    call_.notes.put(upload_note(path), true);
    call_.notes.put("upload " + path, {{"type", request_type()},
                                       {"name", file_name()},
                                       {"lifecycle", lifecycle_header(*call_.request)}});
    return json_reply(200,
                      {{"access_url", files().link("cdn", path)}, {"uploadId", new_upload_id()}});
  }

  http::Reply put_part() {
    if (const auto leave = permitted(parted_path()); !leave) return leave.error();
    const std::string_view number = call_.capture("part");
    if (number.empty() || number.size() > 5 ||
        number.find_first_not_of("0123456789") != std::string_view::npos)
      return error("missing_part");
    const std::string etag = '"' + to_hex(md5(call_.request->body)) + '"';
    Uploads::File file;
    file.sandbox = call_.box->name();
    file.uploaded = call_.now;
    file.expires = call_.now;  // nobody can fetch a part
    if (!desk_.uploads().put(call_.provider, part_path(number), std::move(file),
                             call_.request->body))
      return error("upload_too_large");
    http::Reply reply =
        json_reply(200, {{"partNumber", std::stoi(std::string(number))}, {"etag", etag}});
    reply.headers.add("etag", etag);
    return reply;
  }

  http::Reply complete() {
    const auto leave = permitted(parted_path());
    if (!leave) return leave.error();
    const Json asked = body();
    // Clients send parts at once and list them as they end: their numbers are their order.
    std::map<std::int64_t, std::string> numbered;
    if (const auto list = asked.find("parts"); list != asked.end() && list->is_array())
      for (const Json& part : *list) {
        const auto number = part.is_object() ? part.find("partNumber") : part.end();
        if (!part.is_object() || number == part.end() || !number->is_number_integer())
          return error("missing_part");
        numbered.emplace(number->get<std::int64_t>(), part_path(compact_json(*number)));
      }
    if (numbered.empty()) return error("missing_part");
    std::vector<std::string> parts;
    parts.reserve(numbered.size());
    for (auto& [number, path] : numbered) parts.push_back(std::move(path));
    const std::string path = parted_path();
    if (!desk_.uploads().join(
            call_.provider, path,
            about(text_in(*leave, "type"), text_in(*leave, "name"), text_in(*leave, "lifecycle")),
            parts))
      return error("missing_part");
    call_.notes.drop("upload " + path);
    return json_reply(200, {{"access_url", files().link("cdn", path)}, {"uploaded", true}});
  }

 private:
  http::Reply error(std::string_view name) const { return error_reply(contract_, name); }

  Origin files() const {
    const bool here = facts_of(contract_).proxied_files == "emulator";
    return here ? call_.origin.reachable() : call_.origin;
  }

  Json body() const {
    return call_.json() && call_.json()->is_object() ? *call_.json() : Json::object();
  }

  std::string new_path(std::string_view name) const {
    Draw draw = call_.draw("fal upload");
    return upload_path(contract_, draw, name);
  }

  std::string new_upload_id() const {
    Draw draw = call_.draw("fal multipart");
    return hex_id(draw, 32);
  }

  // Signed leave to put a file under `path`.
  std::string leave(const std::string& path, std::string_view type, std::string_view name) const {
    const Duration life = facts_of(contract_).upload_link_life;
    return "upload_token=" +
           make_token(*call_.box, {{"path", path},
                                   {"type", type},
                                   {"name", name},
                                   {"lifecycle", lifecycle_header(*call_.request)},
                                   {"exp", unix_seconds(call_.now + life)}});
  }

  // The claims of the link's signature, if it is good for `path`; else the refusal.
  Result<Json, http::Reply> permitted(const std::string& path) const {
    if (const auto token = call_.parameter("upload_token")) {
      const auto claims = claims_in(*call_.box, *token);
      if (!claims || text_in(*claims, "path") != path) return Failure{error("bad_upload_link")};
      if (claims->at("exp").get<std::int64_t>() <= unix_seconds(call_.now))
        return Failure{error("late_upload_link")};
      return *claims;
    }
    // A part of an upload that was begun with a token, in the same sandbox.
    const Json* begun = call_.notes.find("upload " + path);
    if (begun == nullptr) return Failure{error("bad_upload_link")};
    return *begun;
  }

  Uploads::File about(std::string_view type, std::string_view name,
                      std::string_view lifecycle) const {
    Uploads::File file;
    const Lifecycle wanted = lifecycle_of(lifecycle);
    file.content_type = type.empty() ? "application/octet-stream" : std::string(type);
    file.name = name;
    file.sandbox = call_.box->name();
    file.uploaded = call_.now;
    const Duration life = wanted.life.value_or(dialect_.pictures()->link_life());
    if (life > Duration::zero()) file.expires = call_.now + life;
    file.note = wanted.acl;
    return file;
  }

  std::string request_type() const {
    return valid_utf8(call_.request->headers.get("content-type").value_or("").substr(0, 255));
  }

  http::Reply keep(const std::string& path, Uploads::File file, http::Reply good) {
    if (!desk_.uploads().put(call_.provider, path, std::move(file), call_.request->body))
      return error("upload_too_large");
    return good;
  }

  bool has_key() const { return call_.request->headers.has("authorization"); }

  std::string file_name() const {
    return valid_utf8(call_.request->headers.get("x-fal-file-name").value_or("").substr(0, 255));
  }

  std::string parted_path() const {
    return "/files/b/" + std::string(call_.capture("group")) + "/" +
           std::string(call_.capture("file"));
  }
  std::string part_path(std::string_view number) const {
    return parted_path() + "#" + std::string(call_.capture("upload")) + "#" + std::string(number);
  }

  const emulator::Dialect& dialect_;
  const contract::Contract& contract_;
  const Call& call_;
  Desk& desk_;
};

}  // namespace

http::Reply begin_upload(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  return Storing(dialect, call, desk).initiate(false);
}
http::Reply begin_parted_upload(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  return Storing(dialect, call, desk).initiate(true);
}
http::Reply upload_token(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  return Storing(dialect, call, desk).token();
}
http::Reply realtime_token(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  return Storing(dialect, call, desk).realtime_token();
}
http::Reply put_file(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  return Storing(dialect, call, desk).put();
}
http::Reply upload_file(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  return Storing(dialect, call, desk).upload();
}
http::Reply begin_parts(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  return Storing(dialect, call, desk).begin_parts();
}
http::Reply put_part(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  return Storing(dialect, call, desk).put_part();
}
http::Reply complete_parts(const emulator::Dialect& dialect, const Call& call, Desk& desk) {
  return Storing(dialect, call, desk).complete();
}

}  // namespace emulator::fal
