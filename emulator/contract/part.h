#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/base/yaml.h"
#include "emulator/contract/fact_table.h"
#include "emulator/task/words.h"

// The files of a contract laid over each other, and how their values are read. Inside contract/.
namespace emulator::contract {

// Where something is written: which of the files, and where in it.
struct Place {
  std::size_t file = 0;
  yaml::Mark at;
};

// One value of the files laid over each other. Refers to the nodes it was made of, which must
// outlive it; copying is cheap.
struct Part {
  struct Entry;

  const yaml::Node* node = nullptr;
  Place place;
  std::shared_ptr<const std::vector<Entry>> entries;  // of a mapping, in order; else null

  static Part of(const yaml::Node& node, std::size_t file);
  // A mapping of the one entry `key`.
  static Part holding(std::string_view key, const Part& value);

  bool is_mapping() const { return entries != nullptr; }
  bool is_sequence() const { return !is_mapping() && node->is_sequence(); }
  bool is_scalar() const { return !is_mapping() && node->is_scalar(); }
  std::vector<Part> items() const;  // of a sequence
  const Part* find(std::string_view key) const;
};

struct Part::Entry {
  std::string_view key;
  Place place;  // of the key
  Part value;
};

// `upper` laid over `lower`: mappings are merged (new keys come last), anything else replaces.
Part laid_over(const Part& lower, const Part& upper);

// A value as JSON. Unquoted texts are read by the rules of YAML 1.2's core schema: `1.0` is a float
// and stays one, `1` is an integer, `yes` is a text.
Json json_of(const Part& part);
// What `json_of` makes of one scalar.
Json json_of_scalar(const yaml::Node& scalar);

// What is wrong with the files. Collected, so that all of it is told at once.
class Problems {
 public:
  explicit Problems(std::vector<std::string> files) : files_(std::move(files)) {}

  void add(const Place& place, std::string text) { found_.push_back({place, std::move(text)}); }
  // Adds `text`, and the nearest of `known` if `word` looks like a slip of it.
  void add(const Place& place, std::string text, std::string_view word,
           const std::vector<std::string>& known);
  bool none() const { return found_.empty(); }
  // As `file:line:column: text`, in the order of the files.
  std::vector<std::string> lines() const;

 private:
  struct Found {
    Place place;
    std::string text;
  };
  std::vector<std::string> files_;
  std::vector<Found> found_;
};

// Reads values of one kind; what is of another kind is a problem that names `key`.
class Reader {
 public:
  explicit Reader(Problems& problems, OwnTables own = {}) : problems_(problems), own_(own) {}

  // The entries of a mapping; none, and a problem, for anything else.
  const std::vector<Part::Entry>& entries(const Part& part, std::string_view key);
  // Entries whose keys must be among `known`. `where` says in what ("a route").
  const std::vector<Part::Entry>& known_entries(const Part& part, std::string_view key,
                                                std::string_view where,
                                                std::initializer_list<std::string_view> known);
  std::vector<Part> items(const Part& part, std::string_view key);

  std::string text(const Part& part, std::string_view key);
  std::vector<std::string> texts(const Part& part, std::string_view key);
  bool truth(const Part& part, std::string_view key);
  double number(const Part& part, std::string_view key);
  std::int64_t integer(const Part& part, std::string_view key, std::int64_t low, std::int64_t high);
  std::size_t count(const Part& part, std::string_view key);  // an integer of at least 0
  std::optional<Duration> duration(const Part& part, std::string_view key);  // "10m"

  // Reports a value of another kind: "expected a text under "name", got a list".
  void expected(const Part& part, std::string_view what, std::string_view key);

  Problems& problems() { return problems_; }
  const OwnTables& own() const { return own_; }  // of the provider whose contract this is

 private:
  Problems& problems_;
  OwnTables own_;
};

// The keys of a mapping, for hints.
std::vector<std::string> keys_of(const Part& part);

// The words of a list such as kOnWords, for hints.
template <class E, std::size_t N>
std::vector<std::string> texts_of(const std::array<Word<E>, N>& words) {
  std::vector<std::string> texts;
  texts.reserve(N);
  for (const Word<E>& word : words) texts.emplace_back(word.text);
  return texts;
}

// `word` in double quotes.
std::string in_quotes(std::string_view word);

}  // namespace emulator::contract
