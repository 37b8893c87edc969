#include "emulator/base/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstdint>
#include <istream>
#include <optional>
#include <streambuf>
#include <unordered_map>

// yaml-cpp as a source of events, and nothing more. Its own trees are never built: they accept
// duplicate keys and cycles, and some texts of a hundred bytes make its LoadAll eat gigabytes (it
// returns from a document without having read anything, again and again). Here every event is
// checked on the way into our tree, and the first thing out of order ends the parsing at once, by
// an exception thrown through the library's frames.
namespace emulator::yaml {
namespace {

// Ends the parsing. Never leaves this file.
struct Stop {
  Problem problem;
};

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string out = "\"";
  out += text.substr(0, kShown);
  if (text.size() > kShown) out += "...";
  return out + '"';
}

std::string counted(std::size_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

// The text as a stream, without a copy.
class View final : public std::streambuf {
 public:
  explicit View(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // only ever read from
    setg(begin, begin, begin + text.size());
  }
};

// ---- before parsing

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct Sequence {
  std::size_t length;
  unsigned char second_from, second_to;  // what the second byte may be
};

// Which UTF-8 sequence begins with `lead`: RFC 3629, table 3-7 of the Unicode standard.
std::optional<Sequence> utf8_sequence(unsigned char lead) {
  if (lead < 0x80) return Sequence{1, 0, 0};
  if (lead >= 0xC2 && lead <= 0xDF) return Sequence{2, 0x80, 0xBF};
  if (lead == 0xE0) return Sequence{3, 0xA0, 0xBF};
  if (lead == 0xED) return Sequence{3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return Sequence{3, 0x80, 0xBF};
  if (lead == 0xF0) return Sequence{4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return Sequence{4, 0x80, 0xBF};
  if (lead == 0xF4) return Sequence{4, 0x80, 0x8F};
  return std::nullopt;
}

std::size_t utf8_length_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::optional<Sequence> sequence = utf8_sequence(byte(at));
  if (!sequence || at + sequence->length > text.size()) return 0;
  for (std::size_t i = 1; i < sequence->length; ++i) {
    const unsigned char from = i == 1 ? sequence->second_from : 0x80;
    const unsigned char to = i == 1 ? sequence->second_to : 0xBF;
    if (byte(at + i) < from || byte(at + i) > to) return 0;
  }
  return sequence->length;
}

// Refuses what the library would misread in silence (a control character 4 is the end of the text
// to it, leading zero bytes mean UTF-16), and what would fill its queue of tokens: it keeps every
// token of a flow collection until that is closed, at a hundred bytes a token. Counting the
// characters that begin or end tokens, wherever they stand, is crude, but twice as many as there
// may be values is far more than any prose has.
void check_characters(std::string_view text, const Limits& limits) {
  Mark at{1, 1};
  std::size_t marks = 0;
  const std::size_t most_marks = 2 * limits.nodes;
  for (std::size_t i = 0; i < text.size(); ++at.column) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte < 0x7F) {
      switch (text[i++]) {
        case '[':
        case ']':
        case '{':
        case '}':
        case ',':
        case ':':
        case '?':
        case '&':
        case '*':
        case '!':
        case '"':
        case '\'':
          if (++marks > most_marks) {
            throw Stop{{at, "too large: more than " + counted(limits.nodes) + " values and keys"}};
          }
          break;
        default:
          break;
      }
      continue;
    }
    if (byte == '\n') {
      at = Mark{at.line + 1, 0};
      ++i;
      continue;
    }
    if (byte == '\t' || byte == '\r') {
      ++i;
      continue;
    }
    if (byte < 0x20 || byte == 0x7F) {
      throw Stop{{at, "a control character (" + std::to_string(byte) +
                          "): write it as an escape in a double-quoted text"}};
    }
    const std::size_t length = utf8_length_at(text, i);
    if (length == 0) throw Stop{{at, "not UTF-8 text: save the file as UTF-8"}};
    i += length;
  }
}

std::optional<unsigned> hex_at(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(at + 2, 4)) {
    value <<= 4;
    if (c >= '0' && c <= '9')
      value += static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f')
      value += static_cast<unsigned>(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
      value += static_cast<unsigned>(c - 'A') + 10;
    else
      return std::nullopt;
  }
  return value;
}

// JSON writes a character outside the basic plane as two escapes, which YAML does not know. Joins
// them; only for texts that begin as JSON does, where a backslash is always inside double quotes.
std::optional<std::string> with_joined_surrogates(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) {
    return std::nullopt;
  }
  if (text.find("\\u") == std::string_view::npos) return std::nullopt;
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::optional<unsigned> high = hex_at(text, i);
    const std::optional<unsigned> low = high ? hex_at(text, i + 6) : std::nullopt;
    if (low && *high >= 0xD800 && *high < 0xDC00 && *low >= 0xDC00 && *low < 0xE000) {
      const unsigned code = 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
      constexpr std::string_view kHex = "0123456789abcdef";
      out += "\\U";
      for (int shift = 28; shift >= 0; shift -= 4) out += kHex[(code >> shift) & 15];
      i += 12;
    } else if (text[i] == '\\' && i + 1 < text.size()) {
      out.append(text, i, 2);
      i += 2;
    } else {
      out += text[i++];
    }
  }
  return out;
}

// ---- places

// Turns the library's marks (bytes, from 0) into places (characters, from 1).
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {}

  Mark of(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    const auto position = static_cast<std::size_t>(mark.pos);
    const std::size_t line_start = position - static_cast<std::size_t>(mark.column);
    if (line_start != line_start_ || position < counted_to_) {
      line_start_ = counted_to_ = line_start;
      columns_ = 0;
    }
    for (; counted_to_ < position && counted_to_ < text_.size(); ++counted_to_) {
      if ((static_cast<unsigned char>(text_[counted_to_]) & 0xC0) != 0x80) ++columns_;
    }
    return {mark.line + 1, columns_ + 1};
  }

  bool has(std::string_view what, const YAML::Mark& mark) const {
    return !mark.is_null() && static_cast<std::size_t>(mark.pos) <= text_.size() &&
           text_.substr(static_cast<std::size_t>(mark.pos)).starts_with(what);
  }

  // The first tab in the indentation of line number `line`.
  std::optional<Mark> tab_in_indentation(int line) const {
    std::size_t start = 0;
    for (int i = 1; i < line; ++i) {
      start = text_.find('\n', start);
      if (start == std::string_view::npos) return std::nullopt;
      ++start;
    }
    const std::string_view rest = text_.substr(start);
    const std::size_t tab = rest.find_first_not_of(' ');
    if (tab == std::string_view::npos || rest[tab] != '\t') return std::nullopt;
    return Mark{line, static_cast<int>(tab) + 1};
  }

 private:
  std::string_view text_;
  // How far the columns of the current line were counted: events come in order, so that long lines
  // are walked once.
  std::size_t line_start_ = SIZE_MAX;
  std::size_t counted_to_ = 0;
  int columns_ = 0;
};

// ---- events into the tree

constexpr std::string_view kAliases =
    "aliases are not supported: write the value out (a text that begins with \"*\" needs quotes)";

class Builder final : public YAML::EventHandler {
 public:
  Builder(Places& places, const Limits& limits, bool any_tag)
      : places_(places), limits_(limits), any_tag_(any_tag) {}

  Node take() { return std::move(root_); }
  // Where the innermost list or mapping that is still being read begins.
  std::optional<Mark> open_at() const {
    if (frames_.empty()) return std::nullopt;
    return frames_.back().node.at;
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node = made(Node::Kind::kNull, mark, anchor);
    // The library gives a missing value the place of whatever comes next.
    if (Frame* frame = top(); frame && frame->key && frame->key->at.line != node.at.line) {
      node.at = frame->key->at;
    }
    put(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Stop{{places_.of(mark), std::string(kAliases)}};
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = made(Node::Kind::kScalar, mark, anchor);
    if (value.size() > limits_.scalar) {
      throw Stop{{node.at, "too large: a text of more than " + counted(limits_.scalar) + " bytes"}};
    }
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (tag != "?" && !node.quoted) check_tag(node, tag, {"int", "float", "bool", "null"});
    node.scalar = value;
    put(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(made(Node::Kind::kSequence, mark, anchor), tag, "seq");
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(made(Node::Kind::kMapping, mark, anchor), tag, "map");
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    std::optional<Node> key;                     // read, and its value is not yet
    std::unordered_map<std::string, Mark> seen;  // once there are many keys
  };

  Frame* top() { return frames_.empty() ? nullptr : &frames_.back(); }

  Node made(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Node node;
    node.kind = kind;
    node.at = places_.of(mark);
    if (anchor != YAML::NullAnchor) {
      throw Stop{{node.at,
                  "anchors are not supported: write the value out "
                  "(a text that begins with \"&\" needs quotes)"}};
    }
    if (++nodes_ > limits_.nodes) {
      throw Stop{{node.at, "too large: more than " + counted(limits_.nodes) + " values and keys"}};
    }
    return node;
  }

  void check_tag(Node& node, const std::string& tag,
                 std::initializer_list<std::string_view> fitting) {
    constexpr std::string_view kStandard = "tag:yaml.org,2002:";
    const bool standard = tag.starts_with(kStandard);
    for (const std::string_view word : fitting) {
      if (standard && std::string_view(tag).substr(kStandard.size()) == word) return;
    }
    const std::string shown = standard ? "!!" + tag.substr(kStandard.size()) : tag;
    if (any_tag_) {
      node.tag = shown;
      return;
    }
    throw Stop{{node.at, "the tag " + in_quotes(shown) + " is not supported here: leave it out " +
                             "(a text that begins with \"!\" needs quotes)"}};
  }

  void open(Node node, const std::string& tag, std::string_view fitting) {
    if (tag != "?" && tag != "!" && !tag.empty()) check_tag(node, tag, {fitting});
    if (Frame* frame = top(); frame && frame->node.is_mapping() && !frame->key) {
      throw Stop{{node.at, "a key must be a text, not a " +
                               std::string(node.is_mapping() ? "mapping" : "list")}};
    }
    if (frames_.size() >= limits_.depth) {
      throw Stop{{node.at, "nested too deeply: more than " + counted(limits_.depth) + " levels"}};
    }
    frames_.push_back(Frame{std::move(node), std::nullopt, {}});
  }

  void close() {
    Node node = std::move(frames_.back().node);
    frames_.pop_back();
    put(std::move(node));
  }

  void put(Node node) {
    Frame* frame = top();
    if (!frame) {
      root_ = std::move(node);
    } else if (frame->node.is_sequence()) {
      frame->node.items.push_back(std::move(node));
    } else if (frame->key) {
      frame->node.entries.emplace_back(std::move(*frame->key), std::move(node));
      frame->key.reset();
    } else {
      check_key(*frame, node);
      frame->key = std::move(node);
    }
  }

  void check_key(Frame& frame, const Node& key) {
    if (!key.is_scalar()) {
      throw Stop{{key.at, "a key must be a text: it is missing or null"}};
    }
    if (key.scalar == "<<" && !key.quoted) {
      throw Stop{{key.at, "merge keys are not supported: write the values out"}};
    }
    if (const std::optional<Mark> first = seen_before(frame, key)) {
      throw Stop{{key.at, "the key " + in_quotes(key.scalar) + " is given twice; first at " +
                              std::to_string(first->line) + ":" + std::to_string(first->column)}};
    }
  }

  // Looks through the few keys most mappings have; from `kMany` on, in a table.
  std::optional<Mark> seen_before(Frame& frame, const Node& key) {
    constexpr std::size_t kMany = 16;
    const auto& entries = frame.node.entries;
    if (entries.size() < kMany) {
      for (const auto& entry : entries) {
        if (entry.first.scalar == key.scalar) return entry.first.at;
      }
      return std::nullopt;
    }
    if (frame.seen.empty()) {
      for (const auto& entry : entries) frame.seen.emplace(entry.first.scalar, entry.first.at);
    }
    const auto [place, added] = frame.seen.emplace(key.scalar, key.at);
    if (added) return std::nullopt;
    return place->second;
  }

  Places& places_;
  const Limits& limits_;
  const bool any_tag_;
  std::vector<Frame> frames_;
  std::size_t nodes_ = 0;
  Node root_;
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

// ---- the library's complaints, in words that say what to do

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

std::string wording(const std::string& theirs) {
  for (const Wording& row : kWordings) {
    if (theirs.starts_with(row.theirs)) return std::string(row.ours);
  }
  return theirs;
}

Problem worded(const YAML::Exception& exception, Places& places) {
  const Problem problem{places.of(exception.mark), wording(exception.msg)};
  // What a tab breaks shows itself on its line or on the next.
  for (int line = problem.at.line; line > 0 && line + 1 >= problem.at.line; --line) {
    if (const std::optional<Mark> tab = places.tab_in_indentation(line)) {
      return {*tab, "a tab in the indentation: indent with blanks"};
    }
  }
  return problem;
}

// ---- documents

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
    return Failure{worded(exception, places)};
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

std::string worded(std::string_view file, const Problem& problem) {
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
