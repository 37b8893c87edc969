#include "emulator/contract/fill.h"

#include "emulator/base/json_text.h"
#include "emulator/base/named.h"

namespace emulator::contract {

std::string_view text_named(const Texts& texts, std::string_view name, std::string_view otherwise) {
  const auto found = texts.find(name);
  return found == texts.end() ? otherwise : std::string_view(found->second);
}

std::string filled(std::string_view text, const Json& args) {
  return with_names(text, [&](std::string_view name, std::string& out) {
    const auto known = args.find(std::string(name));
    if (known == args.end()) return false;
    out += known->is_string() ? known->get_ref<const std::string&>() : compact_json(*known);
    return true;
  });
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
