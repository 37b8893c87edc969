#include "emulator/contract/doors.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/base/yaml_pack.h"
#include "emulator/contract/pattern.h"
#include "emulator/contract/read_clients.h"

namespace emulator::contract {
namespace {

constexpr std::array<std::string_view, 10> kDoorsKeys{
    "provider",  "source", "hosts",    "prefixes",       "paths",
    "real_keys", "sdk",    "profiles", "target_headers", "trigger"};
constexpr std::array<std::string_view, 9> kFactsKeys{"routes",      "statuses",  "errors",
                                                     "task_errors", "ends",      "refusals",
                                                     "groups",      "endpoints", "values"};

// A mapping of texts to texts, in the order written.
std::vector<std::pair<std::string, std::string>> text_pairs(Reader& read, const Part& part,
                                                            std::string_view key) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const Part::Entry& entry : read.entries(part, key))
    pairs.emplace_back(entry.key, read.text(entry.value, entry.key));
  return pairs;
}

void check_slash(Reader& read, const Part& part, std::string_view what) {
  if (!part.is_mapping()) return;
  for (const Part::Entry& entry : *part.entries)
    if (entry.key.empty() || entry.key[0] != '/')
      read.problems().add(entry.place, std::string(what) + " must begin with \"/\"");
}

std::vector<std::string> patterns(Reader& read, const Part& part, bool checked) {
  std::vector<std::string> list = read.texts(part, "real_keys");
  if (checked || !part.is_sequence()) return list;
  for (const Part& item : part.items()) {
    const auto compiled = compile(item.node->scalar);
    if (!compiled) read.problems().add(item.place, "the pattern is not valid: " + compiled.error());
  }
  return list;
}

}  // namespace

bool is_doors_key(std::string_view key) {
  return std::find(kDoorsKeys.begin(), kDoorsKeys.end(), key) != kDoorsKeys.end();
}

bool is_facts_key(std::string_view key) {
  return std::find(kFactsKeys.begin(), kFactsKeys.end(), key) != kFactsKeys.end();
}

void check_keys(Reader& read, const Part& document, bool doors, bool facts) {
  if (!document.is_mapping()) return;
  std::vector<std::string> known;
  if (doors) known.insert(known.end(), kDoorsKeys.begin(), kDoorsKeys.end());
  if (facts) known.insert(known.end(), kFactsKeys.begin(), kFactsKeys.end());
  for (const Part::Entry& entry : *document.entries) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    std::string text = "unknown key " + in_quotes(entry.key);
    if (!doors && is_doors_key(entry.key)) {
      read.problems().add(entry.place, in_quotes(entry.key) + " belongs into the first document");
    } else if (!facts && is_facts_key(entry.key)) {
      read.problems().add(entry.place, in_quotes(entry.key) + " belongs into the second document");
    } else {
      read.problems().add(entry.place, std::move(text), entry.key, known);
    }
  }
}

Result<yaml::Node, yaml::Problem> document_of(const Source& source, std::size_t index) {
  if (source.packed.empty()) return yaml::load_document(source.text, index);
  if (auto node = yaml::unpacked(source.packed, index)) return std::move(*node);
  return Failure{yaml::Problem{{}, "there is no document number " + std::to_string(index + 1)}};
}

std::optional<Part> read_document(Reader& read, const yaml::Node& node, std::size_t file) {
  Part part = Part::of(node, file);
  if (part.is_mapping()) return part;
  if (node.is_null()) {
    part.entries = std::make_shared<const std::vector<Part::Entry>>();
    return part;
  }
  read.problems().add(part.place, "a contract is a mapping of keys");
  return std::nullopt;
}

Doors read_doors(Reader& read, const Part& document, bool checked) {
  Doors doors;
  if (const Part* part = document.find("provider")) {
    doors.provider = read.text(*part, "provider");
  } else {
    read.problems().add(document.place, "no \"provider\": which one is this about?");
  }
  if (const Part* part = document.find("hosts"))
    for (auto& [name, door] : text_pairs(read, *part, "hosts"))
      doors.hosts.push_back({std::move(name), std::move(door)});
  if (const Part* part = document.find("prefixes")) {
    doors.prefixes = text_pairs(read, *part, "prefixes");
    check_slash(read, *part, "a path prefix");
    std::stable_sort(doors.prefixes.begin(), doors.prefixes.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  }
  if (const Part* part = document.find("paths")) {
    doors.paths = text_pairs(read, *part, "paths");
    check_slash(read, *part, "a path");
  }
  if (const Part* part = document.find("real_keys"))
    doors.real_keys = patterns(read, *part, checked);
  read_clients(read, document, doors);
  return doors;
}

Result<Doors, std::vector<std::string>> load_doors(const Source& base) {
  const auto node = document_of(base, 0);
  if (!node) return Failure{std::vector<std::string>{yaml::to_line(base.file, node.error())}};
  Problems problems({base.file});
  Reader read(problems);
  Doors doors;
  if (const std::optional<Part> document = read_document(read, *node, 0)) {
    check_keys(read, *document, true, true);
    // A test compiles the patterns of all that is built in; a start does not.
    doors = read_doors(read, *document, !base.packed.empty());
  }
  if (!problems.none()) return Failure{problems.lines()};
  return doors;
}

}  // namespace emulator::contract
