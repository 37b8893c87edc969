// Every provider, every field that takes a picture, every form and fault: what the client is told.
#include <doctest.h>

#include <map>
#include <string>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/pipeline/incoming.h"
#include "tests/incoming/shop.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

// BFL refuses finetunes that nobody has before it looks at a picture.
WorldOptions with_finetunes() {
  WorldOptions options;
  options.contracts = {"provider: bfl\nvalues: { finetunes: ['*'] }\n"};
  return options;
}

constexpr const char* kProviders[] = {"bfl", "fal", "wavespeed", "apiframe", "vtrix"};

// A whole AVIF as far as its boxes go; BFL, Apiframe, Vtrix and WaveSpeed do not take the type.
std::string avif() {
  const auto box = [](const char* kind, const std::string& inside) {
    return std::string("\0\0\0", 3) + static_cast<char>(inside.size() + 8) + kind + inside;
  };
  return box("ftyp", std::string("avif\0\0\0\0", 8)) + box("meta", "....") + box("mdat", "pixels");
}

// A whole TIFF of 320 x 170, which fal does not take.
std::string tiff() {
  using namespace std::string_literals;
  return "II*\0\x08\0\0\0\x02\0\0\x01\x03\0\x01\0\0\0\x40\x01\0\0\x01\x01\x04\0\x01\0\0\0\xAA\0\0\0"
         "\0\0\0\0"s;
}

std::string filled(std::string text, const std::string& mark, const std::string& with) {
  if (const auto at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), with);
  return text;
}

enum class Form { kText, kData, kFile };

struct Fault {
  std::string name;
  Form form;
  std::string value;  // what is sent
};

std::vector<Fault> faults(World& world, const std::string& provider) {
  const std::string cut = good_picture().substr(0, 500);
  const std::string odd = provider == "fal" ? tiff() : avif();
  return {
      {"no base64", Form::kText, "@@not an image@@"},
      {"no picture", Form::kText, base64("hello")},
      {"cut off", Form::kText, base64(cut)},
      {"wrong type", Form::kText, base64(odd)},
      {"no base64", Form::kData, "data:image/png;base64,@@@"},
      {"empty", Form::kData, "data:image/png;base64,"},
      {"no picture", Form::kData, "data:text/plain;base64,aGVsbG8="},
      {"cut off", Form::kData, as_data(cut)},
      {"wrong type", Form::kData, as_data(odd)},
      {"empty", Form::kFile, uploaded(world, "")},
      {"no picture", Form::kFile, uploaded(world, R"({"file_url":"x"})")},
      {"zeros behind GIF89a", Form::kFile, uploaded(world, "GIF89a" + std::string(40, '\0'))},
      {"cut off", Form::kFile, uploaded(world, cut)},
      {"wrong type", Form::kFile, uploaded(world, odd)},
      {"never uploaded", Form::kFile, "http://127.0.0.1:4242/v3.fal.media/files/b/0a/never.png"},
  };
}

std::string shown(const std::string& text) {
  return "string " + compact_json(Json(text.size() > 64 ? text.substr(0, 64) + "..." : text));
}

// What is said of the address of a file, by provider.
std::string answer_about_file(const std::string& provider, const Fault& fault,
                              const PictureField& field) {
  const std::string& name = fault.name;
  const bool absent = name == "never uploaded" || name == "expired";
  if (provider == "bfl") return R"(Error {"error":"Invalid or corrupted image input"})";
  if (provider == "wavespeed") return "failed 1402 Failed to download image from the provided URL.";
  if (provider == "apiframe")
    return std::string(place_in(field) == "image_prompt" ? "failed" : "FAILED") +
           " Provider returned an error: " +
           (absent ? "failed to download image" : "invalid image");
  if (provider == "vtrix")
    return "failed InvalidParameter " + place_in(field) +
           (absent ? " could not be downloaded" : " must be a Base64 encoded image");
  const char* const type = absent                 ? "file_download_error"
                           : name == "wrong type" ? "unsupported_image_format"
                                                  : "image_load_error";
  return "422 " + std::string(type) + " " + compact_json(loc_in(field)) + " " +
         compact_json(Json(fault.value));
}

std::string answer_about_text(const std::string& provider, const Fault& fault,
                              const PictureField& field) {
  const std::string& name = fault.name;
  const std::string place = place_in(field);
  if (provider == "bfl")
    return "422 Value error, " + std::string(name == "no base64"
                                                 ? "Invalid base64 encoding for image"
                                                 : "Error processing image");
  if (provider == "wavespeed")
    return "400 field \"" + place + "\" must be an image URL or base64 image, got " +
           shown(fault.value) + "; please provide a valid value";
  if (provider == "vtrix") return "400 " + place + " must be a Base64 encoded image";
  if (provider == "apiframe") {
    const bool legacy = place == "image_prompt";
    if (legacy && name == "no base64") return "400 Invalid request";
    if (legacy) return "failed Provider returned an error: invalid image";
    if (fault.form == Form::kText)
      return "400 " +
             compact_json(Json{{filled(filled(place, "[", "."), "]", ""), {"Invalid url"}}});
    return "FAILED Provider returned an error: invalid image";
  }
  const char* const type = fault.form == Form::kText ? "file_download_error"
                           : name == "wrong type"    ? "unsupported_image_format"
                                                     : "image_load_error";
  return "422 " + std::string(type) + " " + compact_json(loc_in(field)) + " " +
         compact_json(Json(fault.value));
}

template <class Visit>
void each_field(World& world, const std::string& provider, const Visit& visit) {
  const auto& contract = world.registry.contract(*world.registry.find(provider));
  for (const contract::Endpoint& endpoint : contract.endpoints) {
    if (endpoint.id == "generic") continue;  // stands for ids that are not listed
    for (const PictureField& field : picture_fields(endpoint)) visit(endpoint, field);
  }
}

// Whether the field takes that form at all: WaveSpeed's say nothing, some of Vtrix's do.
bool takes_address(const contract::Endpoint& endpoint) { return endpoint.id != "flux_pro_11"; }

}  // namespace

TEST_CASE("a good picture is taken in every field of every provider, in every form") {
  for (const std::string provider : kProviders) {
    World world(with_finetunes());
    std::size_t fields = 0;
    const std::string address = uploaded(world, good_picture());
    each_field(world, provider, [&](const contract::Endpoint& endpoint, const PictureField& field) {
      ++fields;
      INFO(provider, " ", endpoint.id, " ", place_in(field));
      std::vector<std::string> forms = {as_data(good_picture())};
      if (takes_address(endpoint)) {
        forms.push_back("https://example.com/a.png");
        forms.push_back(address);
      }
      if (provider == "bfl" || provider == "wavespeed" || provider == "vtrix")
        forms.push_back(base64(good_picture()));
      for (const std::string& form : forms) {
        INFO(form.substr(0, 60));
        CHECK(outcome(world, provider, endpoint, body_with(endpoint, field, form)) == "made");
      }
    });
    CHECK(fields >= 5);
  }
}

TEST_CASE("a bad picture ends as the provider ends it, whatever field it is in") {
  for (const std::string provider : kProviders) {
    World world(with_finetunes());
    for (const Fault& fault : faults(world, provider)) {
      each_field(
          world, provider, [&](const contract::Endpoint& endpoint, const PictureField& field) {
            INFO(provider, " ", endpoint.id, " ", place_in(field), ": ", fault.name, " as ",
                 fault.value.substr(0, 60));
            const bool refused = fault.form == Form::kFile && !takes_address(endpoint);
            const std::string expected =
                refused ? "400 " + place_in(field) + " must be a Base64 encoded image"
                : fault.form == Form::kFile ? answer_about_file(provider, fault, field)
                                            : answer_about_text(provider, fault, field);
            CHECK(outcome(world, provider, endpoint, body_with(endpoint, field, fault.value)) ==
                  expected);
          });
    }
  }
}

TEST_CASE("an upload that has expired ends as one that never was") {
  for (const std::string provider : kProviders) {
    World world(with_finetunes());
    const std::string address = uploaded(world, good_picture(), 24h);
    world.advance("me", 24h);
    const Fault fault{"expired", Form::kFile, address};
    each_field(world, provider, [&](const contract::Endpoint& endpoint, const PictureField& field) {
      if (!takes_address(endpoint)) return;
      INFO(provider, " ", endpoint.id, " ", place_in(field));
      CHECK(outcome(world, provider, endpoint, body_with(endpoint, field, address)) ==
            answer_about_file(provider, fault, field));
    });
  }
}

TEST_CASE("a contract says what becomes of a fault") {
  WorldOptions options;
  options.contracts = {
      "provider: fal\nvalues: { incoming_pictures: { value: { file: { missing: null }, inline: "
      "{ cut_off: fail image_unreadable } } } }\n",
      "provider: wavespeed\nvalues: { incoming_pictures: { value: { inline: { no_picture: "
      "fail media_unreachable } } } }\n"};
  World world(options);
  const auto endpoint = [&](const char* provider, const char* id) -> const contract::Endpoint& {
    return *world.registry.contract(*world.registry.find(provider)).endpoint(id);
  };
  const contract::Endpoint& kontext = endpoint("fal", "fal-ai/flux-pro/kontext");
  const PictureField image = picture_fields(kontext).front();
  CHECK(outcome(world, "fal", kontext,
                body_with(kontext, image, "http://127.0.0.1:4242/v3.fal.media/files/b/0/no.png")) ==
        "made");
  const contract::Endpoint& pro = endpoint("wavespeed", "wavespeed-ai/flux-kontext-pro");
  CHECK(outcome(world, "wavespeed", pro,
                body_with(pro, picture_fields(pro).front(), as_data("hello"))) ==
        "failed 1402 Failed to download image from the provided URL.");
}

TEST_CASE("every contract has an end for every fault, and each end has its words") {
  World world;
  for (const std::string provider : kProviders) {
    INFO(provider);
    const auto& contract = world.registry.contract(*world.registry.find(provider));
    const contract::PictureRules& rules = contract.common.incoming_pictures;
    for (const PictureFault fault : {PictureFault::kEmpty, PictureFault::kNoPicture,
                                     PictureFault::kCutOff, PictureFault::kType}) {
      INFO(emulator::to_string(fault));
      CHECK(rules.inside.by_fault.contains(fault));
      CHECK(rules.file.by_fault.contains(fault));
    }
    for (const PictureFault fault : {PictureFault::kMissing, PictureFault::kExpired})
      CHECK(rules.file.by_fault.contains(fault));
  }
}

}  // namespace emulator::test
