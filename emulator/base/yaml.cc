#include "emulator/base/yaml.h"

#include <algorithm>
#include <istream>
#include <optional>
#include <streambuf>

#include "emulator/base/yaml_builder.h"
#include "emulator/base/yaml_events.h"
#include "emulator/base/yaml_stop.h"

// yaml-cpp as a source of events, and nothing more. Its own trees are never built: they accept
// duplicate keys and cycles, and some texts of a hundred bytes make its LoadAll eat gigabytes (it
// returns from a document without having read anything, again and again). Here every event is
// checked on the way into our tree, and the first thing out of order ends the parsing at once, by
// an exception thrown through the library's frames.
namespace emulator::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The text as a stream, without a copy.
class View final : public std::streambuf {
 public:
  explicit View(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // only ever read from
    setg(begin, begin, begin + text.size());
  }
};

// Looks only at where the next document begins, and ends the parsing there.
class NextDocument final : public YAML::EventHandler {
 public:
  struct Begins {
    YAML::Mark mark;
  };

  void OnDocumentStart(const YAML::Mark& mark) override { throw Begins{mark}; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

// Lets the parser read a document. What is never closed is shown where it begins: the library would
// point at the end, or nowhere.
bool read_next(YAML::Parser& parser, Builder& builder) {
  try {
    return parser.HandleNextDocument(builder);
  } catch (const YAML::ParserException& exception) {
    const bool mapping = exception.msg == YAML::ErrorMsg::END_OF_MAP_FLOW;
    const bool list = exception.msg == YAML::ErrorMsg::END_OF_SEQ_FLOW;
    if (const std::optional<Mark> at = builder.open_at(); at && (mapping || list)) {
      throw Stop{{*at, wording(exception.msg)}};
    }
    throw;
  }
}

// Reads the one document of a text.
Node parsed(std::string_view text, Places& places, const Limits& limits, bool any_tag) {
  View view(text);
  std::istream stream(&view);
  YAML::Parser parser(stream);
  Builder builder(places, limits, any_tag);
  read_next(parser, builder);
  try {
    NextDocument next;
    parser.HandleNextDocument(next);
  } catch (const NextDocument::Begins& begins) {
    // A document without its `---` is what the library could not fit into the one before.
    if (!places.has("---", begins.mark)) {
      throw Stop{{places.of(begins.mark),
                  "unexpected text after the end of the document: check the indentation"}};
    }
    throw Stop{{places.of(begins.mark), "a second document: write one a file"}};
  }
  return builder.take();
}

Result<Node, Problem> loaded(std::string_view text, const Limits& limits, bool any_tag = false) {
  if (text.size() > limits.bytes) {
    return Failure{Problem{{}, "too large: more than " + counted(limits.bytes) + " bytes"}};
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::optional<std::string> joined;
  try {
    check_characters(text, limits);
    if ((joined = with_joined_surrogates(text))) text = *joined;
  } catch (const Stop& stop) {
    return Failure{stop.problem};
  }
  Places places(text);
  try {
    return parsed(text, places, limits, any_tag);
  } catch (const Stop& stop) {
    return Failure{stop.problem};
  } catch (const YAML::Exception& exception) {
    return Failure{problem_of(exception, places)};
  }
}

// Where the next document begins in a text, that is, its line "---"; one in the first line belongs
// to the document that is there already. npos when there is none.
std::size_t next_document(std::string_view text) {
  std::size_t at = 0;
  while ((at = text.find("\n---", at)) != std::string_view::npos) {
    const std::size_t after = at + 4;
    if (after == text.size() || text[after] == '\n' || text[after] == '\r' || text[after] == ' ') {
      return at + 1;
    }
    at = after;
  }
  return std::string_view::npos;
}

}  // namespace

std::string to_line(std::string_view file, const Problem& problem) {
  std::string out(file);
  if (problem.at.line > 0) {
    out += ':' + std::to_string(problem.at.line);
    if (problem.at.column > 0) out += ':' + std::to_string(problem.at.column);
  }
  if (!out.empty()) out += ": ";
  return out + problem.text;
}

const Node* Node::find(std::string_view key) const {
  for (const auto& entry : entries) {
    if (entry.first.scalar == key) return &entry.second;
  }
  return nullptr;
}

Result<Node, Problem> load(std::string_view text, const Limits& limits) {
  return loaded(text, limits);
}

Result<Node, Problem> load_tagged(std::string_view text, const Limits& limits) {
  return loaded(text, limits, true);
}

Result<Node, Problem> load_document(std::string_view text, std::size_t index,
                                    const Limits& limits) {
  if (text.size() > limits.bytes) {
    return Failure{Problem{{}, "too large: more than " + counted(limits.bytes) + " bytes"}};
  }
  // A line "---" begins a document wherever it stands, so the text can be split before it is read:
  // the library then sees one document, and need not be stopped (by an exception) at the next.
  std::string blank;  // a line for each line in front of the document, so that places stay right
  for (std::size_t i = 0;; ++i) {
    const std::size_t end = next_document(text);
    if (i == index) {
      blank += text.substr(0, end);
      return loaded(blank, limits);
    }
    if (end == std::string_view::npos) {
      return Failure{Problem{{},
                             "there is no document number " + std::to_string(index + 1) +
                                 ": documents are split by a line \"---\""}};
    }
    const std::string_view passed = text.substr(0, end);
    blank.append(static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n')), '\n');
    text.remove_prefix(end);
  }
}

}  // namespace emulator::yaml
