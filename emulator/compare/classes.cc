// The classes of differences: their words, and how far each one takes an answer from another.
#include "emulator/compare/difference.h"

namespace emulator::compare {
namespace {

struct ClassWord {
  Class kind;
  std::string_view text;
  int weight;
};
constexpr ClassWord kClasses[] = {{Class::kStatus, "status", 20},
                                  {Class::kHeader, "header", 1},
                                  {Class::kMissing, "missing", 4},
                                  {Class::kExtra, "extra", 4},
                                  {Class::kOrder, "order", 1},
                                  {Class::kType, "type", 4},
                                  {Class::kEnumeration, "enumeration", 10},
                                  {Class::kText, "text", 3},
                                  {Class::kForm, "form", 1},
                                  {Class::kSize, "size", 2},
                                  {Class::kValue, "value", 1}};

}  // namespace

std::string_view word(Class kind) {
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
