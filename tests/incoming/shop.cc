#include "tests/incoming/shop.h"

#include <doctest.h>

#include <algorithm>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/pipeline/incoming.h"

using namespace std::chrono_literals;

namespace emulator::test {
namespace {

using contract::Endpoint;
using contract::Field;
using contract::Type;

const std::string kHere = "http://127.0.0.1:4242";

// The smallest value a field takes.
Json value_for(const Field& field);

Json object_of(const std::vector<Field>& fields) {
  Json out = Json::object();
  for (const Field& field : fields)
    if (field.required) out[field.name] = value_for(field);
  return out;
}

Json value_for(const Field& field) {
  if (takes_picture(field)) {
    const Json good = as_data(good_picture());
    return field.type == Type::kArray ? Json::array({good}) : good;
  }
  switch (field.type) {
    case Type::kEnum:
      return field.options.front();
    case Type::kInteger:
    case Type::kNumber: {
      const double wanted = field.name == "width" || field.name == "height" ? 1024 : 1;
      return std::clamp(wanted, field.min.value_or(wanted), field.max.value_or(wanted));
    }
    case Type::kBoolean:
      return false;
    case Type::kUrl:
      return "https://example.com/a";
    case Type::kObject:
      return object_of(field.fields);
    case Type::kArray:
      return Json::array({field.items ? value_for(*field.items) : Json("a")});
    case Type::kAny:
      return field.name == "image_size" ? "square" : "a";
    default:
      return std::string(std::max<std::size_t>(field.min_length.value_or(1), 1), 'a');
  }
}

void collect(const std::vector<Field>& fields, std::vector<std::string>& way,
             std::vector<PictureField>& out) {
  for (const Field& field : fields) {
    way.push_back(field.name);
    if (takes_picture(field))
      out.push_back({way, field.type == Type::kArray, field.max_length.value_or(0)});
    else if (field.type == Type::kObject)
      collect(field.fields, way, out);
    way.pop_back();
  }
}

void put(Json& object, const std::vector<Field>& fields, const PictureField& at, std::size_t step,
         const Json& value) {
  const auto field = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& each) { return each.name == at.path[step]; });
  if (step + 1 == at.path.size()) {
    object[field->name] = value;
    return;
  }
  if (!object.contains(field->name)) object[field->name] = object_of(field->fields);
  put(object[field->name], field->fields, at, step + 1, value);
}

bool behind_a_good_one(const PictureField& field) { return field.list && field.most != 1; }

// --- The five ways to a picture ----------------------------------------------------------------

class Shop {
 public:
  Shop(World& world, std::string provider) : world_(world), provider_(std::move(provider)) {}

  std::string outcome(const Endpoint& endpoint, Json body) {
    if (provider_ == "bfl") return bfl(endpoint, body);
    if (provider_ == "fal") return fal(endpoint, body);
    if (provider_ == "wavespeed") return wavespeed(endpoint, body);
    if (provider_ == "apiframe") return apiframe(endpoint, std::move(body));
    return vtrix(endpoint, body);
  }

 private:
  std::optional<http::Reply> send(const char* method, const std::string& path, const Json& body) {
    const std::string key = provider_ == "fal" ? "Key me:secret" : "Bearer me";
    return world_.send(request(method, path,
                               {{"host", "127.0.0.1:4242"},
                                {"content-type", "application/json"},
                                {"x-key", "me"},
                                {"x-api-key", "me"},
                                {"authorization", key}},
                               body.is_null() ? "" : compact_json(body)));
  }
  std::optional<http::Reply> get(const std::string& path) { return send("GET", path, nullptr); }

  std::string later(const std::string& path) {
    world_.advance("me", 5min);
    return path;
  }

  std::string bfl(const Endpoint& endpoint, const Json& body) {
    const auto taken = send("POST", "/bfl/v1/" + endpoint.id, body);
    const Json answer = json_of(taken);
    if (taken->status != 200) {
      const Json& first = answer.at("detail").at(0);
      return std::to_string(taken->status) + " " + first.at("msg").get<std::string>();
    }
    const Json shown =
        json_of(get(later("/bfl/v1/get_result?id=" + answer.at("id").get<std::string>())));
    if (shown.at("status") == "Ready") return "made";
    return shown.at("status").get<std::string>() + " " + compact_json(shown.at("details"));
  }

  std::string fal(const Endpoint& endpoint, const Json& body) {
    const auto taken = send("POST", "/queue.fal.run/" + endpoint.id, body);
    REQUIRE(taken);
    CHECK(taken->status == 200);
    const auto result = get(later(json_of(taken).at("response_url").get<std::string>()));
    REQUIRE(result);
    if (result->status == 200) return "made";
    const Json first = json_of(result).at("detail").at(0);
    return std::to_string(result->status) + " " + first.at("type").get<std::string>() + " " +
           compact_json(first.at("loc")) + " " + compact_json(first.at("input"));
  }

  std::string wavespeed(const Endpoint& endpoint, const Json& body) {
    const auto taken = send("POST", "/api/v3/" + endpoint.id, body);
    const Json answer = json_of(taken);
    if (taken->status != 200)
      return std::to_string(taken->status) + " " + answer.at("message").get<std::string>();
    const std::string id = answer.at("data").at("id").get<std::string>();
    const Json shown = json_of(get(later("/api/v3/predictions/" + id + "/result"))).at("data");
    if (shown.at("status") == "completed") return "made";
    return shown.at("status").get<std::string>() + " " + compact_json(shown.at("code")) + " " +
           shown.at("error").get<std::string>();
  }

  std::string apiframe(const Endpoint& endpoint, Json body) {
    const std::string route = endpoint.route;
    if (route.starts_with("v1_")) return apiframe_v1(body);
    body["model"] = endpoint.id;
    std::string path = route;
    std::replace(path.begin(), path.end(), '_', '-');
    const auto taken = send("POST", "/apiframe/v2/images/" + path, body);
    const Json answer = json_of(taken);
    if (taken->status != 202)
      return std::to_string(taken->status) + " " + compact_json(answer.at("details"));
    const Json shown =
        json_of(get(later("/apiframe/v2/jobs/" + answer.at("jobId").get<std::string>())));
    if (shown.at("status") == "COMPLETED") return "made";
    return shown.at("status").get<std::string>() + " " + shown.at("error").get<std::string>();
  }

  std::string apiframe_v1(const Json& body) {
    const auto taken = send("POST", "/apiframe/flux-imagine", body);
    const Json answer = json_of(taken);
    if (taken->status != 200)
      return std::to_string(taken->status) + " " +
             answer.at("errors").at(0).at("msg").get<std::string>();
    later("");
    const Json shown =
        json_of(send("POST", "/apiframe/fetch", {{"task_id", answer.at("task_id")}}));
    if (shown.contains("original_image_url") || shown.value("status", "") == "finished")
      return "made";
    return shown.at("status").get<std::string>() + " " + shown.at("message").get<std::string>();
  }

  std::string vtrix(const Endpoint& endpoint, const Json& body) {
    const auto taken = send("POST", "/vtrix/model/v1/generation",
                            {{"model", endpoint.id}, {"input", Json::array({{{"params", body}}})}});
    const Json answer = json_of(taken);
    if (taken->status != 200)
      return std::to_string(taken->status) + " " +
             answer.at("error").at("message").get<std::string>();
    const Json shown = json_of(
        get(later("/vtrix/model/v1/generation/task/" + answer.at("id").get<std::string>())));
    if (shown.at("status") == "completed") return "made";
    return shown.at("status").get<std::string>() + " " +
           shown.at("error").at("code").get<std::string>() + " " +
           shown.at("error").at("message").get<std::string>();
  }

  World& world_;
  std::string provider_;
};

}  // namespace

Json json_of(const std::optional<http::Reply>& reply) {
  REQUIRE(reply);
  auto body = decode_json(reply->body);
  REQUIRE(body);
  return *body;
}

std::vector<PictureField> picture_fields(const Endpoint& endpoint) {
  std::vector<PictureField> out;
  std::vector<std::string> way;
  collect(endpoint.fields, way, out);
  return out;
}

Json body_with(const Endpoint& endpoint, const PictureField& field, const std::string& value) {
  Json body = object_of(endpoint.fields);
  if (const Field* prompt = endpoint.field("prompt")) body["prompt"] = value_for(*prompt);
  // An expansion of nothing is refused.
  if (endpoint.field("top") != nullptr) body["top"] = 64;
  const Json good = as_data(good_picture());
  const Json whole = !field.list                ? Json(value)
                     : behind_a_good_one(field) ? Json::array({good, value})
                                                : Json::array({value});
  put(body, endpoint.fields, field, 0, whole);
  return body;
}

std::string place_in(const PictureField& field) {
  std::string out;
  for (const std::string& name : field.path) out += (out.empty() ? "" : ".") + name;
  if (field.list) out += behind_a_good_one(field) ? "[1]" : "[0]";
  return out;
}

Json loc_in(const PictureField& field) {
  Json out = {"body"};
  for (const std::string& name : field.path) out.push_back(name);
  if (field.list) out.push_back(behind_a_good_one(field) ? 1 : 0);
  return out;
}

std::string good_picture() {
  image::Picture picture;
  picture.width = 300;
  picture.height = 260;
  picture.format = image::Format::kPng;
  static const std::string file = image::render(picture);
  return file;
}

std::string as_data(const std::string& bytes) { return "data:image/png;base64," + base64(bytes); }

std::string uploaded(World& world, const std::string& bytes, std::optional<Duration> life) {
  static int count = 0;  // addresses only have to differ
  const std::string path = "/files/b/0a1b2c3d/test" + std::to_string(++count) + ".png";
  Uploads::File about;
  about.sandbox = "me";
  if (life) about.expires = world.sandboxes->named("me").now() + *life;
  REQUIRE(world.uploads->put(*world.registry.find("fal"), path, about, bytes));
  return kHere + "/v3.fal.media" + path;
}

std::string outcome(World& world, const std::string& provider, const Endpoint& endpoint,
                    const Json& body) {
  return Shop(world, provider).outcome(endpoint, body);
}

}  // namespace emulator::test
