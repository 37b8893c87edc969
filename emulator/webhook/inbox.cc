#include "emulator/webhook/inbox.h"

#include <algorithm>
#include <utility>

namespace emulator::webhook {
namespace {

constexpr std::size_t kLetter = 500;  // beside its request

}  // namespace

std::string_view word(Verdict::Signature signature) {
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

const Letter& Inbox::take(std::string inbox, Instant at,
                          std::shared_ptr<const http::Request> request,
                          std::optional<Verdict> verdict) {
  letters_.push_back({++last_, std::move(inbox), at, std::move(request), std::move(verdict)});
  bytes_ += size_of(letters_.back());
  while (letters_.size() > 1 && (letters_.size() > limits_.letters || bytes_ > limits_.bytes)) {
    bytes_ -= size_of(letters_.front());
    letters_.pop_front();
  }
  charge_.set(kLetter * letters_.size());
  return letters_.back();
}

void Inbox::let_go(std::uint64_t bytes) {
  const std::size_t goal = bytes_ - std::min<std::uint64_t>(bytes_, bytes);
  while (!letters_.empty() && bytes_ > goal) {
    bytes_ -= size_of(letters_.front());
    letters_.pop_front();
  }
  charge_.set(kLetter * letters_.size());
}

std::vector<const Letter*> Inbox::letters(std::string_view inbox) const {
  std::vector<const Letter*> out;
  for (const Letter& letter : letters_)
    if (letter.inbox == inbox) out.push_back(&letter);
  return out;
}

std::size_t Inbox::clear(std::string_view inbox) {
  const std::size_t before = letters_.size();
  std::erase_if(letters_, [&](const Letter& letter) {
    if (letter.inbox != inbox) return false;
    bytes_ -= size_of(letter);
    return true;
  });
  charge_.set(kLetter * letters_.size());
  return before - letters_.size();
}

}  // namespace emulator::webhook
