#include "emulator/contract/pattern.h"

#include <re2/re2.h>

namespace emulator::contract {

struct Pattern {
  RE2 expression;
};

Result<std::shared_ptr<const Pattern>, std::string> compile(const std::string& pattern) {
  auto compiled = std::shared_ptr<const Pattern>(new Pattern{{pattern, RE2::Quiet}});
  if (!compiled->expression.ok()) return Failure{compiled->expression.error()};
  return compiled;
}

bool matches(const Pattern& pattern, std::string_view text) {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern.expression);
}

bool matches_whole(const Pattern& pattern, std::string_view text) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern.expression);
}

}  // namespace emulator::contract
