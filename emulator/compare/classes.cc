// The classes of differences: their words, and how far each one takes an answer from another.
#include "emulator/compare/difference.h"

namespace emulator::compare {
namespace {

struct ClassWord {
  std::string_view text;
  Class kind;
  int weight;
};
constexpr ClassWord kClasses[] = {{"status", Class::kStatus, 20},
                                  {"header", Class::kHeader, 1},
                                  {"missing", Class::kMissing, 4},
                                  {"extra", Class::kExtra, 4},
                                  {"order", Class::kOrder, 1},
                                  {"type", Class::kType, 4},
                                  {"enumeration", Class::kEnumeration, 10},
                                  {"text", Class::kText, 3},
                                  {"form", Class::kForm, 1},
                                  {"size", Class::kSize, 2},
                                  {"value", Class::kValue, 1}};

}  // namespace

std::string_view to_string(Class kind) {
  for (const ClassWord& one : kClasses)
    if (one.kind == kind) return one.text;
  return "";
}

bool class_of(std::string_view text, Class& out) {
  for (const ClassWord& one : kClasses)
    if (one.text == text) {
      out = one.kind;
      return true;
    }
  return false;
}

int weight(const std::vector<Difference>& all) {
  int out = 0;
  for (const Difference& one : all)
    for (const ClassWord& known : kClasses)
      if (known.kind == one.kind) out += known.weight;
  return out;
}

}  // namespace emulator::compare
