#include "emulator/base/json_build.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace emulator {
namespace {

using Member = Json::object_t::value_type;

// Whether two of a few members share a key. Cheaper than sorting, and needs no memory.
bool repeats_a_key(const Member* members, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (members[i].first == members[j].first) return true;
  return false;
}

// The places of `members` in the order of their keys; equal keys stay in the order they have.
std::vector<std::size_t> by_key(const Json::object_t& object) {
  const Member* const members = object.data();
  std::vector<std::size_t> order(object.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [members](std::size_t a, std::size_t b) {
    return members[a].first < members[b].first;
  });
  return order;
}

// Takes the events of nlohmann's readers, whose own consumer looks up every key as it comes.
class Builder {
 public:
  using number_integer_t = Json::number_integer_t;
  using number_unsigned_t = Json::number_unsigned_t;
  using number_float_t = Json::number_float_t;
  using string_t = Json::string_t;
  using binary_t = Json::binary_t;

  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  Json take() { return std::move(root_); }

  bool null() { return scalar(nullptr); }
  bool boolean(bool value) { return scalar(value); }
  bool number_integer(number_integer_t value) { return scalar(value); }
  bool number_unsigned(number_unsigned_t value) { return scalar(value); }
  bool number_float(number_float_t value, const string_t&) { return scalar(value); }
  bool string(string_t& value) { return scalar(std::move(value)); }
  bool binary(binary_t& value) { return scalar(Json::binary(std::move(value))); }

  bool start_object(std::size_t) { return open(Json::object()); }
  bool key(string_t& name) {
    auto& members = open_.back()->get_ref<Json::object_t&>();
    if (members.size() >= limits_.members) return false;
    members.emplace_back(std::move(name), Json());
    return true;
  }
  bool end_object() {
    drop_repeated_keys(open_.back()->get_ref<Json::object_t&>());
    open_.pop_back();
    return true;
  }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_array() {
    open_.pop_back();
    return true;
  }
  static bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) {
    return false;
  }

 private:
  // Where the next value belongs; null beyond the limits. Containers that are open do not move:
  // only the last member or item of one is ever added to.
  Json* place() {
    if (++values_ > limits_.values) return nullptr;
    if (open_.empty()) return &root_;
    Json& holder = *open_.back();
    if (holder.is_object()) return &holder.get_ref<Json::object_t&>().back().second;
    return &holder.get_ref<Json::array_t&>().emplace_back();
  }

  bool scalar(Json value) {
    Json* const at = place();
    if (at == nullptr) return false;
    *at = std::move(value);
    return true;
  }

  bool open(Json container) {
    Json* const at = open_.size() < limits_.depth ? place() : nullptr;
    if (at == nullptr) return false;
    *at = std::move(container);
    open_.push_back(at);
    return true;
  }

  const JsonLimits& limits_;
  Json root_;
  std::vector<Json*> open_;
  std::size_t values_ = 0;
};

}  // namespace

// Done once for each object.
void drop_repeated_keys(Json::object_t& object) {
  constexpr std::size_t kFew = 12;
  Member* const members = object.data();
  const std::size_t count = object.size();
  if (count <= kFew && !repeats_a_key(members, count)) return;
  const std::vector<std::size_t> order = by_key(object);
  std::vector<bool> dropped(count, false);
  bool any = false;
  for (std::size_t i = 0; i < count;) {
    std::size_t last = i;
    while (last + 1 < count && members[order[last + 1]].first == members[order[i]].first) ++last;
    if (last > i) members[order[i]].second = std::move(members[order[last]].second);
    for (std::size_t j = i + 1; j <= last; ++j) dropped[order[j]] = any = true;
    i = last + 1;
  }
  if (!any) return;
  Json::object_t kept;
  kept.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    if (!dropped[i]) kept.push_back(std::move(members[i]));
  object = std::move(kept);
}

std::optional<Json> decode_msgpack(std::string_view bytes, const JsonLimits& limits) {
  Builder builder(limits);
  if (!Json::sax_parse(bytes.begin(), bytes.end(), &builder, Json::input_format_t::msgpack, true))
    return std::nullopt;
  return builder.take();
}

void merge_patch(Json& target, const Json& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Json::object();
  auto& members = target.get_ref<Json::object_t&>();
  const std::size_t before = members.size();
  const std::vector<std::size_t> order = by_key(members);
  std::vector<bool> gone(before, false);
  for (const auto& [key, value] : patch.get_ref<const Json::object_t&>()) {
    const auto found = std::lower_bound(order.begin(), order.end(), key,
                                        [&members](std::size_t place, const std::string& wanted) {
                                          return members.data()[place].first < wanted;
                                        });
    const bool known = found != order.end() && members.data()[*found].first == key;
    if (value.is_null()) {
      if (known) gone[*found] = true;
      continue;
    }
    if (!known) members.emplace_back(key, Json());
    merge_patch(known ? members.data()[*found].second : members.back().second, value);
  }
  if (std::find(gone.begin(), gone.end(), true) == gone.end()) return;
  Json::object_t kept;
  kept.reserve(members.size());
  for (std::size_t i = 0; i < members.size(); ++i)
    if (i >= before || !gone[i]) kept.push_back(std::move(members.data()[i]));
  members = std::move(kept);
}

}  // namespace emulator
