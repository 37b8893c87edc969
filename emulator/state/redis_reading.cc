#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "emulator/state/redis_store.h"

namespace emulator::state {
namespace {

std::uint64_t number_in(std::string_view text) {
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

class RedisReading final : public Reading {
 public:
  explicit RedisReading(RedisSharedPtr shared)
      : shared_(std::move(shared)), link_(shared_->options.address, shared_->options.patience) {}

  std::vector<StoredBox> boxes() override {
    std::vector<StoredBox> out;
    const RedisAnswer all = hash(shared_->name("boxes"));
    for (std::size_t i = 0; i + 1 < all.list.size(); i += 2) {
      auto box = unpacked_head(all.list[i + 1].text, all.list[i].text);
      if (!box) fail("a value in it is not as it was written");
      out.push_back(std::move(*box));
    }
    std::sort(out.begin(), out.end(),
              [](const StoredBox& a, const StoredBox& b) { return a.used < b.used; });
    std::uint32_t id = 0;
    for (StoredBox& box : out) box.id = ++id;
    return out;
  }

  std::optional<std::string> box(const StoredBox& box) override {
    const RedisAnswer answer = link_.ask({"GET", of(box, "c")});
    if (answer.is_nothing()) return std::nullopt;
    return value(answer.text);
  }

  std::optional<std::string> scenario(std::uint64_t key) override {
    const RedisAnswer answer = link_.ask({"HGET", shared_->name("scenario"), packed_keys({key})});
    if (answer.is_nothing()) return std::nullopt;
    return value(answer.text);
  }

  void each(Shelf shelf, const StoredBox& box, const Row& row) override {
    switch (shelf) {
      case Shelf::kTask:
        return by_number(of(box, "t"), row);
      case Shelf::kWebhook:
        return by_number(of(box, "w"), row);
      case Shelf::kLetter:
        return by_number(shared_->name("letters"), row);
      case Shelf::kNote:
        return by_name(of(box, "n"), "", row);
      case Shelf::kUpload:
        return by_name(of(box, "u"), of(box, "b"), row);
      case Shelf::kScenario:
      case Shelf::kSandbox:
        return;
    }
  }

  void every_task(const Any& row) override { every(Shelf::kTask, row); }
  void every_upload(const Any& row) override { every(Shelf::kUpload, row); }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw StateFault("cannot read the state in " + shared_->shown() + ": " + why);
  }

  std::string of(const StoredBox& box, std::string_view part) const {
    return shared_->name("box:" + box.name + ":" + std::string(part));
  }

  RedisAnswer hash(const std::string& name) { return link_.ask({"HGETALL", name}); }

  std::string value(std::string_view text) const {
    const auto out = opened(text);
    if (!out) fail("a value in it is not as it was written");
    return std::string(*out);
  }

  void by_number(const std::string& name, const Row& row) {
    std::map<std::uint64_t, std::string> rows;
    const RedisAnswer all = hash(name);
    for (std::size_t i = 0; i + 1 < all.list.size(); i += 2)
      rows.emplace(number_in(all.list[i].text), value(all.list[i + 1].text));
    for (const auto& [number, text] : rows) row(number, {}, text, {});
  }

  void by_name(const std::string& name, const std::string& bytes, const Row& row) {
    const RedisAnswer all = hash(name);
    std::map<std::pair<std::uint64_t, std::string>, std::pair<std::string, std::string>> rows;
    for (std::size_t i = 0; i + 1 < all.list.size(); i += 2) {
      const std::string& field = all.list[i].text;
      const auto blank = field.find(' ');
      if (blank == std::string::npos) fail("a value in it is not as it was written");
      auto& [text, more] = rows[{number_in(field), field.substr(blank + 1)}];
      text = value(all.list[i + 1].text);
      if (!bytes.empty()) more = link_.ask({"HGET", bytes, field}).text;
    }
    for (const auto& [key, text] : rows) row(key.first, key.second, text.first, text.second);
  }

  void every(Shelf shelf, const Any& row) {
    for (const StoredBox& box : boxes())
      each(shelf, box,
           [&](std::uint64_t number, std::string_view name, std::string_view text,
               std::string_view) { row(box.id, number, name, text); });
  }

  const RedisSharedPtr shared_;
  RedisLink link_;
};

}  // namespace

std::unique_ptr<Reading> redis_reading(RedisSharedPtr shared) {
  return std::make_unique<RedisReading>(std::move(shared));
}

}  // namespace emulator::state
