// Endpoints are put together from parts before any field is read: what one takes over from another
// endpoint or from a group is text of the file, so that a few keys laid over it give a new field.
#include <algorithm>
#include <map>
#include <utility>

#include "emulator/contract/facts.h"
#include "emulator/contract/fields.h"

namespace emulator::contract {
namespace {

struct Slot {
  std::string_view name;
  Part field;
};

// An endpoint with everything it takes over, unread.
struct Assembled {
  std::vector<Slot> fields;
  const Part* closed = nullptr;
  const Part* price = nullptr;
  const Part* size = nullptr;
  std::optional<Part> extra;
};

// A field that gives its type stands for itself; one that does not refines what is below it.
Part refined(const Part& lower, const Part& upper) {
  const bool whole = upper.find("type") != nullptr || upper.find("of") != nullptr;
  return whole ? upper : laid_over(lower, upper);
}

Slot* slot_named(std::vector<Slot>& slots, std::string_view name) {
  const auto found =
      std::find_if(slots.begin(), slots.end(), [&](const Slot& s) { return s.name == name; });
  return found == slots.end() ? nullptr : &*found;
}

class Assembly {
 public:
  Assembly(Reader& read, const Part& endpoints, const Part* groups)
      : read_(read), endpoints_(endpoints), groups_(groups) {}

  const Assembled& of(const Part::Entry& endpoint) {
    if (const auto done = done_.find(endpoint.key); done != done_.end()) return done->second;
    Assembled& whole = done_[endpoint.key];
    being_made_.push_back(endpoint.key);
    whole = made(endpoint);
    being_made_.pop_back();
    return whole;
  }

 private:
  Assembled made(const Part::Entry& endpoint) {
    const std::string where = "endpoint " + in_quotes(endpoint.key);
    const Part& part = endpoint.value;
    read_.known_entries(
        part, endpoint.key, where,
        {"like", "use", "without", "fields", "order", "price", "size", "closed", "extra"});
    Assembled whole = taken_over(part);
    const std::vector<std::string> inherited = names_of(whole);
    std::vector<std::string> without;
    if (const Part* list = part.find("without")) without = read_.texts(*list, "without");
    std::vector<bool> met(without.size(), false);
    const auto is_left_out = [&](std::string_view name) {
      const auto found = std::find(without.begin(), without.end(), name);
      if (found == without.end()) return false;
      met[static_cast<std::size_t>(found - without.begin())] = true;
      return true;
    };
    whole.fields.erase(std::remove_if(whole.fields.begin(), whole.fields.end(),
                                      [&](const Slot& slot) { return is_left_out(slot.name); }),
                       whole.fields.end());

    // `use` and `fields` add in the order in which they are written; either way what `fields` says
    // of a field lies over what a group says of it.
    const Part* own = part.find("fields");
    if (own != nullptr) read_.entries(*own, "fields");
    if (part.is_mapping()) {
      for (const Part::Entry& entry : *part.entries) {
        if (entry.key == "use") add_groups(whole, entry.value, own, is_left_out);
        if (entry.key == "fields") add_own(whole, *own);
      }
    }
    for (std::size_t i = 0; i < without.size(); ++i)
      if (!met[i])
        read_.problems().add(part.find("without")->place,
                             where + " has no field " + in_quotes(without[i]) + " to leave out",
                             without[i], inherited);
    if (const Part* order = part.find("order")) reorder(whole, *order, where);
    if (const Part* closed = part.find("closed")) whole.closed = closed;
    if (const Part* price = part.find("price")) whole.price = price;
    if (const Part* size = part.find("size")) whole.size = size;
    if (const Part* extra = part.find("extra"))
      whole.extra = whole.extra ? laid_over(*whole.extra, *extra) : *extra;
    return whole;
  }

  Assembled taken_over(const Part& part) {
    const Part* like = part.find("like");
    if (like == nullptr) return {};
    const std::string name = read_.text(*like, "like");
    if (std::find(being_made_.begin(), being_made_.end(), name) != being_made_.end()) {
      read_.problems().add(like->place, "\"like\" leads back to " + in_quotes(name));
      return {};
    }
    for (const Part::Entry& other : *endpoints_.entries)
      if (other.key == name) return of(other);
    read_.problems().add(like->place, "unknown endpoint " + in_quotes(name) + " under \"like\"",
                         name, keys_of(endpoints_));
    return {};
  }

  template <class LeftOut>
  void add_groups(Assembled& whole, const Part& use, const Part* own, const LeftOut& is_left_out) {
    for (const Part& item : read_.items(use, "use")) {
      const std::string name = read_.text(item, "use");
      const Part* group = groups_ == nullptr ? nullptr : groups_->find(name);
      if (group == nullptr) {
        const auto known = groups_ == nullptr ? std::vector<std::string>() : keys_of(*groups_);
        read_.problems().add(item.place, "unknown group " + in_quotes(name) + " under \"use\"",
                             name, known);
        continue;
      }
      for (const Part::Entry& field : read_.entries(*group, name)) {
        if (is_left_out(field.key)) continue;
        const Part* upper = own == nullptr ? nullptr : own->find(field.key);
        const Part part = upper == nullptr ? field.value : refined(field.value, *upper);
        if (Slot* slot = slot_named(whole.fields, field.key)) {
          slot->field = part;
        } else {
          whole.fields.push_back({field.key, part});
        }
      }
    }
  }

  static void add_own(Assembled& whole, const Part& own) {
    if (!own.is_mapping()) return;
    for (const Part::Entry& field : *own.entries) {
      if (Slot* slot = slot_named(whole.fields, field.key)) {
        slot->field = refined(slot->field, field.value);
      } else {
        whole.fields.push_back({field.key, field.value});
      }
    }
  }

  static std::vector<std::string> names_of(const Assembled& whole) {
    std::vector<std::string> names;
    names.reserve(whole.fields.size());
    for (const Slot& slot : whole.fields) names.emplace_back(slot.name);
    return names;
  }

  // Fields named in `order` come first, in that order; the others follow as they were.
  void reorder(Assembled& whole, const Part& order, const std::string& where) {
    std::vector<Slot> sorted;
    for (const Part& item : read_.items(order, "order")) {
      const std::string name = read_.text(item, "order");
      Slot* slot = slot_named(whole.fields, name);
      if (slot == nullptr) {
        read_.problems().add(item.place, where + " has no field " + in_quotes(name) + " to order",
                             name, names_of(whole));
        continue;
      }
      sorted.push_back(*slot);
      whole.fields.erase(whole.fields.begin() + (slot - whole.fields.data()));
    }
    sorted.insert(sorted.end(), whole.fields.begin(), whole.fields.end());
    whole.fields = std::move(sorted);
  }

  Reader& read_;
  const Part& endpoints_;
  const Part* groups_;
  std::map<std::string_view, Assembled> done_;  // a map: references to its values last
  std::vector<std::string_view> being_made_;
};

}  // namespace

std::span<const FactRow> extra_rows(const Endpoint*) {
  static constexpr FactRow kRows[] = {
      fact<&Endpoint::route>("route", "the one route or way by which it is submitted to"),
  };
  return kRows;
}

std::vector<Endpoint> read_endpoints(Reader& read, const Part& endpoints, const Part* groups) {
  std::vector<Endpoint> list;
  if (groups != nullptr) read.entries(*groups, "groups");
  if (read.entries(endpoints, "endpoints").empty()) return list;
  Assembly assembly(read, endpoints, groups);
  list.reserve(endpoints.entries->size());
  for (const Part::Entry& entry : *endpoints.entries) {
    const Assembled& whole = assembly.of(entry);
    Endpoint endpoint;
    endpoint.id = std::string(entry.key);
    endpoint.fields.reserve(whole.fields.size());
    for (const Slot& slot : whole.fields)
      endpoint.fields.push_back(read_field(read, std::string(slot.name), slot.field));
    if (whole.closed != nullptr) endpoint.closed = read.truth(*whole.closed, "closed");
    if (whole.price != nullptr) endpoint.price = read.number(*whole.price, "price");
    if (whole.size != nullptr) endpoint.size = read_size_rule(read, *whole.size);
    if (whole.extra)
      endpoint.own = read_own(read, *whole.extra, "extra", read.own().endpoint,
                              {extra_rows(&endpoint), &endpoint});
    list.push_back(std::move(endpoint));
  }
  return list;
}

}  // namespace emulator::contract
