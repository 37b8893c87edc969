#include "tests/stories/story_file.h"

#include <stdexcept>

#include "emulator/base/yaml.h"

namespace emulator::test {
namespace {

using yaml::Node;

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  StoryFile read(const Node& root) {
    StoryFile out;
    for (const auto& [key, value] : entries(root)) {
      if (std::string* text = text_of(out, key.scalar))
        *text = scalar(value);
      else if (key.scalar == "submit")
        submit(value, out);
      else if (key.scalar == "refusals")
        for (const auto& [kind, status] : entries(value))
          out.refusals[kind.scalar] = std::stoi(scalar(status));
      else
        fail(key, "unknown key \"" + key.scalar + "\"");
    }
    for (const char* needed : {"poll", "pictures", "status", "done", "failed"})
      if (text_of(out, needed)->empty()) fail(root, "\"" + std::string(needed) + "\" is missing");
    if (out.path.empty()) fail(root, "\"submit\" is missing");
    if (out.id.empty() != (out.poll.find("{id}") == std::string::npos))
      fail(root, "\"poll\" is a path with {id}, where \"id\" is; else a pointer");
    for (const char* needed : {"unauthenticated", "out_of_credit"})
      if (!out.refusals.contains(needed))
        fail(root, "\"refusals\" has no \"" + std::string(needed) + "\"");
    return out;
  }

 private:
  [[noreturn]] void fail(const Node& node, const std::string& what) const {
    throw std::runtime_error(yaml::to_line(file_, {node.at, what}));
  }

  static std::string* text_of(StoryFile& out, std::string_view key) {
    constexpr std::pair<std::string_view, std::string StoryFile::*> kTexts[] = {
        {"under", &StoryFile::under},       {"id", &StoryFile::id},
        {"poll", &StoryFile::poll},         {"result", &StoryFile::result},
        {"pictures", &StoryFile::pictures}, {"picture", &StoryFile::picture},
        {"status", &StoryFile::status},     {"done", &StoryFile::done},
        {"failed", &StoryFile::failed}};
    for (const auto& [name, member] : kTexts)
      if (name == key) return &(out.*member);
    return nullptr;
  }

  const std::vector<std::pair<Node, Node>>& entries(const Node& node) const {
    if (!node.is_mapping()) fail(node, "this is no mapping");
    return node.entries;
  }
  std::string scalar(const Node& node) const {
    if (!node.is_scalar()) fail(node, "this is no text");
    return node.scalar;
  }

  void submit(const Node& node, StoryFile& out) const {
    for (const auto& [key, value] : entries(node)) {
      if (key.scalar == "path")
        out.path = scalar(value);
      else if (key.scalar == "headers")
        for (const auto& [name, text] : entries(value)) out.headers[name.scalar] = scalar(text);
      else if (key.scalar == "body")
        out.body = json(value);
      else
        fail(key, "unknown key \"" + key.scalar + "\" under \"submit\"");
    }
  }

  // Bodies of texts, lists and mappings: what stories need.
  Json json(const Node& node) const {
    if (node.is_mapping()) {
      Json out = Json::object();
      for (const auto& [key, value] : node.entries) out[key.scalar] = json(value);
      return out;
    }
    if (!node.is_sequence()) return scalar(node);
    Json out = Json::array();
    for (const Node& item : node.items) out.push_back(json(item));
    return out;
  }

  std::string file_;
};

}  // namespace

StoryFile read_story_file(const std::string& file, const std::string& text) {
  const auto root = yaml::load(text);
  if (!root) throw std::runtime_error(yaml::to_line(file, root.error()));
  return Reader(file).read(*root);
}

}  // namespace emulator::test
