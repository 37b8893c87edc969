// The library's complaints, in words that say what to do.
#include "emulator/base/yaml_events.h"

namespace emulator::yaml {
namespace {

struct Wording {
  std::string_view theirs;  // how the library's message begins
  std::string_view ours;
};

const Wording kWordings[] = {
    {YAML::ErrorMsg::MAP_VALUE,
     "\": \" is not allowed here: check the indentation, or put a text that contains \": \" in "
     "quotes"},
    {YAML::ErrorMsg::MAP_KEY, "a key is not allowed here: check the indentation"},
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "\"{\" without its \"}\", or a missing comma"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "\"[\" without its \"]\", or a missing comma"},
    {YAML::ErrorMsg::END_OF_MAP, "expected a key here: check the indentation"},
    {YAML::ErrorMsg::END_OF_SEQ, "expected \"- \" here: check the indentation"},
    {YAML::ErrorMsg::FLOW_END, "\"]\" or \"}\" without its beginning"},
    {YAML::ErrorMsg::BLOCK_ENTRY,
     "\"- \" is not allowed here: begin the list on a line of its own"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a quoted text is never closed"},
    {YAML::ErrorMsg::DOC_IN_SCALAR, "a quoted text is not closed before the document ends"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN,
     "a text must not begin with this character: put the text in quotes"},
    {YAML::ErrorMsg::INVALID_ESCAPE,
     "an unknown escape after \"\\\": write \"\\\\\", or use single quotes"},
    {YAML::ErrorMsg::INVALID_HEX, "an escape with digits that are not hexadecimal"},
    {YAML::ErrorMsg::INVALID_UNICODE, "an escape that is no Unicode character"},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, kAliases},
    {YAML::ErrorMsg::ALIAS_NOT_FOUND, kAliases},
    {YAML::ErrorMsg::CHAR_IN_ALIAS, kAliases},
    {YAML::ErrorMsg::ALIAS_CONTENT, kAliases},
    {YAML::ErrorMsg::TAB_IN_INDENTATION, "a tab in the indentation: indent with blanks"},
    {YAML::ErrorMsg::ZERO_INDENT_IN_BLOCK, "the indentation of a block text must not be 0"},
    {YAML::ErrorMsg::CHAR_IN_BLOCK,
     "unexpected text after \"|\" or \">\": put the block text on the lines below"},
    {YAML::ErrorMsg::BAD_FILE, "nested too deeply"},
};

}  // namespace

std::string wording(const std::string& theirs) {
  for (const Wording& row : kWordings) {
    if (theirs.starts_with(row.theirs)) return std::string(row.ours);
  }
  return theirs;
}

Problem problem_of(const YAML::Exception& exception, Places& places) {
  Problem problem{places.of(exception.mark), wording(exception.msg)};
  // What a tab breaks shows itself on its line or on the next.
  for (int line = problem.at.line; line > 0 && line + 1 >= problem.at.line; --line) {
    if (const std::optional<Mark> tab = places.tab_in_indentation(line)) {
      return {*tab, "a tab in the indentation: indent with blanks"};
    }
  }
  return problem;
}

}  // namespace emulator::yaml
