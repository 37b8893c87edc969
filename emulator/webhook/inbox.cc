#include "emulator/webhook/inbox.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace emulator::webhook {
namespace {

constexpr std::size_t kLetter = 500;  // beside its request

}  // namespace

std::string_view to_string(Verdict::Signature signature) {
  switch (signature) {
    case Verdict::Signature::kGood:
      return "good";
    case Verdict::Signature::kBad:
      return "bad";
    case Verdict::Signature::kNone:
      return "none";
  }
  return "";
}

std::size_t Inbox::size_of(const Letter& letter) {
  std::size_t sum = kLetter + letter.inbox.size() + letter.request->body.size() +
                    letter.request->target.size() * 2;
  for (const auto& [name, value] : letter.request->headers) sum += name.size() + value.size() + 64;
  return sum;
}

const Letter& Inbox::receive(std::string inbox, Instant at,
                             std::shared_ptr<const http::Request> request,
                             std::optional<Verdict> verdict) {
  letters_.push_back({++last_, std::move(inbox), at, std::move(request), std::move(verdict)});
  bytes_ += size_of(letters_.back());
  if (changed_) changed_(last_);
  while (letters_.size() > 1 && (letters_.size() > limits_.letters || bytes_ > limits_.bytes))
    drop_oldest();
  charge_.set(kLetter * letters_.size());
  return letters_.back();
}

void Inbox::drop_oldest() {
  bytes_ -= size_of(letters_.front());
  if (changed_) changed_(letters_.front().number);
  letters_.pop_front();
}

const Letter* Inbox::find(std::uint64_t number) const {
  const auto found = std::lower_bound(
      letters_.begin(), letters_.end(), number,
      [](const Letter& letter, std::uint64_t wanted) { return letter.number < wanted; });
  return found == letters_.end() || found->number != number ? nullptr : &*found;
}

void Inbox::put_back(std::vector<Letter> letters, std::uint64_t last) {
  last_ = last;
  for (Letter& letter : letters) {
    bytes_ += size_of(letter);
    letters_.push_back(std::move(letter));
  }
  charge_.set(kLetter * letters_.size());
}

void Inbox::forget() {
  letters_.clear();
  bytes_ = 0;
  last_ = 0;
  charge_.set(0);
}

void Inbox::let_go(std::uint64_t bytes) {
  const std::size_t goal = bytes_ - std::min<std::uint64_t>(bytes_, bytes);
  while (!letters_.empty() && bytes_ > goal) drop_oldest();
  charge_.set(kLetter * letters_.size());
}

std::vector<const Letter*> Inbox::letters(std::string_view inbox) const {
  std::vector<const Letter*> out;
  for (const Letter& letter : letters_)
    if (letter.inbox == inbox) out.push_back(&letter);
  return out;
}

std::vector<Inbox::Box> Inbox::boxes() const {
  std::vector<Box> out;
  std::unordered_map<std::string_view, std::size_t> places;
  for (auto letter = letters_.rbegin(); letter != letters_.rend(); ++letter) {
    const auto [place, fresh] = places.emplace(letter->inbox, out.size());
    if (fresh) out.push_back({letter->inbox, 0, letter->at});
    ++out[place->second].letters;
  }
  return out;
}

std::size_t Inbox::clear(std::string_view inbox) {
  const std::size_t before = letters_.size();
  std::erase_if(letters_, [&](const Letter& letter) {
    if (letter.inbox != inbox) return false;
    bytes_ -= size_of(letter);
    if (changed_) changed_(letter.number);
    return true;
  });
  charge_.set(kLetter * letters_.size());
  return before - letters_.size();
}

}  // namespace emulator::webhook
