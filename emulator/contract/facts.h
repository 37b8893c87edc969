#pragma once

#include <concepts>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/contract/fact_table.h"
#include "emulator/contract/part.h"
#include "emulator/contract/pattern.h"

// How values of a contract are read into typed members, for the tables of facts (fact_table.h).
//
// A table is a function that returns rows, beside the struct and in its namespace:
//
//   std::span<const contract::FactRow> fact_rows(const Facts*) {
//     using contract::fact;
//     static constexpr contract::FactRow kRows[] = {
//         fact<&Facts::link_life>("link_life", "how long a link is good for"),
//         fact<&Facts::form>("form", "form of links", contract::one_of("durable, results")),
//     };
//     return kRows;
//   }
//
// A member may be a text, a boolean, a number, a Duration, a pattern, a Json (taken as it is
// written), a struct with rows of its own, an optional of these (null: none), a list, or a mapping
// from names. A type of another form brings `read_value` and `kind_of` of its own, in its
// namespace.
namespace emulator::contract {

void read_value(Reader& read, const Part& part, const FactRow& row, bool& out);
void read_value(Reader& read, const Part& part, const FactRow& row, double& out);
void read_value(Reader& read, const Part& part, const FactRow& row, std::string& out);
void read_value(Reader& read, const Part& part, const FactRow& row, Duration& out);
void read_value(Reader& read, const Part& part, const FactRow& row, Json& out);
void read_value(Reader& read, const Part& part, const FactRow& row, Bytes& out);
void read_value(Reader& read, const Part& part, const FactRow& row,
                std::shared_ptr<const Pattern>& out);
std::string kind_of(const FactRow& row, const bool*);
std::string kind_of(const FactRow& row, const double*);
std::string kind_of(const FactRow& row, const std::string*);
std::string kind_of(const FactRow& row, const Duration*);
std::string kind_of(const FactRow& row, const Json*);
std::string kind_of(const FactRow& row, const Bytes*);
std::string kind_of(const FactRow& row, const std::shared_ptr<const Pattern>*);

// nullptr: there is none.
const FactRow* row_named(std::span<const FactRow> rows, std::string_view name);

// A table, and the struct that its rows read into.
struct BoundRows {
  std::span<const FactRow> rows;
  void* facts;
};
// Reads `extra` of a field or an endpoint, or the like: what all providers have there into
// `common`, the rest by the provider's own table.
OwnFacts read_own(Reader& read, const Part& part, std::string_view key, const FactTable& own,
                  BoundRows common);

// Inside this header: the parts that are no templates.
std::optional<std::int64_t> integer_value(Reader& read, const Part& part, const FactRow& row,
                                          std::int64_t most);
std::string integer_kind(const FactRow& row, std::int64_t most);
bool is_null(const Part& part);
// Reads every entry of a mapping by the row of its name, in whichever of the tables that is.
void read_rows(Reader& read, const Part& part, std::string_view key,
               std::initializer_list<BoundRows> tables);
std::string rows_kind(std::span<const FactRow> rows);

template <class T>
concept WholeNumber = std::integral<T> && !std::same_as<T, bool>;
template <class T>
constexpr std::int64_t most_of() {
  return std::cmp_less(std::numeric_limits<T>::max(), std::numeric_limits<std::int64_t>::max())
             ? static_cast<std::int64_t>(std::numeric_limits<T>::max())
             : std::numeric_limits<std::int64_t>::max();
}

template <WholeNumber T>
void read_value(Reader& read, const Part& part, const FactRow& row, T& out) {
  if (const auto number = integer_value(read, part, row, most_of<T>()))
    out = static_cast<T>(*number);
}
template <WholeNumber T>
std::string kind_of(const FactRow& row, const T*) {
  return integer_kind(row, most_of<T>());
}

template <class T>
concept HasRows = requires(const T* facts) {
  fact_rows(facts);
};
template <HasRows T>
void read_value(Reader& read, const Part& part, const FactRow& row, T& out) {
  read_rows(read, part, row.name, {{fact_rows(&out), &out}});
}
template <HasRows T>
std::string kind_of(const FactRow&, const T* facts) {
  return rows_kind(fact_rows(facts));
}

template <class T>
void read_value(Reader& read, const Part& part, const FactRow& row, std::optional<T>& out) {
  out.reset();
  if (!is_null(part)) read_value(read, part, row, out.emplace());
}
template <class T>
std::string kind_of(const FactRow& row, const std::optional<T>*) {
  return kind_of(row, static_cast<const T*>(nullptr)) + ", or null";
}

template <class T>
void read_value(Reader& read, const Part& part, const FactRow& row, std::vector<T>& out) {
  out.clear();
  for (const Part& item : read.items(part, row.name))
    read_value(read, item, row, out.emplace_back());
}
template <class T>
std::string kind_of(const FactRow& row, const std::vector<T>*) {
  return "a list, each " + kind_of(row, static_cast<const T*>(nullptr));
}

// By name, and the same in the order written.
template <class T>
void read_value(Reader& read, const Part& part, const FactRow& row,
                std::map<std::string, T, std::less<>>& out) {
  out.clear();
  if (is_null(part)) return;
  for (const Part::Entry& entry : read.entries(part, row.name))
    read_value(read, entry.value, row, out[std::string(entry.key)]);
}
template <class T>
void read_value(Reader& read, const Part& part, const FactRow& row,
                std::vector<std::pair<std::string, T>>& out) {
  out.clear();
  if (is_null(part)) return;
  for (const Part::Entry& entry : read.entries(part, row.name))
    read_value(read, entry.value, row, out.emplace_back(std::string(entry.key), T{}).second);
}
template <class T>
std::string kind_of(const FactRow& row, const std::map<std::string, T, std::less<>>*) {
  return "a mapping from names, each " + kind_of(row, static_cast<const T*>(nullptr));
}
template <class T>
std::string kind_of(const FactRow& row, const std::vector<std::pair<std::string, T>>*) {
  return "a mapping from names, each " + kind_of(row, static_cast<const T*>(nullptr));
}

template <class Member>
struct MemberType;
template <class Struct, class Type_>
struct MemberType<Type_ Struct::*> {
  using Owner = Struct;
  using Type = Type_;
};

// The row that binds `name` to a member.
template <auto kMember>
constexpr FactRow fact(std::string_view name, std::string_view about, FactRange range = {}) {
  using Of = MemberType<decltype(kMember)>;
  FactRow row;
  row.name = name;
  row.about = about;
  row.range = range;
  row.read = [](Reader& read, const Part& value, const FactRow& self, void* facts) {
    read_value(read, value, self, static_cast<typename Of::Owner*>(facts)->*kMember);
  };
  row.kind = [](const FactRow& self) {
    return kind_of(self, static_cast<const typename Of::Type*>(nullptr));
  };
  return row;
}

// The table of a type that can be read: a struct that has `fact_rows(const Facts*)` in its
// namespace, or a plain value. Only a struct has rows to be listed.
template <class Facts>
FactTable table_of() {
  FactTable table;
  if constexpr (HasRows<Facts>) table.rows = fact_rows(static_cast<const Facts*>(nullptr));
  table.make = [] { return std::any(Facts{}); };
  table.address = [](std::any& facts) -> void* { return std::any_cast<Facts>(&facts); };
  table.read = [](Reader& read, const Part& value, const FactRow& row, std::any& facts) {
    read_value(read, value, row, std::any_cast<Facts&>(facts));
  };
  table.kind = [] { return kind_of(FactRow{}, static_cast<const Facts*>(nullptr)); };
  return table;
}

// The same of a name that a mapping must have.
template <auto kMember>
constexpr FactRow needed(std::string_view name, std::string_view about, FactRange range = {}) {
  FactRow row = fact<kMember>(name, about, range);
  row.needed = true;
  return row;
}

}  // namespace emulator::contract
