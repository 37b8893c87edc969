// The key file is read by the tables that scenario files are read by, so that its mistakes are
// worded alike. A key that is spelled out is found in one look; globs are tried, in their order,
// only where none is.
#include "emulator/pipeline/keys.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/base/text.h"
#include "emulator/scenario/reader.h"

namespace emulator {
namespace {

using scenario::Reader;

struct Row {
  std::string_view name;
};
constexpr std::array<Row, 5> kEntryKeys{
    {{"key"}, {"providers"}, {"credits"}, {"inactive"}, {"limits"}}};
constexpr std::array<Row, 2> kLimitKeys{{{"running"}, {"rate"}}};
constexpr std::array<Row, 2> kRateKeys{{{"submissions"}, {"window"}}};
constexpr std::array<Row, 1> kFileKeys{{{"keys"}}};

constexpr std::uint64_t kMostTasks = 1'000'000;

// Reads the entries of one file; what is wrong goes to `reader`.
class BookReader {
 public:
  BookReader(Reader& reader, const std::vector<std::string>& providers)
      : reader_(reader), providers_(providers) {}

  std::vector<KeyEntry> file(const yaml::Node& root) {
    std::vector<KeyEntry> out;
    if (!root.is_mapping()) {
      reader_.problem(root.at, "a key file is a mapping with a list of keys: keys: [{key: me}]");
      return out;
    }
    if (root.find("keys") == nullptr) reader_.problem(root.at, "\"keys\" is missing");
    scenario::read_keys(reader_, root, "the file", kFileKeys,
                        [&](const Row&, const yaml::Node&, const yaml::Node& list) {
                          if (!list.is_sequence())
                            return reader_.expected(list, "keys", "a list such as [{key: me}]");
                          for (const yaml::Node& item : list.items) out.push_back(entry(item));
                        });
    return out;
  }

 private:
  KeyEntry entry(const yaml::Node& node) {
    KeyEntry out;
    if (!node.is_mapping()) {
      reader_.expected(node, "keys", "entries such as {key: me, credits: 10}");
      return out;
    }
    if (node.find("key") == nullptr) reader_.problem(node.at, "an entry wants a \"key\"");
    scenario::read_keys(reader_, node, "a key", kEntryKeys,
                        [&](const Row& row, const yaml::Node& name, const yaml::Node& value) {
                          if (row.name == "key") key(value, out);
                          if (row.name == "providers") providers(value, out);
                          if (row.name == "credits") credits(value, out);
                          if (row.name == "inactive")
                            out.inactive = reader_.truth(value, name.scalar).value_or(false);
                          if (row.name == "limits") limits(value, out);
                        });
    once(node, out);
    return out;
  }

  void key(const yaml::Node& node, KeyEntry& out) {
    // The text is not repeated in messages: it may be a true key.
    if (!node.is_scalar() || node.scalar.empty())
      return reader_.problem(node.at,
                             "\"key\" expects the text of a key, or a pattern such as ci-*");
    if (node.scalar.size() > 4'096)
      return reader_.problem(node.at, "a key has at most 4096 characters");
    out.key = node.scalar;
  }

  bool known(const yaml::Node& node) {
    if (std::find(providers_.begin(), providers_.end(), node.scalar) != providers_.end())
      return true;
    reader_.unknown_word(node, "provider", providers_);
    return false;
  }

  void providers(const yaml::Node& node, KeyEntry& out) {
    if (node.is_scalar()) {
      if (known(node)) out.providers = {node.scalar};
      return;
    }
    if (!node.is_sequence() || node.items.empty())
      return reader_.expected(node, "providers",
                              "a list of names, such as [" +
                                  std::string(providers_.empty() ? "" : providers_.front()) + "]");
    for (const yaml::Node& item : node.items) {
      if (!item.is_scalar())
        reader_.expected(item, "providers", "names of providers");
      else if (known(item))
        out.providers.push_back(item.scalar);
    }
  }

  std::optional<double> amount(const yaml::Node& node) {
    const auto value = reader_.number(node, "credits");
    if (value && !(*value >= 0)) {
      reader_.expected(node, "credits", "a number that is not negative");
      return std::nullopt;
    }
    return value;
  }

  void credits(const yaml::Node& node, KeyEntry& out) {
    if (!node.is_mapping()) {
      out.credits = amount(node);
      return;
    }
    for (const auto& [name, value] : node.entries) {
      if (!known(name)) continue;
      if (const auto read = amount(value)) out.credits_at[name.scalar] = *read;
    }
  }

  void limits(const yaml::Node& node, KeyEntry& out) {
    if (!node.is_mapping())
      return reader_.expected(node, "limits", "a mapping such as {running: 2}");
    scenario::read_keys(reader_, node, "limits", kLimitKeys,
                        [&](const Row& row, const yaml::Node&, const yaml::Node& value) {
                          if (row.name == "rate") return rate(value, out);
                          out.running = reader_.whole(value, "running", 1, kMostTasks);
                        });
  }

  void rate(const yaml::Node& node, KeyEntry& out) {
    if (!node.is_mapping() || node.find("submissions") == nullptr)
      return reader_.expected(node, "rate", "a mapping such as {submissions: 10, window: 1m}");
    scenario::read_keys(reader_, node, "rate", kRateKeys,
                        [&](const Row& row, const yaml::Node&, const yaml::Node& value) {
                          if (row.name == "submissions") {
                            out.submissions = reader_.whole(value, "submissions", 0, kMostTasks);
                            return;
                          }
                          const auto window = reader_.duration(value, "window");
                          if (window && *window <= Duration::zero())
                            return reader_.expected(value, "window", "a duration above 0");
                          if (window) out.window = *window;
                        });
  }

  // The same key twice with one provider: which would hold?
  void once(const yaml::Node& node, const KeyEntry& entry) {
    if (entry.key.empty()) return;
    const std::vector<std::string>& named = entry.providers.empty() ? providers_ : entry.providers;
    for (const std::string& provider : named) {
      std::string text = provider;
      text += ' ';
      text += entry.key;
      const auto [before, fresh] = seen_.emplace(std::move(text), node.at.line);
      if (fresh) continue;
      reader_.problem(node.at, "this key is listed for " + provider + " already, in line " +
                                   std::to_string(before->second));
      return;
    }
  }

  Reader& reader_;
  const std::vector<std::string>& providers_;
  std::unordered_map<std::string, int> seen_;
};

std::string_view id_of(std::string_view key) { return key.substr(0, key.find(':')); }

}  // namespace

bool KeyEntry::of_provider(std::string_view provider) const {
  return providers.empty() ||
         std::find(providers.begin(), providers.end(), provider) != providers.end();
}

Result<std::shared_ptr<const KeyBook>, std::vector<yaml::Problem>> KeyBook::load(
    std::string_view text, const std::vector<std::string>& providers) {
  const auto root = yaml::load(text);
  if (!root) return Failure{std::vector<yaml::Problem>{root.error()}};
  Reader reader(nullptr);
  auto book = std::make_shared<KeyBook>();
  book->entries_ = BookReader(reader, providers).file(*root);
  if (reader.failed()) return Failure{reader.problems()};
  for (std::size_t i = 0; i < book->entries_.size(); ++i) {
    const KeyEntry& entry = book->entries_[i];
    if (entry.is_glob())
      book->globs_.push_back(i);
    else
      book->spelled_[entry.key].push_back(i);
  }
  return std::shared_ptr<const KeyBook>(std::move(book));
}

const KeyEntry* KeyBook::find(std::string_view provider, std::string_view key) const {
  // An entry without a secret stands for its id with any.
  for (const std::string_view text : {key, id_of(key)}) {
    const auto found = spelled_.find(std::string(text));
    if (found == spelled_.end()) continue;
    for (const std::size_t number : found->second)
      if (entries_[number].of_provider(provider)) return &entries_[number];
  }
  for (const std::size_t number : globs_)
    if (entries_[number].of_provider(provider) && glob_matches(entries_[number].key, key))
      return &entries_[number];
  return nullptr;
}

void Keys::go_by(std::shared_ptr<const KeyBook> book, const NameOf& name_of) {
  by_sandbox_.clear();
  for (const KeyEntry& entry : book->entries())
    if (!entry.is_glob()) by_sandbox_[name_of(entry.key)].push_back(&entry);
  book_ = std::move(book);
}

KeyStanding Keys::standing(std::string_view provider, std::string_view key) const {
  if (policy_ == Policy::kAny || (!welcome_.empty() && id_of(key) == id_of(welcome_)))
    return KeyStanding::kLetIn;
  if (policy_ == Policy::kFormat) return KeyStanding::kFormMatters;
  const KeyEntry* entry = book_ ? book_->find(provider, key) : nullptr;
  if (entry == nullptr) return KeyStanding::kUnknown;
  return entry->inactive ? KeyStanding::kInactive : KeyStanding::kLetIn;
}

const KeyEntry* Keys::account(std::string_view provider, std::string_view sandbox) const {
  if (!book_) return nullptr;
  if (const auto found = by_sandbox_.find(std::string(sandbox)); found != by_sandbox_.end())
    for (const KeyEntry* entry : found->second)
      if (entry->of_provider(provider)) return entry;
  const KeyEntry* entry = book_->find(provider, sandbox);
  return entry != nullptr && entry->is_glob() ? entry : nullptr;
}

std::optional<double> Keys::credits(std::string_view provider, std::string_view sandbox) const {
  const KeyEntry* entry = account(provider, sandbox);
  if (entry == nullptr) return std::nullopt;
  const auto own = entry->credits_at.find(provider);
  return own == entry->credits_at.end() ? entry->credits : std::optional<double>(own->second);
}

AccountLimits Keys::limited(AccountLimits limits, std::string_view provider,
                            std::string_view sandbox) const {
  const KeyEntry* entry = account(provider, sandbox);
  if (entry == nullptr) return limits;
  if (entry->running) limits.running = entry->running;
  if (entry->submissions) {
    limits.submissions = entry->submissions;
    limits.window = entry->window;
  }
  return limits;
}

}  // namespace emulator
