#include "emulator/compare/fixture_text.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "emulator/base/json_text.h"
#include "emulator/base/text.h"
#include "emulator/compare/forms.h"
#include "emulator/compare/request.h"
#include "emulator/image/picture.h"
#include "emulator/pipeline/origin.h"

namespace emulator::compare {
namespace {

// ---- nobody's data

bool has_part(std::string_view name, std::initializer_list<std::string_view> parts) {
  const std::string low = lower_case(name);
  return std::any_of(parts.begin(), parts.end(),
                     [&](std::string_view part) { return low.find(part) != std::string::npos; });
}

// Names under which people write what they like, or what they are.
bool is_free_text(std::string_view name) {
  return has_part(name, {"prompt", "text", "caption", "title", "description", "query", "comment"});
}
bool is_personal(std::string_view name) {
  return has_part(name, {"email", "user", "company", "team", "phone", "organi", "full_name"}) ||
         name == "name";
}

std::string stand_in_picture() {
  image::Picture small;
  small.width = small.height = 16;
  small.format = image::Format::kPng;
  small.caption = false;
  return image::render(small);
}

class Cleaner {
 public:
  explicit Cleaner(const Secrets& secrets) : secrets_(secrets) {}

  Recorded cleaned(const Recorded& recorded) {
    Recorded out = recorded;
    http::Headers headers;
    for (const auto& [name, value] : recorded.headers)
      if (!is_secret_header(name) || secrets_.hidden(value) == value)
        headers.add(name, secrets_.hidden(value));
    out.headers = std::move(headers);
    out.url = secrets_.hidden(recorded.url);
    // Signatures of links that answers handed out are ours by then, so the link stays whole.
    if (handed_out_.contains(recorded.url)) out.url = recorded.url;
    out.body = request_body(recorded);
    if (recorded.reply) {
      note_links(*recorded.reply);
      out.reply = reply_body(*recorded.reply);
    }
    return out;
  }

 private:
  void note_links(const std::string& body) {
    const auto json = decode_json(body, JsonLimits{200, 1'000'000, 10'000});
    if (json) note_links(*json);
  }
  void note_links(const Json& value) {
    if (value.is_string() && is_link(value.get_ref<const std::string&>()))
      handed_out_.insert(value.get<std::string>());
    if (value.is_structured())
      for (const Json& one : value) note_links(one);
  }

  std::string request_body(const Recorded& recorded) {
    if (recorded.body.empty()) return "";
    auto json = decode_json(recorded.body, JsonLimits{200, 1'000'000, 10'000});
    if (json) {
      replace_asked(*json, "");
      return compact_json(*json);
    }
    if (!image::sniffed_type(recorded.body).empty()) return stand_in_picture();
    // Broken JSON and forms stay what they are, less their secrets.
    return recorded.body.size() > 4'096 ? "" : secrets_.hidden(recorded.body);
  }

  void replace_asked(Json& value, const std::string& name) {
    if (value.is_string()) {
      const std::string was = value.get<std::string>();
      value = asked(was, name);
      if (value != Json(was)) put_[was] = value.get<std::string>();
      return;
    }
    if (value.is_object())
      for (auto& [key, inner] : value.items()) replace_asked(inner, key);
    else if (value.is_array())
      for (Json& inner : value) replace_asked(inner, name);
  }

  std::string asked(const std::string& was, const std::string& name) {
    if (const auto known = put_.find(was); known != put_.end()) return known->second;
    if (handed_out_.contains(was)) return was;
    const bool data = was.starts_with("data:");
    if (data || (was.size() > 400 && from_base64(was)))
      return (data ? "data:image/png;base64," : "") + base64(stand_in_picture());
    if (is_link(was)) {
      const bool back = has_part(name, {"webhook", "callback"});
      return back ? "http://127.0.0.1:9/webhook"
                  : "https://example.com/picture-" + std::to_string(++links_) + ".png";
    }
    if (has_part(name, {"secret", "token", "password"})) return "a-secret-of-a-test";
    if (is_personal(name)) return "someone";
    const bool sentence = was.find(' ') != std::string::npos ||
                          was.find('@') != std::string::npos || was.size() > 60 ||
                          valid_utf8(was) != was;
    if (!sentence && !is_free_text(name)) return secrets_.hidden(was);
    if (was.empty()) return was;
    static constexpr std::string_view kThings[] = {"a red apple", "a green pear", "a blue plum",
                                                   "a yellow lemon"};
    const std::size_t n = texts_++;
    return std::string(kThings[n % 4]) + (n < 4 ? "" : " " + std::to_string(n / 4 + 1));
  }

  std::string reply_body(const std::string& body) {
    auto json = decode_json(body, JsonLimits{200, 1'000'000, 10'000});
    if (!json || !json->is_structured()) return echoed(body);
    replace_answered(*json, "");
    return compact_json(*json);
  }

  void replace_answered(Json& value, const std::string& name) {
    if (value.is_string()) {
      const std::string was = value.get<std::string>();
      if (is_personal(name) && !is_link(was) && !was.empty())
        value = "someone";
      else if (!is_link(was) && !is_token(was))
        value = echoed(was);
      return;
    }
    if (value.is_object())
      for (auto& [key, inner] : value.items()) replace_answered(inner, key);
    else if (value.is_array())
      for (Json& inner : value) replace_answered(inner, name);
  }

  // What a request said, where an answer repeats it.
  std::string echoed(std::string text) const {
    for (const auto& [was, now] : put_) {
      if (text == was) return now;
      if (was.size() < 8) continue;
      for (auto at = text.find(was); at != std::string::npos; at = text.find(was, at + now.size()))
        text.replace(at, was.size(), now);
    }
    return without_addresses(secrets_.hidden(text));
  }

  // Addresses of people.
  static std::string without_addresses(const std::string& text) {
    std::string out = text;
    for (auto at = out.find('@'); at != std::string::npos; at = out.find('@', at + 1)) {
      const auto is_part = [&](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' ||
               c == '_' || c == '+';
      };
      std::size_t from = at, to = at + 1;
      while (from > 0 && is_part(out[from - 1])) --from;
      while (to < out.size() && is_part(out[to])) ++to;
      const bool address = from < at && out.substr(at, to - at).find('.') != std::string::npos;
      if (!address || out.substr(at + 1, to - at - 1) == "example.com") continue;
      out.replace(from, to - from, "someone@example.com");
      at = from + 8;
    }
    return out;
  }

  const Secrets& secrets_;
  std::map<std::string, std::string> put_;
  std::set<std::string> handed_out_;
  std::size_t texts_ = 0, links_ = 0;
};

// ---- a fixture's text

std::string yaml_quoted(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
  });
  if (!plain) return compact_json(Json(std::string(text)));
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

// The JSON pointer of a member of what `path` points at.
std::string below(const std::string& path, const std::string& key) { return path + "/" + key; }

class Writer {
 public:
  Writer(const std::string& provider, Registry& registry) {
    own_headers_ = "x-" + provider + "-";
    if (const auto found = registry.find(provider)) terms_.contract = &registry.contract(*found);
  }

  void step(const Outcome& outcome, const std::string& path, const http::Request& asked) {
    const auto whole = std::chrono::duration_cast<Millis>(outcome.at - at_);
    if (whole > Millis(0)) {
      out_ += "  - advance: " + worded(Duration(whole)) + "\n";
      at_ += whole;
    }
    std::string send =
        "      method: " + asked.method + "\n      path: " + yaml_quoted(with_names(path)) + "\n";
    std::string headers;
    for (const auto& [name, value] : asked.headers)
      if (is_kept_header(name))
        headers += (headers.empty() ? " " : ", ") + lower_case(name) + ": " +
                   yaml_quoted(with_names(value));
    if (!headers.empty()) send += "      headers: {" + headers + " }\n";
    if (!asked.body.empty()) send += "      body: " + yaml_quoted(with_names(asked.body)) + "\n";
    const std::string reply = reply_of(outcome);
    out_ += "  - send:\n" + send;
    if (!keep_.empty()) out_ += "    keep: {" + keep_ + " }\n";
    out_ += "    reply:\n" + reply;
    keep_.clear();
  }

  const std::string& text() const { return out_; }

 private:
  bool is_kept_header(std::string_view name) const {
    const std::string low = lower_case(name);
    static constexpr std::string_view kKept[] = {
        "content-type", "authorization",   "x-key", "x-api-key",      "accept",
        "prefer",       "idempotency-key", "range", "x-emulator-then"};
    return low.starts_with(own_headers_) ||
           std::find(std::begin(kKept), std::end(kKept), low) != std::end(kKept);
  }

  // What earlier answers handed out, by the names it was kept under.
  std::string with_names(std::string_view text) const {
    std::string out(text);
    for (const auto& [value, name] : names_)
      for (auto at = out.find(value); at != std::string::npos; at = out.find(value, at + 1))
        out.replace(at, value.size(), "${" + name + "}");
    return out;
  }

  void name_new(const Json& value, const std::string& path) {
    if (value.is_string()) {
      const auto& text = value.get_ref<const std::string&>();
      if (text.starts_with("data:")) return;
      const bool link = is_link(text);
      const bool id = !link && (is_uuid(text) || is_token(text)) && !differs_by_nature(path) &&
                      text.find(':') == std::string::npos;
      if (!link && !id) return;
      const bool known = std::any_of(names_.begin(), names_.end(), [&](const auto& one) {
        return text.find(one.first) != std::string::npos;
      });
      // A link that has no more in it than an id that is known is written with that.
      if (known && (!link || text.find("sig=") == std::string::npos)) return;
      const std::string name = (link ? "link" : "id") + std::to_string(++count_);
      names_.emplace_back(text, name);
      std::stable_sort(names_.begin(), names_.end(), [](const auto& a, const auto& b) {
        return a.first.size() > b.first.size();
      });
      keep_ += (keep_.empty() ? " " : ", ") + name + ": " + yaml_quoted(path);
      return;
    }
    if (value.is_object())
      for (const auto& [key, inner] : value.items()) name_new(inner, below(path, key));
    else if (value.is_array())
      for (std::size_t i = 0; i < value.size(); ++i)
        name_new(value[i], path + "/" + std::to_string(i));
  }

  // Theirs where the two differ, ours where they are the same but for what must differ.
  Json merged(const Json& theirs, const Json& ours, const std::string& path) {
    if (theirs.is_object() && ours.is_object()) {
      Json out = Json::object();
      for (const auto& [key, value] : theirs.items()) {
        const auto found = ours.find(key);
        out[key] = found == ours.end() ? value : merged(value, *found, below(path, key));
      }
      return out;
    }
    if (theirs.is_array() && ours.is_array()) {
      if (differs_by_nature(path)) return ours;
      Json out = Json::array();
      for (std::size_t i = 0; i < theirs.size(); ++i)
        out.push_back(i < ours.size() ? merged(theirs[i], ours[i], path + "/" + std::to_string(i))
                                      : theirs[i]);
      return out;
    }
    return same_leaf(path, theirs, ours, terms_) ? ours : theirs;
  }

  std::string reply_of(const Outcome& outcome) {
    const Recorded& theirs = *outcome.theirs;
    const http::Reply& ours = *outcome.ours;
    std::string out = "      status: " + std::to_string(theirs.status) + "\n";
    std::string headers;
    for (const char* name : {"content-type", "retry-after", "location"}) {
      const auto value = theirs.reply_headers.get(name);
      const auto here = ours.headers.get(name);
      if (!value) continue;
      const bool differs = std::any_of(
          outcome.differences.begin(), outcome.differences.end(),
          [&](const Difference& one) { return one.path == std::string("header:") + name; });
      headers += std::string(headers.empty() ? " " : ", ") + name + ": " +
                 yaml_quoted(with_names(differs || !here ? *value : *here));
    }
    if (!headers.empty()) out += "      headers: {" + headers + " }\n";
    if (!theirs.picture_type.empty()) {
      out += "      picture: { type: " + theirs.picture_type;
      if (theirs.picture_size)
        out += ", size: " + std::to_string(theirs.picture_size->width) + "x" +
               std::to_string(theirs.picture_size->height);
      return out + " }\n";
    }
    if (!theirs.reply) return out;
    const Json a = json_of_body(*theirs.reply, "");
    const Json b = json_of_body(ours.body, "");
    if (a.is_discarded() || b.is_discarded()) {
      const bool differs = std::any_of(outcome.differences.begin(), outcome.differences.end(),
                                       [](const Difference& one) { return one.path == "body"; });
      const std::string& body = differs ? *theirs.reply : ours.body;
      return valid_utf8(body) == body && !body.empty()
                 ? out + "      body: " + yaml_quoted(with_names(body)) + "\n"
                 : out;
    }
    name_new(b, "");
    return out + "      body: " + yaml_quoted(with_names(compact_json(merged(a, b, "")))) + "\n";
  }

  std::string own_headers_;  // how the provider's own headers begin
  Terms terms_;
  Duration at_{0};
  std::string out_, keep_;
  std::vector<std::pair<std::string, std::string>> names_;  // value, name; long ones first
  std::size_t count_ = 0;
};

// `day`: " of 2026-01-31", or "".
std::string fixture_of(const std::string& provider, const std::string& day,
                       const std::string& steps) {
  return "about: What " + provider + " answered in a recording\nsource: 'a recording" + day +
         ", with keys, texts and pictures replaced'\nsteps:\n" + steps;
}

}  // namespace

Recording without_people(const Recording& recording, const Secrets& secrets) {
  Recording out = recording;
  Cleaner cleaner(secrets);
  out.exchanges.clear();
  for (const Recorded& recorded : recording.exchanges)
    out.exchanges.push_back(cleaner.cleaned(recorded));
  return out;
}

std::map<std::string, std::string> fixtures_of(const std::vector<Outcome>& outcomes,
                                               Registry& registry) {
  std::map<std::string, Writer> writers;
  for (const Outcome& outcome : outcomes) {
    if (outcome.provider.empty() || !outcome.ours || !outcome.asked) continue;
    auto& writer = writers.try_emplace(outcome.provider, outcome.provider, registry).first->second;
    const http::Request& asked = *outcome.asked;
    const std::string host(asked.host());
    const bool here = without_port(host) == "127.0.0.1" || without_port(host) == "localhost";
    writer.step(outcome,
                here ? asked.target : (asked.secure ? "https://" : "http://") + host + asked.target,
                asked);
  }
  std::map<std::string, std::string> out;
  const std::string day = outcomes.empty() || !outcomes.front().theirs->at
                              ? ""
                              : " of " + rfc3339(*outcomes.front().theirs->at, 0).substr(0, 10);
  for (const auto& [provider, writer] : writers)
    out[provider] = fixture_of(provider, day, writer.text());
  return out;
}

}  // namespace emulator::compare
