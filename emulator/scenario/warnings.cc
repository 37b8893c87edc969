#include "emulator/scenario/warnings.h"

#include <algorithm>

#include "emulator/scenario/keys.h"

namespace emulator::scenario {
namespace {

std::string called(const Rule& rule) {
  const std::string place = std::to_string(rule.at.line) + ":" + std::to_string(rule.at.column);
  return rule.name.empty() ? "the rule at " + place : in_quotes(rule.name) + " at " + place;
}

// Why counting alone keeps a rule from ever matching; "" when it does not.
std::string never_counts(const Counting& counting) {
  const auto text = [](const char* key, std::uint64_t value) {
    return in_quotes(std::string(key) + ": " + std::to_string(value));
  };
  if (counting.first && *counting.first == 0) return text("first", 0) + " matches nothing";
  if (counting.chance && *counting.chance <= 0) return "\"chance: 0%\" matches nothing";
  const auto beyond = [&](const char* key, std::uint64_t value) {
    if (counting.first && value > *counting.first) {
      return text(key, value) + " lies beyond " + text("first", *counting.first);
    }
    return std::string();
  };
  if (counting.nth) {
    if (std::string why = beyond("nth", *counting.nth); !why.empty()) return why;
    if (counting.after && *counting.nth <= *counting.after) {
      return text("nth", *counting.nth) + " does not come after " + text("after", *counting.after);
    }
    if (counting.every && *counting.nth % *counting.every != 0) {
      return text("nth", *counting.nth) + " is no multiple of " + text("every", *counting.every);
    }
  }
  if (counting.every) {
    if (std::string why = beyond("every", *counting.every); !why.empty()) return why;
  }
  if (counting.after && counting.first && *counting.after >= *counting.first) {
    return text("after", *counting.after) + " begins where " + text("first", *counting.first) +
           " ends";
  }
  return "";
}

bool always_decides(const Rule& rule) { return !rule.go_on && !rule.when->counting.any(); }

// The earlier rules that always decide. Few conditions hide many rules, so those without any are
// always looked at, the others while that is cheap: a file of a thousand rules must load at once.
class Earlier {
 public:
  const Rule* hiding(const Rule& rule) {
    for (const Rule* wide : open_) {
      if (implies(*rule.when, *wide->when)) return wide;
    }
    for (const Rule* wide : narrow_) {
      if (looked_++ > kMostLooks) return nullptr;
      if (implies(*rule.when, *wide->when)) return wide;
    }
    return nullptr;
  }

  void add(const Rule& rule) { (rule.when->conditions.empty() ? open_ : narrow_).push_back(&rule); }

 private:
  static constexpr std::size_t kMostLooks = 50'000;
  std::vector<const Rule*> open_, narrow_;
  std::size_t looked_ = 0;
};

}  // namespace

void warn_never(Reader& reader, const Scenario& scenario) {
  Earlier earlier;
  for (const Rule& rule : scenario.rules) {
    if (std::string why = never_counts(rule.when->counting); !why.empty()) {
      reader.warn(rule.at, "this rule can never match: " + why);
    } else if (const Rule* wide = earlier.hiding(rule)) {
      reader.warn(rule.at, "this rule can never match: " + called(*wide) +
                               " matches all it could and comes first; move this one up, or "
                               "add \"go_on: true\" there");
    } else if (always_decides(rule)) {
      earlier.add(rule);
    }
  }
}

namespace {

// Keys about a task, beside one that keeps it from being made.
void warn_no_task(Reader& reader, const yaml::Node& then, const Then& read) {
  using Kind = Wire::Kind;
  std::string why;
  if (read.refuse) {
    why = "\"refuse\": a refused submission makes no task";
  } else if (read.wire && (read.wire->kind == Kind::kEmpty || read.wire->kind == Kind::kReset ||
                           read.wire->kind == Kind::kHang)) {
    why = in_quotes("wire: " + std::string(word_of(read.wire->kind, kWireWords))) +
          ", which does nothing and so makes no task";
  }
  if (why.empty()) return;
  for (const auto& [key, value] : then.entries) {
    const auto about_task = [&, &name = key.scalar](const ThenKey& row) {
      return row.name == name && (row.meaning & bit(On::kPoll)) == 0;
    };
    if (std::none_of(then_keys().begin(), then_keys().end(), about_task)) continue;
    reader.warn(key.at,
                in_quotes(key.scalar) + " does nothing beside " + why + "; leave out one of them");
  }
}

// What looks like a refusal, and is a task that nobody hears of.
void warn_error_reply(Reader& reader, const yaml::Node& then, const Then& read) {
  if (read.refuse || !read.reply || read.reply->status.value_or(200) < 400) return;
  reader.warn(then.find("reply")->at,
              "\"reply\" changes the answer alone: behind the status " +
                  std::to_string(*read.reply->status) +
                  " a submission makes a task, which is charged; add \"refuse\" where it shall "
                  "make none");
}

}  // namespace

void warn_meaningless(Reader& reader, const yaml::Node& then, const Then& read, const When& when) {
  if (!when.on || *when.on == On::kSubmit) {
    warn_no_task(reader, then, read);
    warn_error_reply(reader, then, read);
  }
  if (!when.on) return;
  for (const auto& [key, value] : then.entries) {
    for (const ThenKey& row : then_keys()) {
      if (row.name != key.scalar || (row.meaning & bit(*when.on)) != 0) continue;
      std::vector<std::string> kinds;
      for (const Word<On>& on : kOnWords) {
        if (row.meaning & bit(on.value)) kinds.emplace_back(on.text);
      }
      reader.warn(key.at, in_quotes(key.scalar) + " does nothing on " +
                              std::string(to_string(*when.on)) + ": it is for " + listed(kinds));
    }
  }
}

}  // namespace emulator::scenario
