#include "emulator/compare/difference.h"

#include <algorithm>
#include <optional>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/compare/forms.h"
#include "emulator/image/picture.h"

namespace emulator::compare {
namespace {

constexpr JsonLimits kBodyJson{200, 1'000'000, 10'000};

std::string_view type_word(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "boolean";
  if (value.is_string()) return "string";
  if (value.is_array()) return "array";
  if (value.is_object() && !is_big_integer(value)) return "object";
  return "number";
}

std::string shown(const Json& value) {
  constexpr std::size_t kShown = 300;
  std::string out = compact_json(value);
  if (out.size() > kShown) out = valid_utf8(out.substr(0, kShown)) + "...";
  return out;
}

std::string escaped(std::string_view key) {
  std::string out;
  for (const char c : key) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

std::string_view last_name(std::string_view path) {
  while (true) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return path;
    const std::string_view name = path.substr(slash + 1);
    if (name.empty() || name.find_first_not_of("0123456789") != std::string_view::npos) return name;
    path = path.substr(0, slash);
  }
}

bool any_name_differs(std::string_view path) {
  for (const std::string_view name : split(path, '/'))
    if (differs_by_nature(name)) return true;
  return false;
}

std::string media_type(std::string_view value) {
  return lower_case(trimmed(value.substr(0, value.find(';'))));
}

// Names that errors' texts stand under.
bool is_error_text(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "message", "msg", "detail", "error", "details", "reason", "errors", "title", "description"};
  return std::find(std::begin(kNames), std::end(kNames), lower_case(name)) != std::end(kNames);
}

class Differ {
 public:
  Differ(const Recorded& theirs, const http::Reply& ours, const Terms& terms)
      : theirs_(theirs), ours_(ours), terms_(terms) {}

  std::vector<Difference> all() {
    if (theirs_.status > 1 && theirs_.status != ours_.status)
      add(Class::kStatus, "status", std::to_string(theirs_.status), std::to_string(ours_.status),
          error_named());
    headers();
    body();
    return std::move(out_);
  }

  bool same(const std::string& path, const Json& theirs, const Json& ours) {
    value(path, theirs, ours);
    return out_.empty();
  }

 private:
  void add(Class kind, std::string path, std::string theirs, std::string ours,
           std::string contract = "") {
    if (out_.size() >= terms_.most) return;
    out_.push_back(
        {kind, std::move(path), std::move(theirs), std::move(ours), std::move(contract)});
  }

  // Which of the contract's errors our answer is, by its status and its first words.
  std::string error_named() const {
    if (terms_.contract == nullptr || ours_.status < 400) return "";
    std::string only;
    for (const auto& [name, error] : terms_.contract->errors) {
      if (error.http != ours_.status) continue;
      const std::string text = error.body.is_null() ? error.text : compact_json(error.body);
      if (text == ours_.body) return "errors." + name;
      only = only.empty() ? name : "?";
    }
    return only.empty() || only == "?" ? "" : "errors." + only;
  }

  // ---- headers

  void headers() {
    for (const auto& [name, value] : theirs_.reply_headers) theirs_header(name, value);
    if (theirs_.fixture)
      for (const std::string& name : theirs_.fixture->absent)
        if (const auto got = ours_.headers.get(name))
          add(Class::kHeader, "header:" + lower_case(name), "", std::string(*got));
    if (terms_.listed_headers) return;
    for (const auto& [name, value] : ours_.headers) {
      if (!counts(name) || theirs_.reply_headers.has(name)) continue;
      // A recorder that wrote no header at all has left them out.
      if (theirs_.reply_headers.size() == 0) continue;
      add(Class::kHeader, "header:" + lower_case(name), "", value);
    }
  }

  void theirs_header(const std::string& name, const std::string& value) {
    const std::string low = lower_case(name);
    const auto got = ours_.headers.get(name);
    if (terms_.listed_headers) {
      if (!got || *got != value)
        add(Class::kHeader, "header:" + low, value, got ? std::string(*got) : "");
      return;
    }
    if (!counts(name)) return;
    if (!got) return add(Class::kHeader, "header:" + low, value, "");
    if (low == "content-type" && media_type(value) != media_type(*got))
      add(Class::kHeader, "header:" + low, value, std::string(*got));
  }

  // The wire's, the recorder's and our own say nothing of the provider.
  bool counts(std::string_view name) const {
    const std::string low = lower_case(name);
    static constexpr std::string_view kNever[] = {"date",
                                                  "server",
                                                  "etag",
                                                  "last-modified",
                                                  "content-length",
                                                  "connection",
                                                  "vary",
                                                  "via",
                                                  "age",
                                                  "alt-svc",
                                                  "accept-ranges",
                                                  "cache-control",
                                                  "set-cookie",
                                                  "strict-transport-security"};
    if (low.starts_with("x-emulator-") || low.starts_with("access-control-")) return false;
    if (std::find(std::begin(kNever), std::end(kNever), low) != std::end(kNever)) return false;
    return low == "content-type" || low == "retry-after" || terms_.headers.contains(low);
  }

  // ---- bodies

  void body() {
    if (!theirs_.picture_type.empty()) return picture();
    if (!theirs_.reply) return;
    if (const auto type = image::sniffed_type(ours_.body); !type.empty()) {
      if (!theirs_.reply->empty() || theirs_.status == ours_.status)
        add(Class::kType, "body", theirs_.reply->empty() ? "nothing" : "no picture",
            std::string(type));
      return;
    }
    if (*theirs_.reply == ours_.body) return;
    const Json theirs =
        json_of_body(*theirs_.reply, theirs_.reply_headers.get("content-type").value_or(""));
    const Json ours = json_of_body(ours_.body, ours_.headers.get("content-type").value_or(""));
    if (theirs.is_discarded() != ours.is_discarded())
      return add(Class::kType, "body", theirs.is_discarded() ? text_type(*theirs_.reply) : "JSON",
                 ours.is_discarded() ? text_type(ours_.body) : "JSON");
    if (theirs.is_discarded()) return texts();
    const bool events =
        media_type(theirs_.reply_headers.get("content-type").value_or("")) == "text/event-stream";
    if (!events || !theirs.is_array() || !ours.is_array() || theirs.empty() || ours.empty())
      return value("", theirs, ours);
    // How many events there are is a matter of time; how they begin and how they end is not.
    value("/0", theirs.front(), ours.front());
    value("/" + std::to_string(theirs.size() - 1), theirs.back(), ours.back());
  }

  static std::string text_type(std::string_view body) { return body.empty() ? "nothing" : "text"; }

  void picture() {
    const std::string_view type = image::sniffed_type(ours_.body);
    if (type.empty()) {
      // Where the status differs, the rest follows from it.
      if (theirs_.status == ours_.status || theirs_.status <= 1)
        add(Class::kType, "body", theirs_.picture_type, "no picture");
      return;
    }
    if (type != theirs_.picture_type)
      add(Class::kType, "body", theirs_.picture_type, std::string(type));
    const auto size = image::size_of(ours_.body);
    if (!theirs_.picture_size || !size) return;
    const auto worded = [](const image::Size& one) {
      return std::to_string(one.width) + "x" + std::to_string(one.height);
    };
    if (worded(*theirs_.picture_size) != worded(*size))
      add(Class::kSize, "body", worded(*theirs_.picture_size), worded(*size));
  }

  void texts() {
    const std::string a = without_instances(*theirs_.reply), b = without_instances(ours_.body);
    if (a == b) return;
    std::size_t at = 0;
    while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
    const std::size_t from = at < 20 ? 0 : at - 20;
    add(Class::kText, "body", shown(valid_utf8(a.substr(from, 120))),
        shown(valid_utf8(b.substr(from, 120))), error_named());
  }

  void value(const std::string& path, const Json& theirs, const Json& ours) {
    const std::string_view a = type_word(theirs), b = type_word(ours);
    if (a != b) return add(Class::kType, path, shown(theirs), shown(ours));
    if (a == "object") return object(path, theirs, ours);
    if (a == "array") return array(path, theirs, ours);
    if (a == "string")
      return text(path, theirs.get_ref<const std::string&>(), ours.get_ref<const std::string&>());
    if (a == "null" || theirs == ours) return;
    if (a == "number") return number(path, theirs, ours);
    add(Class::kValue, path, shown(theirs), shown(ours));
  }

  void object(const std::string& path, const Json& theirs, const Json& ours) {
    std::vector<std::string> theirs_common, ours_common;
    for (const auto& [key, value] : theirs.items()) {
      if (ours.contains(key))
        theirs_common.push_back(key);
      else
        add(Class::kMissing, path + "/" + escaped(key), shown(value), "");
    }
    for (const auto& [key, value] : ours.items()) {
      if (theirs.contains(key))
        ours_common.push_back(key);
      else
        add(Class::kExtra, path + "/" + escaped(key), "", shown(value));
    }
    if (theirs_common != ours_common)
      add(Class::kOrder, path.empty() ? "body" : path, shown(Json(theirs_common)),
          shown(Json(ours_common)));
    for (const std::string& key : theirs_common)
      this->value(path + "/" + escaped(key), theirs[key], ours[key]);
  }

  void array(const std::string& path, const Json& theirs, const Json& ours) {
    const std::size_t both = std::min(theirs.size(), ours.size());
    // What grows with time, or tells what happened, is compared by the form of its first item.
    const bool growing = terms_.open || differs_by_nature(last_name(path));
    for (std::size_t i = 0; i < (growing ? std::min<std::size_t>(both, 1) : both); ++i)
      value(path + "/" + std::to_string(i), theirs[i], ours[i]);
    if (growing) return;
    for (std::size_t i = both; i < theirs.size(); ++i)
      add(Class::kMissing, path + "/" + std::to_string(i), shown(theirs[i]), "");
    for (std::size_t i = both; i < ours.size(); ++i)
      add(Class::kExtra, path + "/" + std::to_string(i), "", shown(ours[i]));
  }

  void number(const std::string& path, const Json& theirs, const Json& ours) {
    const std::string_view name = last_name(path);
    if (name == "width" || name == "height")
      return add(Class::kSize, path, shown(theirs), shown(ours));
    // A seed that was asked for comes back; one that was drawn is another each time.
    if (lower_case(name).find("seed") != std::string::npos && terms_.asked.is_object() &&
        terms_.asked.contains("seed") && terms_.asked["seed"].is_number() &&
        terms_.asked["seed"] == ours)
      return add(Class::kValue, path, shown(theirs), shown(ours));
    if (any_name_differs(path)) return;
    add(Class::kValue, path, shown(theirs), shown(ours), value_named(ours));
  }

  void text(const std::string& path, const std::string& theirs, const std::string& ours) {
    switch (kinship(theirs, ours, terms_.contract == nullptr ? nullptr : &terms_.contract->doors)) {
      case Kinship::kSame:
      case Kinship::kSameForm:
        return;
      case Kinship::kOtherForm:
        return add(Class::kForm, path, shown(theirs), shown(ours));
      case Kinship::kWords:
        break;
    }
    const std::string_view name = last_name(path);
    const bool balance = differs_by_nature(name) && name != "progress";
    const auto numeric = [](const std::string& text) {
      return !text.empty() && text.find_first_not_of("0123456789.-") == std::string::npos;
    };
    if (balance && numeric(theirs) && numeric(ours)) return;
    const std::string said = word_named(ours);
    if (is_said(terms_.asked, ours)) return add(Class::kValue, path, shown(theirs), shown(ours));
    if (!said.empty() || (is_word(theirs) && is_word(ours)))
      return add(Class::kEnumeration, path, shown(theirs), shown(ours), said);
    const bool error = theirs_.status >= 400 || ours_.status >= 400 || is_error_text(name);
    add(error ? Class::kText : Class::kValue, path, shown(theirs), shown(ours),
        error ? text_named(ours) : "");
  }

  // Whether the request said so itself.
  static bool is_said(const Json& asked, const std::string& text) {
    if (asked.is_string()) return asked.get_ref<const std::string&>() == text;
    if (!asked.is_structured()) return false;
    return std::any_of(asked.begin(), asked.end(),
                       [&](const Json& one) { return is_said(one, text); });
  }

  // ---- where the contract says it

  std::string word_named(const std::string& ours) const {
    if (terms_.contract == nullptr) return "";
    for (const auto& [name, text] : terms_.contract->statuses)
      if (text == ours) return "statuses." + name;
    if (const auto* endpoint = terms_.contract->endpoint(terms_.endpoint))
      for (const contract::Field& field : endpoint->fields)
        if (std::find(field.options.begin(), field.options.end(), Json(ours)) !=
            field.options.end())
          return "endpoints." + endpoint->id + ".fields." + field.name;
    return "";
  }

  std::string text_named(const std::string& ours) const {
    if (terms_.contract == nullptr) return "";
    const auto holds = [&](const auto& self, const Json& value) -> bool {
      if (value.is_string()) return value.get_ref<const std::string&>() == ours;
      if (!value.is_structured()) return false;
      return std::any_of(value.begin(), value.end(),
                         [&](const Json& one) { return self(self, one); });
    };
    for (const auto& [name, error] : terms_.contract->errors)
      if (holds(holds, error.body) || error.text == ours) return "errors." + name;
    for (const auto& [name, error] : terms_.contract->task_errors)
      if (holds(holds, error.written)) return "task_errors." + name;
    return error_named();
  }

  std::string value_named(const Json& ours) const {
    if (terms_.contract == nullptr) return "";
    const auto* endpoint = terms_.contract->endpoint(terms_.endpoint);
    return endpoint != nullptr && ours.is_number() && ours.get<double>() == endpoint->price
               ? "endpoints." + endpoint->id + ".price"
               : "";
  }

  const Recorded& theirs_;
  const http::Reply& ours_;
  const Terms& terms_;
  std::vector<Difference> out_;
};

}  // namespace

std::vector<Difference> differences(const Recorded& theirs, const http::Reply& ours,
                                    const Terms& terms) {
  return Differ(theirs, ours, terms).all();
}

bool same_leaf(const std::string& path, const Json& theirs, const Json& ours, const Terms& terms) {
  static const Recorded kNobody;
  static const http::Reply kNothing;
  return Differ(kNobody, kNothing, terms).same(path, theirs, ours);
}

Json json_of_body(std::string_view body, std::string_view content_type) {
  if (media_type(content_type) == "text/event-stream") {
    Json out = Json::array();
    for (std::string_view line : split(body, '\n')) {
      if (!line.starts_with("data:")) continue;
      const auto event = decode_json(trimmed(line.substr(5)), kBodyJson);
      if (event) out.push_back(*event);
    }
    return out;
  }
  const std::string_view text = trimmed(body);
  const bool begins =
      !text.empty() && (text[0] == '{' || text[0] == '[' || text[0] == '"' || text == "null" ||
                        text == "true" || text == "false" || (text[0] >= '0' && text[0] <= '9'));
  if (!begins) return Json(Json::value_t::discarded);
  auto json = decode_json(text, kBodyJson);
  return json ? std::move(*json) : Json(Json::value_t::discarded);
}

}  // namespace emulator::compare
