#include "emulator/contract/fields.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "emulator/contract/facts.h"
#include "emulator/contract/pattern.h"
#include "emulator/task/words.h"

namespace emulator::contract {
namespace {

constexpr std::array<Word<Type>, 9> kTypeWords{{{Type::kString, "string"},
                                                {Type::kInteger, "integer"},
                                                {Type::kNumber, "number"},
                                                {Type::kBoolean, "boolean"},
                                                {Type::kEnum, "enum"},
                                                {Type::kUrl, "url"},
                                                {Type::kArray, "array"},
                                                {Type::kObject, "object"},
                                                {Type::kAny, "any"}}};

constexpr std::array<Word<Role>, 5> kRoleWords{{{Role::kNone, "none"},
                                                {Role::kPrompt, "prompt"},
                                                {Role::kSeed, "seed"},
                                                {Role::kImage, "image"},
                                                {Role::kFormat, "format"}}};

// What a field is taken for that does not say so: by its name, or since it takes pictures.
Role usual_role(const Field& field) {
  if (field.picture) return Role::kImage;
  if (field.name == "prompt") return Role::kPrompt;
  if (field.name == "seed") return Role::kSeed;
  return field.name == "output_format" ? Role::kFormat : Role::kNone;
}

using Types = unsigned;  // a set of types, one bit each
constexpr Types bit(Type type) { return 1u << static_cast<unsigned>(type); }
constexpr Types kAllTypes = ~0u;
constexpr Types kNumbers = bit(Type::kInteger) | bit(Type::kNumber);
constexpr Types kLengths = bit(Type::kString) | bit(Type::kUrl) | bit(Type::kArray);

// A key of a field, and the types it says something about.
struct FieldKey {
  std::string_view name;
  Types types;
  void (*read)(Reader& read, const Part& part, Field& field);
};

template <class T>
void read_pair(Reader& read, const Part& part, std::string_view key, std::optional<T>& low,
               std::optional<T>& high, T (Reader::*one)(const Part&, std::string_view)) {
  const std::vector<Part> items = read.items(part, key);
  if (items.size() != 2) {
    if (part.is_sequence())
      read.problems().add(part.place, "expected two values under " + in_quotes(key) +
                                          ", the lower and the upper limit");
    return;
  }
  low = (read.*one)(items[0], key);
  high = (read.*one)(items[1], key);
}

void read_pattern(Reader& read, const Part& part, Field& field) {
  field.pattern = read.text(part, "pattern");
  auto compiled = compile(field.pattern);
  if (compiled) {
    field.compiled = *compiled;
  } else {
    read.problems().add(part.place, "the pattern is not valid: " + compiled.error());
  }
}

void read_options(Reader& read, const Part& part, Field& field) {
  for (const Part& item : read.items(part, "of")) field.options.push_back(json_of(item));
}

void read_extra(Reader& read, const Part& part, Field& field) {
  field.own = read_own(read, part, "extra", read.own().field, {extra_rows(&field), &field});
}

void read_role(Reader& read, const Part& part, Field& field) {
  const std::string text = read.text(part, "role");
  if (const auto role = from_word(text, kRoleWords))
    field.role = *role;
  else if (part.is_scalar())
    read.problems().add(part.place, "unknown word " + in_quotes(text) + " under \"role\"", text,
                        texts_of(kRoleWords));
}

const std::array<FieldKey, 19> kFieldKeys{{
    {"type", kAllTypes, [](Reader&, const Part&, Field&) {}},  // read before the others
    {"required", kAllTypes,
     [](Reader& read, const Part& part, Field& f) { f.required = read.truth(part, "required"); }},
    {"nullable", kAllTypes,
     [](Reader& read, const Part& part, Field& f) { f.nullable = read.truth(part, "nullable"); }},
    {"default", kAllTypes,
     [](Reader&, const Part& part, Field& f) { f.default_value = json_of(part); }},
    {"extra", kAllTypes, read_extra},
    {"role", kAllTypes, read_role},
    {"range", kNumbers,
     [](Reader& read, const Part& part, Field& f) {
       read_pair(read, part, "range", f.min, f.max, &Reader::number);
     }},
    {"min", kNumbers,
     [](Reader& read, const Part& part, Field& f) { f.min = read.number(part, "min"); }},
    {"max", kNumbers,
     [](Reader& read, const Part& part, Field& f) { f.max = read.number(part, "max"); }},
    {"above", kNumbers,
     [](Reader& read, const Part& part, Field& f) { f.above = read.number(part, "above"); }},
    {"below", kNumbers,
     [](Reader& read, const Part& part, Field& f) { f.below = read.number(part, "below"); }},
    {"multiple_of", kNumbers,
     [](Reader& read, const Part& part, Field& f) {
       f.multiple_of =
           read.integer(part, "multiple_of", 1, std::numeric_limits<std::int64_t>::max());
     }},
    {"length", kLengths,
     [](Reader& read, const Part& part, Field& f) {
       read_pair(read, part, "length", f.min_length, f.max_length, &Reader::count);
     }},
    {"min_length", kLengths,
     [](Reader& read, const Part& part, Field& f) {
       f.min_length = read.count(part, "min_length");
     }},
    {"max_length", kLengths,
     [](Reader& read, const Part& part, Field& f) {
       f.max_length = read.count(part, "max_length");
     }},
    {"of", bit(Type::kEnum), read_options},
    {"pattern", bit(Type::kString), read_pattern},
    {"items", bit(Type::kArray),
     [](Reader& read, const Part& part, Field& f) {
       f.items = std::make_shared<const Field>(read_field(read, f.name, part));
     }},
    {"fields", bit(Type::kObject),
     [](Reader& read, const Part& part, Field& f) { f.fields = read_fields(read, part); }},
}};
constexpr FieldKey kClosed{
    "closed", bit(Type::kObject),
    [](Reader& read, const Part& part, Field& f) { f.closed = read.truth(part, "closed"); }};

const FieldKey* key_named(std::string_view name) {
  if (name == kClosed.name) return &kClosed;
  for (const FieldKey& key : kFieldKeys)
    if (key.name == name) return &key;
  return nullptr;
}

std::vector<std::string> names_of_keys() {
  std::vector<std::string> names{std::string(kClosed.name)};
  for (const FieldKey& key : kFieldKeys) names.emplace_back(key.name);
  return names;
}

std::string in_field(const Field& field) { return " in field " + in_quotes(field.name); }

Type read_type(Reader& read, const Part& part, const Field& field) {
  const std::string text = read.text(part, "type");
  if (const auto type = from_word(text, kTypeWords)) return *type;
  if (part.is_scalar())
    read.problems().add(part.place, "unknown type " + in_quotes(text) + in_field(field), text,
                        texts_of(kTypeWords));
  return Type::kAny;
}

// `image` takes pictures by the rules of all fields, where it is true, or by some of its own.
constexpr FactRow picture_row() {
  FactRow row;
  row.name = "image";
  row.about = "a picture comes in here, or a list of them; with rules of its own where it says so";
  row.read = [](Reader& read, const Part& part, const FactRow& self, void* field) {
    const Json said = part.is_scalar() ? json_of_scalar(*part.node) : Json();
    if (said.is_boolean() && !said.get<bool>()) return;
    auto rules = std::make_shared<PictureRules>();
    if (!said.is_boolean()) read_value(read, part, self, *rules);
    static_cast<Field*>(field)->picture = std::move(rules);
  };
  row.kind = [](const FactRow& self) {
    return "true, or " + kind_of(self, static_cast<const PictureRules*>(nullptr));
  };
  return row;
}

// What the keys say together.
void check_whole(Reader& read, const Part& part, const Field& field) {
  const auto wrong = [&](std::string text) {
    read.problems().add(part.place, std::move(text) + in_field(field));
  };
  if (field.type == Type::kEnum && field.options.empty()) wrong("no options (\"of\")");
  if (field.min && field.max && *field.min > *field.max) wrong("the limits leave no value");
  if (field.min_length && field.max_length && *field.min_length > *field.max_length)
    wrong("the lengths leave no value");
}

}  // namespace

std::span<const FactRow> extra_rows(const Field*) {
  static constexpr FactRow kRows[] = {
      picture_row(),
      fact<&Field::literal>("literal", "a wrong choice is worded as a Literal of pydantic"),
  };
  return kRows;
}

std::string_view to_string(Type type) { return word_of(type, kTypeWords); }

Field read_field(Reader& read, std::string name, const Part& part) {
  Field field;
  field.name = std::move(name);
  if (part.is_scalar()) {
    field.type = read_type(read, part, field);
    field.role = usual_role(field);
    check_whole(read, part, field);
    return field;
  }
  const std::vector<Part::Entry>& entries = read.entries(part, field.name);
  const Part* type = part.find("type");
  if (type != nullptr) {
    field.type = read_type(read, *type, field);
  } else if (part.find("of") != nullptr) {
    field.type = Type::kEnum;
  } else if (part.is_mapping()) {
    read.problems().add(part.place, "no \"type\"" + in_field(field));
    return field;
  }
  for (const Part::Entry& entry : entries) {
    const FieldKey* key = key_named(entry.key);
    if (key == nullptr) {
      read.problems().add(entry.place, "unknown key " + in_quotes(entry.key) + in_field(field),
                          entry.key, names_of_keys());
    } else if ((key->types & bit(field.type)) == 0) {
      read.problems().add(entry.place, in_quotes(entry.key) + " says nothing about type " +
                                           in_quotes(word_of(field.type, kTypeWords)) +
                                           in_field(field));
    } else {
      key->read(read, entry.value, field);
    }
  }
  if (part.find("role") == nullptr) field.role = usual_role(field);
  check_whole(read, part, field);
  return field;
}

std::vector<Field> read_fields(Reader& read, const Part& part) {
  const std::vector<Part::Entry>& entries = read.entries(part, "fields");
  std::vector<Field> fields;
  fields.reserve(entries.size());
  for (const Part::Entry& entry : entries)
    fields.push_back(read_field(read, std::string(entry.key), entry.value));
  return fields;
}

}  // namespace emulator::contract
