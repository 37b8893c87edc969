// State in a Redis. A batch goes there in one transaction, the changes of each sandbox by one
// script in it, which looks first whether the sandbox is still ours: whoever lost one overwrites
// nothing of whoever has it now. Names and how rows lie under them: redis_scripts.h.
#include "emulator/state/redis.h"

#include <map>
#include <utility>

#include "emulator/state/bytes.h"
#include "emulator/state/redis_scripts.h"
#include "emulator/state/redis_store.h"

namespace emulator::state {
namespace {

constexpr std::string_view kForm = "1";
// Where the words that run a script about a sandbox have its name.
constexpr std::size_t kBoxWord = 5;

using Words = RedisLink::Words;

// Notes and uploads lie by the provider's number and their name.
std::string field_of(const Write& row) { return std::to_string(row.number) + " " + row.name; }

class RedisEngine final : public Engine {
 public:
  explicit RedisEngine(RedisSharedPtr shared)
      : shared_(std::move(shared)), link_(shared_->options.address, shared_->options.patience) {}

  std::string write(const Batch& batch) override {
    refused_.clear();
    try {
      commands_ = {{"MULTI"}};
      names_.assign(1, "");
      add_all(batch);
      commands_.push_back({"EXEC"});
      const std::vector<RedisAnswer> answers = link_.run(commands_);
      return understood(answers.back());
    } catch (const StateFault& fault) {
      return fault.what();
    }
  }

  std::unique_ptr<Reading> reading() override { return redis_reading(shared_); }
  std::string name() const override { return shared_->shown(); }
  std::uint64_t seed() const override { return shared_->options.seed; }
  bool shared() const override { return true; }
  std::vector<std::string> refused() override { return std::exchange(refused_, {}); }

 private:
  // Rows that follow each other and are of one sandbox go to one script.
  void add_all(const Batch& batch) {
    std::map<std::uint32_t, std::string> names;
    for (const Write& row : batch)
      if (row.shelf == Shelf::kSandbox && row.what == Write::What::kPut) names[row.box] = row.name;
    const std::string birth = shared_->birth();
    bool sweep = false;
    for (const Write& row : batch) {
      if (row.shelf == Shelf::kScenario) {
        if (row.what == Write::What::kDropAll)
          sweep = true;
        else
          add("",
              link_.call_words(kScenarioScript, {shared_->names, birth, packed_keys({row.number}),
                                                 sealed(row.value)}));
        continue;
      }
      const bool gone = row.shelf == Shelf::kSandbox && row.what == Write::What::kDrop;
      const std::string& box = gone                          ? row.name
                               : row.shelf == Shelf::kLetter ? inboxes_
                                                             : names[row.box];
      if (gone || names_.back() != box)
        add(box, link_.call_words(kWriteScript, {shared_->names, shared_->id, box, birth}));
      add_change(row, commands_.back());
      if (gone) names_.back().clear();  // a new one of that name is another
    }
    if (sweep) add("", link_.call_words(kSweepScript, {shared_->names}));
  }

  void add(const std::string& box, Words words) {
    commands_.push_back(std::move(words));
    names_.push_back(box);
  }

  void add_change(const Write& row, Words& to) const {
    using What = Write::What;
    const auto change = [&](std::string what, std::string a = "", std::string b = "",
                            std::string c = "", std::string d = "") {
      for (std::string* word : {&what, &a, &b, &c, &d}) to.push_back(std::move(*word));
    };
    const std::string number = std::to_string(row.number);
    switch (row.shelf) {
      case Shelf::kSandbox:
        if (row.what == What::kDrop) return change("gone");
        if (row.fresh) change("new", shared_->id + ":" + std::to_string(row.box));
        return change("box", sealed(row.value), packed_head(row), packed_keys({row.scenario}),
                      row.due ? "1" : "0");
      case Shelf::kTask:
        if (row.what == What::kDropBelow) return change("tasks<", number);
        if (row.what == What::kDropAll) return change("tasks-", number);
        return change("task", number, sealed(row.value), row.keys);
      case Shelf::kNote:
        if (row.what == What::kDropAll) return change("notes-");
        if (row.what == What::kDrop) return change("note-", field_of(row));
        return change("note", field_of(row), sealed(row.value));
      case Shelf::kWebhook:
        if (row.what == What::kDropAll) return change("hooks-");
        if (row.what == What::kDrop) return change("hook-", number);
        return change("hook", number, sealed(row.value));
      case Shelf::kUpload:
        if (row.what == What::kDrop) return change("file-", field_of(row));
        return change("file", field_of(row), sealed(row.value), row.bytes, row.keys);
      case Shelf::kLetter:
        if (row.what == What::kDrop) return change("letter-", number);
        return change("letter", number, sealed(row.value));
      case Shelf::kScenario:
        return;
    }
  }

  // What the transaction came to: "" or one line.
  std::string understood(const RedisAnswer& all) {
    const std::string cannot = "cannot write " + shared_->shown() + ": ";
    if (all.kind != RedisAnswer::Kind::kList || all.list.size() + 2 != commands_.size())
      return cannot + (all.is_error() ? all.text : "it did not take the transaction");
    for (const RedisAnswer& each : all.list) {
      if (!each.is_error()) continue;
      if (each.text.starts_with("NOSCRIPT")) link_.forget_scripts();
      if (each.text.find(kEmptied) != std::string::npos)
        return cannot + "what was kept in it is gone";
      return cannot + each.text;
    }
    for (std::size_t i = 0; i < all.list.size(); ++i) {
      // Of a script that is about a sandbox.
      if (all.list[i].kind == RedisAnswer::Kind::kText && !all.list[i].text.empty())
        refused_.push_back(commands_[i + 1].at(kBoxWord));
    }
    return "";
  }

  const RedisSharedPtr shared_;
  RedisLink link_;
  std::vector<Words> commands_;
  std::vector<std::string> names_;  // of the sandbox each command is about; "" : of none
  std::vector<std::string> refused_;
  const std::string inboxes_ = kInboxes;
};

}  // namespace

std::string sealed(std::string value) {
  seal(value);
  return value;
}

std::string packed_head(const Write& row) {
  std::string out;
  Packer to(out);
  to.number(1);
  to.instant(row.used);
  to.number(row.tasks);
  to.flag(row.due);
  return sealed(std::move(out));
}

std::optional<StoredBox> unpacked_head(std::string_view bytes, std::string name) {
  const auto value = opened(bytes);
  if (!value) return std::nullopt;
  Unpacker from(*value);
  StoredBox out;
  out.name = std::move(name);
  const bool known = from.number() == 1;
  out.used = from.instant();
  out.tasks = from.number();
  out.due = from.flag();
  if (!known || !from.whole_and_good()) return std::nullopt;
  return out;
}

std::string make_ours(RedisLink& link, RedisShared& shared) {
  RedisOptions& options = shared.options;
  std::string ours, seed;
  for (const std::string& name : options.providers) ours += name + "\n";
  Packer(seed).fixed(options.seed);
  const RedisAnswer there = link.call(kOpenScript, {shared.names, std::string(kForm), ours, seed,
                                                    options.secret, std::to_string(shared.number)});
  const auto at = [&](std::size_t i) {
    return i < there.list.size() ? there.list[i].text : std::string();
  };
  if (at(0) == "foreign")
    return shared.shown() + ": " + at(1) +
           " is there and is none of ours; it is left as it is. Give our names another beginning: "
           "?prefix=NAME";
  if (at(1) != kForm)
    return shared.shown() + ": it is in form " + at(1) +
           ", which this version does not know; it is left as it is. Use a newer version, or "
           "another ?prefix=NAME";
  if (!ours.starts_with(at(2)))
    return shared.shown() +
           ": it was written for other providers than there are here, and is left as it is";
  if (shared.id.empty()) {
    options.seed = Unpacker(at(3)).fixed();
    options.secret = at(4);
    shared.number = static_cast<std::uint64_t>(there.list.at(5).whole);
    shared.id = std::to_string(shared.number);
  }
  shared.born(at(6));
  return "";
}

Result<RedisStore, std::string> open_redis(RedisOptions options) {
  const auto shared = std::make_shared<RedisShared>(std::move(options));
  shared->names = shared->options.address.prefix + ":";
  try {
    RedisLink link(shared->options.address, shared->options.patience);
    if (std::string problem = make_ours(link, *shared); !problem.empty()) return Failure{problem};
  } catch (const StateFault& fault) {
    return Failure{std::string(fault.what()) +
                   "; start it, or give another address (--state redis://HOST:PORT/DB)"};
  }
  return RedisStore{std::make_unique<RedisEngine>(shared), redis_claims(shared)};
}

}  // namespace emulator::state
