#include "emulator/contract/read_clients.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <string_view>

#include "emulator/base/ascii.h"
#include "emulator/base/text.h"

namespace emulator::contract {
namespace {

constexpr Duration kLongest = std::chrono::hours(24 * 3650);  // as scenarios have it

using Names = std::vector<std::string>;

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// Every `{word}` of a text must be one that is filled in.
void check_filled(Reader& read, const Part& part, std::string_view text, const Names& known) {
  for (auto open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
    const auto close = text.find('}', open);
    if (close == text.npos) return;
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (!is_word(name) || std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string all;
    for (const std::string& one : known) all += (all.empty() ? "{" : ", {") + one + "}";
    read.problems().add(
        part.place,
        "nothing is filled in for \"{" + std::string(name) + "}\" here, only for " + all, name,
        known);
  }
}

void check_filled(Reader& read, const Part& part, const Names& known) {
  if (part.is_scalar()) check_filled(read, part, part.node->scalar, known);
  if (part.is_mapping())
    for (const Part::Entry& entry : *part.entries) check_filled(read, entry.value, known);
  if (part.is_sequence())
    for (const Part& item : part.items()) check_filled(read, item, known);
}

bool is_variable_name(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c); };
  return !text.empty() && !is_digit(text[0]) && std::all_of(text.begin(), text.end(), fits);
}

SdkVariable read_variable(Reader& read, const Part::Entry& entry) {
  static const Names kFilled{"url", "key", "key_id", "key_secret"};
  SdkVariable out;
  out.name = std::string(entry.key);
  if (!is_variable_name(entry.key))
    read.problems().add(entry.place, "a variable's name is made of A to Z, 0 to 9 and _, not " +
                                         in_quotes(entry.key));
  const Part* text = &entry.value;
  if (entry.value.is_mapping()) {
    read.known_entries(entry.value, entry.key, "a variable", {"value", "intercepted", "about"});
    if (const Part* about = entry.value.find("about")) read.text(*about, "about");
    if (const Part* part = entry.value.find("intercepted"))
      out.intercepted = read.truth(*part, "intercepted");
    text = entry.value.find("value");
  }
  if (text == nullptr) {
    read.problems().add(entry.place, "the variable " + in_quotes(entry.key) + " has no \"value\"");
    return out;
  }
  out.text = read.text(*text, entry.key);
  check_filled(read, *text, kFilled);
  return out;
}

Sdk read_sdk(Reader& read, const Part& part) {
  Sdk out;
  read.known_entries(part, "sdk", "\"sdk\"", {"variables", "hints", "source"});
  if (const Part* source = part.find("source")) read.text(*source, "source");
  if (const Part* variables = part.find("variables"))
    for (const Part::Entry& entry : read.entries(*variables, "variables"))
      out.variables.push_back(read_variable(read, entry));
  if (const Part* hints = part.find("hints")) out.hints = read.texts(*hints, "hints");
  return out;
}

std::optional<Duration> read_time(Reader& read, const Part& part, std::string_view text,
                                  std::string_view key) {
  const auto value = parse_duration(trimmed(text));
  if (value && *value <= kLongest) return *value;
  read.problems().add(part.place, "expected a duration such as 1640ms or a range 2s..5s under " +
                                      in_quotes(key) + ", got " + in_quotes(text));
  return std::nullopt;
}

std::optional<Profile::Range> read_range(Reader& read, const Part& part, std::string_view key) {
  const std::string text = read.text(part, key);
  if (!part.is_scalar()) return std::nullopt;
  const auto dots = text.find("..");
  const std::string_view whole = text;
  const auto low = read_time(read, part, whole.substr(0, dots), key);
  const auto high = dots == text.npos ? low : read_time(read, part, whole.substr(dots + 2), key);
  if (!low || !high) return std::nullopt;
  if (*low > *high)
    read.problems().add(
        part.place, "the range " + in_quotes(text) + " is reversed: write the shorter time first");
  return Profile::Range{*low, *high};
}

Profile read_profile(Reader& read, const Part::Entry& entry, const std::string& provider) {
  Profile out;
  out.name = std::string(entry.key);
  read.known_entries(entry.value, entry.key, "a profile", {"queue", "run", "source", "endpoints"});
  // Scenarios know all providers' profiles by their names alone.
  if (!entry.key.starts_with(provider + "-"))
    read.problems().add(entry.place, "the name of a profile begins with its provider's: write " +
                                         in_quotes(provider + "-" + out.name));
  if (const Part* queue = entry.value.find("queue")) out.queue = read_range(read, *queue, "queue");
  if (const Part* run = entry.value.find("run")) out.run = read_range(read, *run, "run");
  if (const Part* endpoints = entry.value.find("endpoints"))
    out.endpoints = read.texts(*endpoints, "endpoints");
  if (!entry.value.is_mapping()) return out;
  if (entry.value.find("queue") == nullptr && entry.value.find("run") == nullptr)
    read.problems().add(
        entry.place, "the profile " + in_quotes(entry.key) + " has neither \"queue\" nor \"run\"");
  if (const Part* source = entry.value.find("source"))
    out.source = read.text(*source, "source");
  else
    read.problems().add(entry.place, "the profile " + in_quotes(entry.key) +
                                         " has no \"source\": which records, how many, of when?");
  return out;
}

TargetHeader read_target(Reader& read, const Part::Entry& entry) {
  TargetHeader out;
  out.name = std::string(entry.key);
  read.known_entries(entry.value, entry.key, "a target header", {"holds", "base", "segments"});
  const Part* holds = entry.value.find("holds");
  const std::string what = holds == nullptr ? "" : read.text(*holds, "holds");
  if (what != "url" && what != "host")
    read.problems().add(holds == nullptr ? entry.place : holds->place,
                        "\"holds\" of the header " + in_quotes(entry.key) + " is url or host", what,
                        {"url", "host"});
  out.holds = what == "host" ? TargetHeader::Holds::kHost : TargetHeader::Holds::kUrl;
  const Part* base = entry.value.find("base");
  const Part* segments = entry.value.find("segments");
  if (base != nullptr) {
    out.base = read.text(*base, "base");
    if (what == "url")
      read.problems().add(base->place, "an address has its path: \"base\" is for \"holds: host\"");
    if (out.base.size() < 2 || out.base.front() != '/' || out.base.back() == '/')
      read.problems().add(base->place,
                          "\"base\" is a path such as /proxy, got " + in_quotes(out.base));
  }
  if (segments != nullptr) {
    out.segments = static_cast<std::size_t>(read.integer(*segments, "segments", 1, 16));
    if (base == nullptr)
      read.problems().add(segments->place, "\"segments\" is of a \"base\", which is missing");
  }
  return out;
}

Trigger read_trigger(Reader& read, const Part& part) {
  static const Names kFilled{"to", "prompt", "key", "key_id", "key_secret", "secret"};
  Trigger out;
  read.known_entries(part, "trigger", "\"trigger\"", {"post", "headers", "body"});
  check_filled(read, part, kFilled);
  const Part* post = part.find("post");
  if (post != nullptr) out.post = read.text(*post, "post");
  if (part.is_mapping() && (out.post.empty() || out.post[0] != '/'))
    read.problems().add(post == nullptr ? part.place : post->place,
                        "\"trigger\" needs \"post\", a path such as /acme/v1/pictures");
  if (const Part* headers = part.find("headers"))
    for (const Part::Entry& header : read.entries(*headers, "headers"))
      out.headers.emplace_back(header.key, read.text(header.value, header.key));
  if (const Part* body = part.find("body")) {
    read.entries(*body, "body");
    out.body = json_of(*body);
  }
  return out;
}

}  // namespace

void read_clients(Reader& read, const Part& document, Doors& doors) {
  if (const Part* part = document.find("sdk")) doors.sdk = read_sdk(read, *part);
  if (const Part* part = document.find("profiles"))
    for (const Part::Entry& entry : read.entries(*part, "profiles"))
      doors.profiles.push_back(read_profile(read, entry, doors.provider));
  if (const Part* part = document.find("target_headers"))
    for (const Part::Entry& entry : read.entries(*part, "target_headers"))
      doors.target_headers.push_back(read_target(read, entry));
  if (const Part* part = document.find("trigger")) doors.trigger = read_trigger(read, *part);
}

}  // namespace emulator::contract
