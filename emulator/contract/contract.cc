#include "emulator/contract/contract.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "emulator/contract/doors.h"
#include "emulator/contract/facts.h"
#include "emulator/contract/fields.h"
#include "emulator/contract/own_routes.h"
#include "emulator/contract/part.h"

namespace emulator::contract {
namespace {

constexpr std::array<std::string_view, 5> kMethods{"GET", "POST", "PUT", "PATCH", "DELETE"};

// The word a scalar names, of `words`; a problem lists the near one.
template <class E, std::size_t N>
std::optional<E> read_word(Reader& read, const Part& part, std::string_view key,
                           const std::array<Word<E>, N>& words) {
  const std::string text = read.text(part, key);
  const std::optional<E> value = from_word(text, words);
  if (!value && part.is_scalar()) {
    read.problems().add(part.place, "unknown word " + in_quotes(text) + " under " + in_quotes(key),
                        text, texts_of(words));
  }
  return value;
}

template <class E, std::size_t N>
std::vector<E> read_words(Reader& read, const Part& part, std::string_view key,
                          const std::array<Word<E>, N>& words) {
  std::vector<E> list;
  for (const Part& item : read.items(part, key))
    if (const auto value = read_word(read, item, key, words)) list.push_back(*value);
  return list;
}

Route read_route(Reader& read, const Part::Entry& entry) {
  Route route;
  route.name = std::string(entry.key);
  const Part& part = entry.value;
  read.known_entries(part, entry.key, "a route",
                     {"on", "door", "method", "path", "endpoint", "emulated"});
  const auto needed = [&](std::string_view key) {
    const Part* value = part.find(key);
    if (value == nullptr && part.is_mapping())
      read.problems().add(entry.place,
                          "the route " + in_quotes(entry.key) + " has no " + in_quotes(key));
    return value;
  };
  if (const Part* on = needed("on"))
    route.on = read_word(read, *on, "on", kOnWords).value_or(On::kAccount);
  if (const Part* door = needed("door")) route.door = read.text(*door, "door");
  if (const Part* method = needed("method")) {
    route.method = read.text(*method, "method");
    if (std::find(kMethods.begin(), kMethods.end(), route.method) == kMethods.end())
      read.problems().add(method->place, "\"method\" is one of GET, POST, PUT, PATCH, DELETE");
  }
  if (const Part* path = needed("path")) {
    route.path = read.text(*path, "path");
    if (route.path.empty() || route.path[0] != '/')
      read.problems().add(path->place, "a path must begin with \"/\"");
  }
  if (const Part* endpoint = part.find("endpoint"))
    route.endpoint = read.text(*endpoint, "endpoint");
  if (const Part* emulated = part.find("emulated"))
    route.emulated = read.truth(*emulated, "emulated");
  return route;
}

ErrorText read_error(Reader& read, const Part::Entry& entry) {
  ErrorText error;
  const Part& part = entry.value;
  read.known_entries(part, entry.key, "an error", {"http", "body", "text", "type", "headers"});
  if (const Part* http = part.find("http")) {
    error.http = static_cast<unsigned>(read.integer(*http, "http", 100, 599));
  } else if (part.is_mapping()) {
    read.problems().add(entry.place, "the error " + in_quotes(entry.key) + " has no \"http\"");
  }
  const Part* body = part.find("body");
  const Part* text = part.find("text");
  if (body != nullptr && text != nullptr)
    read.problems().add(text->place, "an error has a \"body\" or a \"text\", not both");
  if (body != nullptr) error.body = json_of(*body);
  if (text != nullptr) error.text = read.text(*text, "text");
  if (const Part* type = part.find("type")) error.content_type = read.text(*type, "type");
  if (const Part* headers = part.find("headers"))
    for (const Part::Entry& header : read.entries(*headers, "headers"))
      error.headers.emplace_back(header.key, read.text(header.value, header.key));
  return error;
}

bool is_long_form(const Part& value) { return value.find("value") != nullptr; }

// A value as it is written, with its notes.
void read_noted(Reader& read, const Part::Entry& entry, Contract& contract) {
  const std::string name(entry.key);
  auto& values = contract.values.get_ref<Json::object_t&>();
  if (!is_long_form(entry.value)) {
    values.emplace_back(name, json_of(entry.value));
    return;
  }
  read.known_entries(entry.value, name, "a value with notes",
                     {"value", "about", "source", "guess"});
  values.emplace_back(name, json_of(*entry.value.find("value")));
  std::string note;
  if (const Part* about = entry.value.find("about")) note = read.text(*about, "about");
  if (const Part* source = entry.value.find("source")) {
    const std::string text = read.text(*source, "source");
    note += note.empty() ? text : " (" + text + ")";
  }
  if (!note.empty()) contract.value_notes.emplace(name, std::move(note));
  const Part* guess = entry.value.find("guess");
  if (guess != nullptr && read.truth(*guess, "guess")) contract.guesses.push_back(name);
}

// The routes a value names must be there.
void check_routes(Reader& read, const Part& list, std::string_view name, const Contract& contract) {
  if (!list.is_sequence()) return;
  std::vector<std::string> known;
  for (const Route& route : contract.routes) known.push_back(route.name);
  for (const Part& item : list.items())
    if (item.is_scalar() && std::find(known.begin(), known.end(), item.node->scalar) == known.end())
      read.problems().add(item.place,
                          "no route " + in_quotes(item.node->scalar) + " under " + in_quotes(name),
                          item.node->scalar, known);
}

// `values:`, each into the member its name is bound to.
void read_facts(Reader& read, const Part& values, const FactTable& own, Contract& contract) {
  const auto common = fact_rows(&contract.common);
  if (own.make != nullptr) contract.own = own.make();
  std::vector<std::string> known;
  for (const auto rows : {common, own.rows})
    for (const FactRow& row : rows) known.emplace_back(row.name);
  for (const Part::Entry& entry : read.entries(values, "values")) {
    read_noted(read, entry, contract);
    const Part& value = is_long_form(entry.value) ? *entry.value.find("value") : entry.value;
    if (const FactRow* row = row_named(common, entry.key)) {
      row->read(read, value, *row, &contract.common);
      if (entry.key.ends_with("_routes")) check_routes(read, value, entry.key, contract);
    } else if (const FactRow* theirs = row_named(own.rows, entry.key)) {
      theirs->read(read, value, *theirs, own.address(contract.own));
    } else {
      read.problems().add(entry.place, "unknown value " + in_quotes(entry.key), entry.key, known);
    }
  }
}

// What a file says of values, each in its long form: so an override that gives only the value
// replaces just that, and a value that is a mapping is merged with a mapping.
Part with_long_values(const Part& document) {
  const Part* values = document.find("values");
  if (values == nullptr || !values->is_mapping()) return document;
  auto each = std::make_shared<std::vector<Part::Entry>>(*values->entries);
  for (Part::Entry& entry : *each)
    if (!is_long_form(entry.value)) entry.value = Part::holding("value", entry.value);
  auto entries = std::make_shared<std::vector<Part::Entry>>(*document.entries);
  for (Part::Entry& entry : *entries)
    if (entry.key == "values") entry.value.entries = each;
  return {document.node, document.place, std::move(entries)};
}

TaskErrorFacts read_task_error(Reader& read, const Part::Entry& entry) {
  const FactTable& table = read.own().error;
  Json written = json_of(entry.value);
  if (table.read == nullptr) return {std::move(written), {}};
  std::any facts = table.make();
  FactRow row;
  row.name = entry.key;
  table.read(read, entry.value, row, facts);
  return {std::move(written), OwnFacts::holding(std::move(facts))};
}

Contract read_contract(Reader& read, const Part& whole) {
  Contract contract;
  contract.values = Json::object();
  contract.doors = read_doors(read, whole);
  if (const Part* routes = whole.find("routes"))
    for (const Part::Entry& entry : read.entries(*routes, "routes"))
      contract.routes.push_back(read_route(read, entry));
  if (const Part* statuses = whole.find("statuses"))
    for (const Part::Entry& entry : read.entries(*statuses, "statuses"))
      contract.statuses.emplace(entry.key, read.text(entry.value, entry.key));
  if (const Part* errors = whole.find("errors"))
    for (const Part::Entry& entry : read.entries(*errors, "errors"))
      contract.errors.emplace(entry.key, read_error(read, entry));
  if (const Part* errors = whole.find("task_errors"))
    for (const Part::Entry& entry : read.entries(*errors, "task_errors"))
      contract.task_errors.emplace(entry.key, read_task_error(read, entry));
  if (const Part* ends = whole.find("ends"))
    contract.ends = read_words(read, *ends, "ends", kEndWords);
  if (const Part* refusals = whole.find("refusals"))
    contract.refusals = read_words(read, *refusals, "refusals", kRefusalWords);
  if (const Part* endpoints = whole.find("endpoints"))
    contract.endpoints = read_endpoints(read, *endpoints, whole.find("groups"));
  if (const Part* values = whole.find("values"))
    read_facts(read, *values, read.own().values, contract);
  return contract;
}

// The documents of the files; they must live as long as the parts made of them.
class Layers {
 public:
  explicit Layers(Reader& read) : read_(read) {}

  // The two documents of the base: doors and facts, each with its own keys.
  void add_base(const Source& source) {
    add(source, 0, true, false, true);
    add(source, 1, false, true, true);
  }

  // One document or two, either of them with any key.
  void add_override(const Source& source) {
    ++file_;
    if (add(source, 0, true, true, true)) add(source, 1, true, true, false);
  }

  const std::optional<Part>& whole() const { return whole_; }

 private:
  bool add(const Source& source, std::size_t index, bool doors, bool facts, bool needed) {
    auto node = document_of(source, index);
    if (!node) {
      // A missing document is a problem of the whole text, which has no place.
      if (needed || node.error().at.line > 0)
        read_.problems().add({file_, node.error().at}, node.error().text);
      return false;
    }
    nodes_.push_back(std::move(*node));
    const std::optional<Part> document = read_document(read_, nodes_.back(), file_);
    if (!document) return false;
    check_keys(read_, *document, doors, facts);
    check_provider(*document);
    const Part layer = with_long_values(*document);
    whole_ = whole_ ? laid_over(*whole_, layer) : layer;
    return true;
  }

  void check_provider(const Part& document) {
    const Part* theirs = document.find("provider");
    const Part* ours = whole_ ? whole_->find("provider") : nullptr;
    if (theirs == nullptr || ours == nullptr || !theirs->is_scalar() || !ours->is_scalar()) return;
    if (theirs->node->scalar != ours->node->scalar)
      read_.problems().add(theirs->place, "this is about " + in_quotes(theirs->node->scalar) +
                                              ", but is laid over " +
                                              in_quotes(ours->node->scalar));
  }

  Reader& read_;
  std::size_t file_ = 0;
  std::deque<yaml::Node> nodes_;  // a deque: what is in it stays where it is
  std::optional<Part> whole_;
};

}  // namespace

const Field* Endpoint::field(std::string_view name) const {
  for (const Field& one : fields)
    if (one.name == name) return &one;
  return nullptr;
}

const Endpoint* Contract::endpoint(std::string_view id) const {
  for (const Endpoint& one : endpoints)
    if (one.id == id) return &one;
  return nullptr;
}

bool Contract::has_requests(On on) const {
  if (on == On::kWebhook) return common.webhooks;
  return std::any_of(routes.begin(), routes.end(),
                     [on](const Route& route) { return route.on == on; });
}

Result<Contract, std::vector<std::string>> load(
    const Source& base, const std::vector<Source>& overrides, const OwnTables& own,
    std::optional<std::span<const std::string_view>> own_calls) {
  std::vector<std::string> files{base.file};
  for (const Source& source : overrides) files.push_back(source.file);
  Problems problems(std::move(files));
  Reader read(problems, own);
  Layers layers(read);
  layers.add_base(base);
  for (const Source& source : overrides) layers.add_override(source);
  if (layers.whole()) {
    Contract contract = read_contract(read, *layers.whole());
    const Part* const routes = layers.whole()->find("routes");
    if (own_calls && routes != nullptr)
      check_own_routes(problems, *routes, contract.routes, *own_calls);
    if (problems.none()) return contract;
  }
  return Failure{problems.lines()};
}

}  // namespace emulator::contract
