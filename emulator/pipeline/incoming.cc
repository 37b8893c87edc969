#include "emulator/pipeline/incoming.h"

#include <algorithm>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/pipeline/own_files.h"
#include "emulator/task/words.h"

namespace emulator {
namespace {

using contract::Contract;
using contract::Field;
using Form = IncomingPicture::Form;

using contract::PictureRules;

const Json* member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

// A list of the field's own, else of the contract's.
using Texts = std::optional<std::vector<std::string>>;
const Texts& rule_of(const Field& field, const PictureRules& rules, Texts PictureRules::*list) {
  const Texts& own = (*field.picture).*list;
  return own ? own : rules.*list;
}

bool lists(const Texts& names, std::string_view name) {
  return !names || std::find(names->begin(), names->end(), name) != names->end();
}

Form form_of(std::string_view text) {
  if (starts_with_name(text, "data:")) return Form::kData;
  const bool address = starts_with_name(text, "http://") || starts_with_name(text, "https://");
  return address ? Form::kAddress : Form::kText;
}

bool is_padded(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  });
}

// The bytes a text stands for; nullopt when its base64 is none.
std::optional<std::string> bytes_in(std::string_view text, Form form, bool padded) {
  if (form == Form::kData) {
    const auto comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const bool base64 = lower_case(text.substr(0, comma)).ends_with(";base64");
    text.remove_prefix(comma + 1);
    if (!base64) return http::percent_decoded(text);
  }
  if (padded && !is_padded(text)) return std::nullopt;
  return from_base64(text);
}

// What such rules say of the picture's fault; nullptr when they say nothing.
const std::optional<contract::PictureEnd>* end_in(const PictureRules& rules,
                                                  const IncomingPicture& picture) {
  const auto& ends = picture.form == Form::kFile ? rules.file : rules.inside;
  const auto found = ends.by_fault.find(picture.fault);
  return found == ends.by_fault.end() ? nullptr : &found->second;
}

PictureFault fault_of(const image::Inspection& picture, const Texts& types) {
  switch (picture.state) {
    case image::Inspection::State::kEmpty:
      return PictureFault::kEmpty;
    case image::Inspection::State::kNoPicture:
      return PictureFault::kNoPicture;
    case image::Inspection::State::kCutOff:
      return lists(types, picture.type) ? PictureFault::kCutOff : PictureFault::kType;
    case image::Inspection::State::kWhole:
      break;
  }
  return lists(types, picture.type) ? PictureFault::kNone : PictureFault::kType;
}

// Goes through an input and its fields together.
class Search {
 public:
  Search(const PictureRules& rules, const Call& call) : rules_(rules), call_(call) {}

  std::vector<IncomingPicture>& found() { return found_; }

  void object(const Json& input, const std::vector<Field>& fields) {
    for (const Field& field : fields) {
      const bool may_hold = takes_picture(field) || !field.fields.empty() || field.items;
      const Json* value = may_hold ? member(input, field.name) : nullptr;
      if (value == nullptr) continue;
      where_.emplace_back(field.name);
      one(*value, field);
      where_.pop_back();
    }
  }

 private:
  void one(const Json& value, const Field& field) {
    if (takes_picture(field)) {
      if (value.is_string()) look_at(value, field);
      if (value.is_array())
        each(value, [&](const Json& item) {
          if (item.is_string()) look_at(item, field);
        });
    } else if (value.is_object()) {
      object(value, field.fields);
    } else if (value.is_array() && field.items) {
      each(value, [&](const Json& item) { one(item, *field.items); });
    }
  }

  template <class Visit>
  void each(const Json& list, const Visit& visit) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      where_.emplace_back(static_cast<std::int64_t>(i));
      visit(list[i]);
      where_.pop_back();
    }
  }

  void look_at(const Json& value, const Field& field) {
    const std::string_view text = value.get_ref<const std::string&>();
    IncomingPicture out;
    out.form = form_of(text);
    out.where = where_;
    out.value = &value;
    out.field = &field;
    const Texts& forms = rule_of(field, rules_, &PictureRules::forms);
    const Texts& types = rule_of(field, rules_, &PictureRules::types);
    const char* const form = out.form == Form::kText   ? "text"
                             : out.form == Form::kData ? "data"
                                                       : "address";
    if (text.empty()) {
      out.fault = PictureFault::kBlank;
    } else if (!lists(forms, form)) {
      out.fault = PictureFault::kForm;
    } else if (out.form == Form::kAddress) {
      follow(text, types, out);
    } else {
      const auto bytes = bytes_in(text, out.form, rules_.base64 == "padded");
      if (bytes) {
        out.bytes = bytes->size();
        out.picture = image::inspect(*bytes);
      }
      out.fault = bytes ? fault_of(out.picture, types) : PictureFault::kNoBase64;
    }
    found_.push_back(std::move(out));
  }

  // Where an address leads here, the file behind it is looked at like one that came along.
  void follow(std::string_view address, const Texts& types, IncomingPicture& out) const {
    if (call_.own_files == nullptr) return;
    const OwnFiles::File file = call_.own_files->at(address, call_);
    if (file.state == OwnFiles::State::kOutside) return;
    out.form = Form::kFile;
    out.bytes = file.bytes;
    out.picture = file.picture;
    out.fault = file.state == OwnFiles::State::kMissing   ? PictureFault::kMissing
                : file.state == OwnFiles::State::kExpired ? PictureFault::kExpired
                                                          : fault_of(file.picture, types);
  }

  const PictureRules& rules_;
  const Call& call_;
  std::vector<std::variant<std::string, std::int64_t>> where_;
  std::vector<IncomingPicture> found_;
};

}  // namespace

std::string_view to_string(PictureFault fault) { return word_of(fault, kPictureFaultWords); }

bool takes_picture(const Field& field) { return field.picture != nullptr; }

std::vector<IncomingPicture> pictures_in(const Json& input, const std::vector<Field>& fields,
                                         const Contract& contract, const Call& call) {
  Search search(contract.common.incoming_pictures, call);
  search.object(input, fields);
  return std::move(search.found());
}

std::optional<BadPicture> bad_picture(const IncomingPicture& picture, const Contract& contract) {
  if (picture.fault == PictureFault::kNone) return std::nullopt;
  const auto* end = end_in(*picture.field->picture, picture);
  if (end == nullptr) end = end_in(contract.common.incoming_pictures, picture);
  if (end == nullptr || !*end) return std::nullopt;
  return BadPicture{&picture, (*end)->at_once, (*end)->name};
}

std::optional<BadPicture> bad_picture(const std::vector<IncomingPicture>& pictures,
                                      const Contract& contract) {
  for (const IncomingPicture& picture : pictures)
    if (auto bad = bad_picture(picture, contract)) return bad;
  return std::nullopt;
}

std::optional<image::Size> first_size(const std::vector<IncomingPicture>& pictures) {
  for (const IncomingPicture& picture : pictures)
    if (picture.picture.size) return picture.picture.size;
  return std::nullopt;
}

std::string place_of(const IncomingPicture& picture) {
  std::string out;
  for (const auto& step : picture.where) {
    if (const auto* name = std::get_if<std::string>(&step))
      out += (out.empty() ? "" : ".") + *name;
    else
      out += "[" + std::to_string(std::get<std::int64_t>(step)) + "]";
  }
  return out;
}

}  // namespace emulator
