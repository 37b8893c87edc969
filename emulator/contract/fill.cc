#include "emulator/contract/fill.h"

#include "emulator/base/json_text.h"

namespace emulator::contract {

std::string_view text_named(const Texts& texts, std::string_view name, std::string_view otherwise) {
  const auto found = texts.find(name);
  return found == texts.end() ? otherwise : std::string_view(found->second);
}

std::string filled(std::string_view text, const Json& args) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto open = text.find('{');
    out += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const auto close = text.find('}');
    const auto known = close == std::string_view::npos
                           ? args.end()
                           : args.find(std::string(text.substr(1, close - 1)));
    if (known == args.end()) {
      out += '{';
      text.remove_prefix(1);
      continue;
    }
    out += known->is_string() ? known->get_ref<const std::string&>() : compact_json(*known);
    text.remove_prefix(close + 1);
  }
  return out;
}

Json filled_value(const Json& value, const Json& args) {
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
      const auto known = args.find(text.substr(1, text.size() - 2));
      if (known != args.end()) return *known;
    }
    return filled(text, args);
  }
  if (!value.is_structured()) return value;
  Json out = value.is_object() ? Json::object() : Json::array();
  for (auto it = value.begin(); it != value.end(); ++it) {
    if (value.is_object())
      out[it.key()] = filled_value(*it, args);
    else
      out.push_back(filled_value(*it, args));
  }
  return out;
}

}  // namespace emulator::contract
