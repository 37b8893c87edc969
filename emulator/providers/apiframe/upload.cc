#include "emulator/providers/apiframe/upload.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "emulator/base/multipart.h"
#include "emulator/base/random.h"
#include "emulator/base/text.h"
#include "emulator/image/picture.h"
#include "emulator/providers/apiframe/facts.h"

namespace emulator::apiframe {
namespace {

constexpr std::array<std::string_view, 4> kPictures{"image/png", "image/jpeg", "image/webp",
                                                    "image/gif"};

bool has_at(std::string_view file, std::size_t at, std::string_view bytes) {
  return file.size() >= at + bytes.size() && file.substr(at, bytes.size()) == bytes;
}

Refusal refusal_of(const char* error, Json args = Json::object()) {
  Refusal refusal;
  refusal.error = error;
  refusal.args = std::move(args);
  return refusal;
}

// The contract's `upload_path`, filled.
std::string path_of(const contract::Contract& contract, const std::string& id,
                    const std::string& type) {
  const Facts& facts = facts_of(contract);
  const std::string usual = type.substr(type.find('/') + 1);
  return contract::filled(
      facts.upload_path,
      {{"id", id}, {"ending", contract::text_named(facts.upload_endings, type, usual)}});
}

}  // namespace

std::string media_type(std::string_view file) {
  std::string picture(image::sniffed_type(file));
  if (std::find(kPictures.begin(), kPictures.end(), picture) != kPictures.end()) return picture;
  if (has_at(file, 4, "ftyp")) {
    if (has_at(file, 8, "qt  ")) return "video/quicktime";
    return has_at(file, 8, "M4A ") || has_at(file, 8, "M4B ") ? "audio/mp4" : "video/mp4";
  }
  if (has_at(file, 0, "\x1A\x45\xDF\xA3")) return "video/webm";
  if (has_at(file, 0, "RIFF") && has_at(file, 8, "WAVE")) return "audio/wav";
  if (has_at(file, 0, "OggS")) return "audio/ogg";
  const bool frame = file.size() > 1 && file[0] == '\xFF' && (file[1] & 0xE6) == 0xE2;
  return has_at(file, 0, "ID3") || frame ? "audio/mpeg" : "";
}

Result<Json, Refusal> take_upload(const Call& call, Desk& desk, std::uint16_t provider,
                                  const contract::Contract& contract) {
  const auto header = call.request->headers.get("content-type").value_or("");
  const auto parts = parse_multipart(header, call.request->body);
  if (!parts) return Failure{refusal_of("bad_form")};
  const auto part = std::find_if(parts->begin(), parts->end(), [](const FormPart& each) {
    return each.name == "file" && each.file_name;
  });
  if (part == parts->end() || part->data.empty()) return Failure{refusal_of("no_file")};
  const std::string type = media_type(part->data);
  if (type.empty()) return Failure{refusal_of("file_type")};
  const std::string kind = type.substr(0, type.find('/'));
  const auto& limits = facts_of(contract).upload_limits;
  const auto known = limits.find(kind);
  if (known == limits.end()) return Failure{refusal_of("file_type")};
  const std::size_t limit = known->second;
  if (part->data.size() > limit * 1024 * 1024)
    return Failure{refusal_of("file_too_large", Json{{"limit", limit}})};

  Draw draw = call.draw("apiframe upload");
  const std::string id = uuid_v4(draw);
  const std::string path = path_of(contract, id, type);
  Uploads::File about;
  about.content_type = type;
  about.name = valid_utf8(*part->file_name);
  about.sandbox = call.box->name();
  about.uploaded = call.now;
  about.expires = call.now + facts_of(contract).upload_life;
  about.size = part->data.size();
  const std::string expires = rfc3339(*about.expires, 3);
  if (!desk.uploads().put(provider, path, std::move(about), std::string(part->data))) {
    Refusal refusal;
    refusal.kind = RefusalKind::kBadGateway;
    return Failure{std::move(refusal)};
  }
  return Json{{"id", id},
              {"url", call.origin.link("delivery", path)},
              {"kind", kind},
              {"contentType", type},
              {"byteSize", part->data.size()},
              {"expiresAt", expires}};
}

}  // namespace emulator::apiframe
