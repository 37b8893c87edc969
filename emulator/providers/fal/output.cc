#include "emulator/providers/fal/output.h"

#include <algorithm>
#include <cmath>

#include "emulator/base/text.h"
#include "emulator/pipeline/pictures.h"
#include "emulator/providers/fal/facts.h"
#include "emulator/providers/fal/names.h"
#include "emulator/scenario/scenario.h"

namespace emulator::fal {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
constexpr std::string_view kLettersAndDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

Json decoded(const std::string& text) {
  auto value = decode_json(text);
  return value && value->is_object() ? std::move(*value) : Json::object();
}

// The folder that a file lies in.
std::string folder(const contract::Contract& contract, Draw& draw) {
  const Facts& facts = facts_of(contract);
  const std::string_view form = facts.file_form;
  if (form == "b" || facts.animals.empty()) return "/files/b/0a" + hex_id(draw, 6) + "/";
  const std::string& animal = facts.animals[draw.below(facts.animals.size())];
  return (form == "b_animal" ? "/files/b/" : "/files/") + animal + "/";
}

// The folder and the name of a file. The name is drawn first: the order is part of what a seed
// means.
std::string named_file(const contract::Contract& contract, Draw& draw) {
  const std::string name = text_id(draw, 21, kAlphabet);
  return folder(contract, draw) + name;
}

std::string data_uri(const emulator::Dialect& dialect, const Call& call, const Task& task,
                     int index, int shrink) {
  std::optional<scenario::ImageTrouble> trouble;
  if (task.fate.script) trouble = task.fate.script->image;
  image::Picture picture = picture_of(dialect, task, index, trouble);
  picture.width = std::max(picture.width / shrink, 1);
  picture.height = std::max(picture.height / shrink, 1);
  // It is drawn here and now, on the loop: no texture that would take its time.
  if (!image::is_quick(picture)) picture.style = image::Style::kCells;
  const FileReader none = [](const std::string&) -> Result<std::string, std::string> {
    return Failure{std::string("there are no files here")};
  };
  PictureFile file = rendered(picture, trouble, call.files != nullptr ? *call.files : none);
  // A file that has gone since the scenario was read: the picture that it stood in for.
  if (!file.problem.empty()) file = rendered(picture, std::nullopt, none);
  return "data:" + file.content_type + ";base64," + base64(file.bytes);
}

Json image_of(const emulator::Dialect& dialect, const Call& call, const Task& task, int index,
              bool inline_it, int shrink) {
  const contract::Endpoint& endpoint = endpoint_of(dialect.contract(), task.endpoint);
  const std::string& flavour = facts_of(endpoint).image;
  const std::string url = inline_it ? data_uri(dialect, call, task, index, shrink)
                                    : file_link(dialect, call, task, index);
  const std::string_view type = image::content_type(task.plan.format);
  const int width = std::max(task.plan.width / shrink, 1);
  const int height = std::max(task.plan.height / shrink, 1);
  Json image = object_with_room(6);
  image["url"] = url;
  if (flavour != "plain") {
    image["content_type"] = type;
    image["file_name"] = nullptr;
    if (flavour != "file") {
      const std::string path = file_path(dialect.contract(), *call.box, task, index);
      image["file_name"] = path.substr(path.rfind('/') + 1);
    }
    image["file_size"] = nullptr;
    if (flavour == "bare_file") return image;
    const bool told = flavour != "unsized_file";
    image["width"] = told ? Json(width) : Json();
    image["height"] = told ? Json(height) : Json();
  } else {
    image["width"] = width;
    image["height"] = height;
    image["content_type"] = type;
  }
  return image;
}

// Whole figures are seen both bare and with `.0`, others with the digits they need.
std::string units_text(double units, const contract::Contract& contract,
                       const contract::Endpoint& endpoint) {
  const std::string_view form = facts_of(contract).whole_units;
  const bool bare = form == "bare" || (form == "by_unit" && !facts_of(endpoint).by_megapixel());
  if (bare && units == std::floor(units)) return std::to_string(static_cast<std::int64_t>(units));
  return compact_json(units);
}

}  // namespace

std::string file_link(const emulator::Dialect& dialect, const Call& call, const Task& task,
                      int index) {
  const bool here = facts_of(dialect.contract()).proxied_files == "emulator";
  return dialect.pictures()->picture_link(here ? call.origin.reachable() : call.origin, *call.box,
                                          task, index, call.now);
}

Json output_of(const emulator::Dialect& dialect, const Call& call, const Task& task,
               const TaskView& view, std::optional<int> preview) {
  const contract::Contract& contract = dialect.contract();
  const contract::Endpoint& endpoint = endpoint_of(contract, task.endpoint);
  const Json input = input_of(contract, task);
  const bool inline_it = preview || flag_in(input, "sync_mode");
  const EndpointFacts& facts = facts_of(endpoint);
  Json body = object_with_room(facts.output.size());
  for (const std::string& name : facts.output) {
    Json& value = body[name];
    if (name == "images") {
      value = Json::array();
      for (int i = 0; i < task.plan.count; ++i)
        value.push_back(image_of(dialect, call, task, i, inline_it, preview ? 8 : 1));
    } else if (name == "timings") {
      value = Json::object();
      if (facts.timings == "inference")
        value["inference"] =
            std::chrono::duration<double>((view.done() ? view.ended : view.now) - view.started)
                .count();
    } else if (name == "seed") {
      value = task.seed.json();
    } else if (name == "has_nsfw_concepts") {
      value = Json::array();
      for (int i = 0; i < task.plan.count; ++i)
        value.push_back(!preview && is_flagged(contract, task, i));
    } else if (name == "prompt") {
      value = task.prompt;
    } else if (name == "image") {
      value = image_of(dialect, call, task, 0, inline_it, preview ? 8 : 1);
    } else if (const auto fixed = facts.fixed.find(name); fixed != facts.fixed.end()) {
      value = fixed->second;
    }
  }
  return body;
}

namespace {

// Why the user's own file cannot stand in for the pictures of an answer that carries them; "" when
// nothing is wrong.
std::string unreadable_file(const Call& call, const Task& task,
                            const contract::Contract& contract) {
  const auto& script = task.fate.script;
  const bool file =
      script && script->image && script->image->kind == scenario::ImageTrouble::Kind::kFile;
  if (!file || call.files == nullptr || !flag_in(input_of(contract, task), "sync_mode")) return "";
  const auto read = (*call.files)(script->image->file);
  return read ? "" : read.error();
}

}  // namespace

http::Reply result_of(const emulator::Dialect& dialect, const Call& call, const Task& task,
                      const TaskView& view) {
  if (const std::string problem = unreadable_file(call, task, dialect.contract()); !problem.empty())
    return our_error(500, "picture_file", problem);
  http::Reply reply = json_reply(200, output_of(dialect, call, task, view));
  const Json note = task.note ? decoded(*task.note) : Json::object();
  const contract::Contract& contract = dialect.contract();
  const contract::Endpoint& endpoint = endpoint_of(contract, task.endpoint);
  reply.headers.add("x-fal-billable-units",
                    units_text(note.value("units", 1.0), contract, endpoint));
  if (const std::string& other = facts_of(endpoint).bill_as; !other.empty())
    reply.headers.add("x-fal-bill-as", other);
  return reply;
}

std::string file_path(const contract::Contract& contract, const Sandbox& box, const Task& task,
                      int index) {
  const EndpointFacts& facts = facts_of(endpoint_of(contract, task.endpoint));
  Draw draw = box.draw("fal file", task.serial * 256 + static_cast<unsigned>(index));
  std::string path = named_file(contract, draw);
  if (facts.suffix == "hex") path += "_" + hex_id(draw, 32);
  if (facts.suffix == "short") path += "_" + text_id(draw, 8, kLettersAndDigits);
  if (task.plan.format == image::Format::kJpeg) return path += facts.jpeg;
  return path + (task.plan.format == image::Format::kPng ? ".png" : ".webp");
}

std::string upload_path(const contract::Contract& contract, Draw& draw, std::string_view name) {
  std::string clean;
  for (const char c : name.substr(name.size() > 100 ? name.size() - 100 : 0)) {
    const bool plain = kAlphabet.find(c) != std::string_view::npos || c == '.';
    clean += plain ? c : '_';
  }
  std::string path = named_file(contract, draw);
  return clean.empty() ? path : path + "_" + clean;
}

bool is_flagged(const contract::Contract& contract, const Task& task, int index) {
  if (!flagged(task, index)) return false;
  const contract::Endpoint& endpoint = endpoint_of(contract, task.endpoint);
  if (endpoint.field("enable_safety_checker") == nullptr) return true;
  return flag_in(input_of(contract, task), "enable_safety_checker", true);
}

}  // namespace emulator::fal
