#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <utility>
#include <vector>

namespace emulator {

// The members of a JSON object, in the order they came: what nlohmann::ordered_map is, but for keys
// that are not constant. Nothing of a constant key can be moved, so that one copies all members
// with all that they hold each time it grows, and this one moves them. Keys are few, and looked for
// one by one. Whoever changes a key by an iterator sees to it that it stays the only one.
template <class Key, class T, class IgnoredLess = std::less<Key>,
          class IgnoredAllocator = std::allocator<std::pair<const Key, T>>>
class JsonMembers : public std::vector<std::pair<Key, T>> {
 public:
  using Container = std::vector<std::pair<Key, T>>;
  using key_type = Key;
  using mapped_type = T;
  using key_compare = std::equal_to<>;
  using typename Container::const_iterator;
  using typename Container::iterator;
  using typename Container::size_type;
  using typename Container::value_type;

  JsonMembers() = default;
  JsonMembers(std::initializer_list<value_type> members) { insert(members.begin(), members.end()); }
  template <class It>
  JsonMembers(It first, It last) {
    insert(first, last);
  }

  template <class Name>
  iterator find(const Name& name) {
    iterator at = this->begin();
    while (at != this->end() && !(at->first == name)) ++at;
    return at;
  }
  template <class Name>
  const_iterator find(const Name& name) const {
    return const_cast<JsonMembers*>(this)->find(name);
  }
  template <class Name>
  size_type count(const Name& name) const {
    return find(name) == this->end() ? 0 : 1;
  }
  template <class Name>
  T& at(const Name& name) {
    const iterator known = find(name);
    if (known == this->end()) throw std::out_of_range("there is no such member");
    return known->second;
  }
  template <class Name>
  const T& at(const Name& name) const {
    return const_cast<JsonMembers*>(this)->at(name);
  }

  // Where there is a member of that name already, it stays as it is.
  template <class Name, class... Value>
  std::pair<iterator, bool> emplace(Name&& name, Value&&... value) {
    const iterator known = find(name);
    if (known != this->end()) return {known, false};
    this->emplace_back(std::piecewise_construct, std::forward_as_tuple(std::forward<Name>(name)),
                       std::forward_as_tuple(std::forward<Value>(value)...));
    return {std::prev(this->end()), true};
  }
  template <class Name>
  T& operator[](Name&& name) {
    return emplace(std::forward<Name>(name)).first->second;
  }
  std::pair<iterator, bool> insert(value_type member) {
    return emplace(std::move(member.first), std::move(member.second));
  }
  template <class It>
  void insert(It first, It last) {
    for (; first != last; ++first) emplace(first->first, first->second);
  }

  iterator erase(iterator at) { return Container::erase(at); }
  iterator erase(const_iterator at) { return Container::erase(at); }
  iterator erase(const_iterator first, const_iterator last) {
    return Container::erase(first, last);
  }
  template <class Name>
  requires std::equality_comparable_with<Key, Name> size_type erase(const Name& name) {
    const iterator known = find(name);
    if (known == this->end()) return 0;
    Container::erase(known);
    return 1;
  }
};

}  // namespace emulator
