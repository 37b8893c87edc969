#include "emulator/scenario/facts.h"

#include <algorithm>

#include "emulator/base/json_text.h"

namespace emulator::scenario {
namespace {

bool is_fact(std::string_view word) {
  return std::any_of(kFacts.begin(), kFacts.end(),
                     [&](const FactName& fact) { return fact.name == word; });
}

// The word in the braces that `text` begins with; "" when it begins with no such thing.
std::string_view braced(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && ((text[end] >= 'a' && text[end] <= 'z') || text[end] == '_')) ++end;
  const bool closed = !text.empty() && text.front() == '{' && end < text.size() && text[end] == '}';
  return closed ? text.substr(1, end - 1) : std::string_view();
}

// Takes a text to pieces: what stands for itself, and the words of facts.
template <class Plain, class Fact>
void for_pieces(std::string_view text, const Plain& plain, const Fact& fact) {
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    plain(text.substr(0, open));
    text.remove_prefix(open);
    if (text.empty()) return;
    if (const std::string_view word = braced(text); !word.empty()) {
      fact(word);
      text.remove_prefix(word.size() + 2);
      continue;
    }
    const std::string_view escaped = braced(text.substr(1));
    if (!escaped.empty() && text.substr(escaped.size() + 3).starts_with('}')) {
      plain(text.substr(1, escaped.size() + 2));
      text.remove_prefix(escaped.size() + 4);
    } else {
      plain(text.substr(0, 1));
      text.remove_prefix(1);
    }
  }
}

std::string said(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : compact_json(value);
}

}  // namespace

void for_facts(std::string_view text, const std::function<void(std::string_view word)>& each) {
  for_pieces(
      text, [](std::string_view) {}, each);
}

std::string with_facts(std::string_view text, const FactOf& fact) {
  std::string out;
  for_pieces(
      text, [&](std::string_view plain) { out += plain; },
      [&](std::string_view word) {
        if (is_fact(word))
          out += said(fact(word));
        else
          out.append("{").append(word).append("}");
      });
  return out;
}

Json patch_with_facts(const Json& patch, const Json& worded, const FactOf& fact) {
  static const Json kNothing;
  if (patch.is_object()) {
    Json out = Json::object();
    for (const auto& [name, value] : patch.items()) {
      const bool there = worded.is_object() && worded.contains(name);
      out[name] = patch_with_facts(value, there ? worded.at(name) : kNothing, fact);
    }
    return out;
  }
  if (patch.is_array()) {
    Json out = Json::array();
    for (std::size_t i = 0; i < patch.size(); ++i) {
      const bool there = worded.is_array() && i < worded.size();
      out.push_back(patch_with_facts(patch[i], there ? worded[i] : kNothing, fact));
    }
    return out;
  }
  if (!patch.is_string()) return patch;
  const std::string& text = patch.get_ref<const std::string&>();
  const FactOf here = [&](std::string_view name) { return name == "was" ? worded : fact(name); };
  const std::string_view only = braced(text);
  if (only.size() + 2 == text.size() && is_fact(only)) return here(only);
  return with_facts(text, here);
}

}  // namespace emulator::scenario
