// Uploads. New SDKs ask for a ticket and PUT the bytes to a signed address of an object store;
// older ones post a form. Either way the file is served from its download address until it expires.
#include "emulator/providers/wavespeed/media.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/base/crypto.h"
#include "emulator/base/multipart.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/image/picture.h"
#include "emulator/providers/wavespeed/facts.h"
#include "emulator/providers/wavespeed/prediction.h"
#include "emulator/providers/wavespeed/submission.h"
#include "emulator/providers/wavespeed/wording.h"

namespace emulator::wavespeed {
namespace {

struct MediaType {
  std::string_view extension, type;
};
constexpr std::array<MediaType, 27> kTypes{{
    {"jpg", "image/jpeg"},        {"jpeg", "image/jpeg"},     {"png", "image/png"},
    {"webp", "image/webp"},       {"gif", "image/gif"},       {"bmp", "image/bmp"},
    {"tif", "image/tiff"},        {"tiff", "image/tiff"},     {"mp4", "video/mp4"},
    {"avi", "video/x-msvideo"},   {"mov", "video/quicktime"}, {"wmv", "video/x-ms-wmv"},
    {"flv", "video/x-flv"},       {"webm", "video/webm"},     {"mkv", "video/x-matroska"},
    {"3gp", "video/3gpp"},        {"ogv", "video/ogg"},       {"mp3", "audio/mpeg"},
    {"wav", "audio/wav"},         {"ogg", "audio/ogg"},       {"aac", "audio/aac"},
    {"flac", "audio/flac"},       {"m4a", "audio/mp4"},       {"opus", "audio/opus"},
    {"json", "application/json"}, {"txt", "text/plain"},      {"zip", "application/zip"},
}};

std::string extension_of(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return "";
  std::string out = lower_case(name.substr(dot + 1));
  const bool plain =
      !out.empty() && out.size() <= 8 &&
      out.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
  return plain ? out : std::string();
}

std::string type_of(std::string_view file_name) {
  const std::string extension = extension_of(file_name);
  for (const MediaType& known : kTypes)
    if (known.extension == extension) return std::string(known.type);
  return "application/octet-stream";
}

// "image", "video", "audio", else "file".
std::string kind_of(std::string_view content_type) {
  const std::string_view first = content_type.substr(0, content_type.find('/'));
  for (const std::string_view known : {"image", "video", "audio"})
    if (first == known) return std::string(known);
  return "file";
}

// /media/images/<unix nanoseconds>_<8 characters>.png
std::string new_path(const Call& call, std::string_view kind, std::string_view file_name) {
  Draw draw = call.draw("wavespeed upload");
  const std::string extension = extension_of(file_name);
  return "/media/" + std::string(kind) + "s/" +
         std::to_string(call.now.time_since_epoch().count()) + "_" +
         text_id(draw, 8, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") +
         (extension.empty() ? "" : "." + extension);
}

std::string day_and_time(Instant at) {
  std::string out;
  for (const char c : rfc3339(at, 0))
    if (c != '-' && c != ':') out += c;
  return out;
}

// The query of a presigned PUT. The credential names the sandbox, so that the PUT, which carries no
// key, finds it again.
std::string signed_query(const Sandbox& box, std::string_view path, Instant made, Duration life) {
  const std::string at = day_and_time(made);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(life).count();
  const std::string what =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=" + http::percent_encoded(box.name()) +
      "%2F" + at.substr(0, 8) + "%2Fauto%2Fs3%2Faws4_request&X-Amz-Date=" + at +
      "&X-Amz-Expires=" + std::to_string(seconds) +
      "&X-Amz-SignedHeaders=content-type%3Bhost%3Bif-none-match";
  return what + "&X-Amz-Signature=" +
         to_hex(hmac_sha256("wavespeed media " + std::to_string(box.seed),
                            std::string(path) + "?" + what));
}

contract::Field field(const char* name, contract::Type type, bool required) {
  contract::Field out;
  out.name = name;
  out.type = type;
  out.required = required;
  return out;
}

Refusal too_large() {
  Refusal refusal;
  refusal.kind = RefusalKind::kInvalidInput;
  refusal.error = "too_large_file";
  return refusal;
}

Uploads::File file_of(const Call& call, const contract::Contract& contract, std::string type,
                      std::string name) {
  Uploads::File file;
  file.content_type = std::move(type);
  file.name = std::move(name);
  file.sandbox = call.box->name();
  file.uploaded = call.now;
  file.expires = call.now + facts_of(contract).upload_life;
  return file;
}

}  // namespace

Result<Json, Refusal> upload_ticket(const Call& call, const contract::Contract& contract) {
  auto body = object_of(call);
  if (!body) return Failure{body.error()};
  contract::Rules rules;
  rules.coercion = contract::Coercion::kStrict;
  rules.all = false;
  if (const auto type = body->find("content_type"); type != body->end() && type->is_null())
    body->erase("content_type");
  contract::Field size = field("size", contract::Type::kInteger, true);
  size.min = 1;
  const auto checked = contract::validate(*body,
                                          {field("filename", contract::Type::kString, true), size,
                                           field("content_type", contract::Type::kString, false)},
                                          false, rules);
  if (!checked) return Failure{about(checked.error().front())};
  const std::string name = checked->at("filename").get<std::string>();
  if (name.empty()) return Failure{about_field("missing", "filename")};
  const auto bytes = checked->at("size").get<std::uint64_t>();
  if (bytes > facts_of(contract).max_upload.count) return Failure{too_large()};
  std::string type = checked->value("content_type", "");
  if (type.empty()) type = type_of(name);

  const std::string kind = kind_of(type);
  const std::string path = new_path(call, kind, name);
  const Duration life = facts_of(contract).ticket_life;
  const std::string query = signed_query(*call.box, path, call.now, life);
  const Instant until = call.now + life;
  call.notes.put("ticket " + path, {{"name", name},
                                    {"size", bytes},
                                    {"type", type},
                                    {"query", query},
                                    {"until", until.time_since_epoch().count()}});
  return Json{{"type", kind},
              {"download_url", call.origin.link("media", path)},
              {"filename", name},
              {"size", bytes},
              {"upload",
               {{"method", "PUT"},
                {"url", call.origin.link("media", path + "?" + query)},
                {"headers", {{"Content-Type", type}, {"If-None-Match", "*"}}},
                {"expires_at", rfc3339(until, 0)}}}};
}

Result<Json, Refusal> upload_form(const Call& call, const contract::Contract& contract, Desk& desk,
                                  std::uint16_t provider) {
  const auto parts =
      parse_multipart(call.request->headers.get("content-type").value_or(""), call.request->body);
  if (!parts) {
    Refusal refusal;
    refusal.kind = RefusalKind::kInvalidInput;
    return Failure{std::move(refusal)};
  }
  const auto found = std::find_if(parts->begin(), parts->end(), [](const FormPart& part) {
    return part.name == "file" && part.file_name;
  });
  if (found == parts->end()) return Failure{about_field("missing", "file")};
  if (found->data.size() > facts_of(contract).max_upload.count) return Failure{too_large()};

  const std::string name = valid_utf8(*found->file_name);
  std::string type = type_of(name);
  if (extension_of(name).empty()) {
    // Without an ending the part's own type, or the file's first bytes, must do.
    const std::string_view sniffed = image::sniffed_type(found->data);
    type = !sniffed.empty()               ? std::string(sniffed)
           : !found->content_type.empty() ? found->content_type
                                          : type;
  }
  const std::string kind = kind_of(type);
  const std::string path = new_path(call, kind, name);
  const std::size_t size = found->data.size();
  if (!desk.uploads().put(provider, path, file_of(call, contract, type, name),
                          std::string(found->data)))
    return Failure{too_large()};
  const std::string link = call.origin.link("media", path);
  if (call.route->name == "upload") return Json{{"url", link}};
  return Json{{"type", kind}, {"download_url", link}, {"filename", name}, {"size", size}};
}

std::string_view put_file(const Call& call, const contract::Contract& contract, Desk& desk,
                          std::uint16_t provider) {
  const http::Headers& headers = call.request->headers;
  if (headers.has("authorization")) return "put_two_keys";
  const Json* ticket = call.notes.find("ticket " + call.path);
  if (ticket == nullptr || call.query != ticket->at("query").get_ref<const std::string&>())
    return "put_unsigned";
  if (call.now.time_since_epoch().count() > ticket->at("until").get<std::int64_t>())
    return "put_denied";
  const std::string type = ticket->at("type").get<std::string>();
  if (headers.get("content-type").value_or("") != type ||
      headers.get("if-none-match").value_or("") != "*")
    return "put_unsigned";
  if (desk.uploads().find(provider, call.path) != nullptr) return "put_again";
  if (call.request->body.size() != ticket->at("size").get<std::uint64_t>()) return "put_denied";
  const bool kept = desk.uploads().put(
      provider, call.path, file_of(call, contract, type, ticket->at("name").get<std::string>()),
      call.request->body);
  return kept ? "" : "put_denied";
}

std::string sandbox_of_ticket(const http::Request& request) {
  if (request.method != "PUT") return "";
  const std::string credential = request.parameter("X-Amz-Credential").value_or("");
  return credential.substr(0, credential.find('/'));
}

}  // namespace emulator::wavespeed
