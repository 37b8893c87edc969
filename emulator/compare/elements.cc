#include "emulator/compare/elements.h"

namespace emulator::compare {
namespace {

// Deeper than any recording; what is deeper inside an exchange its own reader refuses.
constexpr std::size_t kDeepest = 10'000;

}  // namespace

void Elements::open(char bracket, std::uint64_t at) {
  const std::size_t depth = open_.size();
  if (depth >= kDeepest) {
    problem_ = "nested too deeply at byte " + std::to_string(at + 1);
    return;
  }
  if (list_depth_ != 0 && depth == list_depth_ && bracket == '{') {
    capturing_ = true;
    too_large_ = false;
    element_.clear();
  }
  if (bracket == '[' && list_depth_ == 0 && !found_) {
    const bool har = depth == 2 && keys_.size() >= 2 && keys_[0] == "log" && keys_[1] == "entries";
    const bool cassette = depth == 1 && !keys_.empty() &&
                          (keys_[0] == "interactions" || keys_[0] == "http_interactions");
    if (har || cassette) {
      found_ = true;
      har_ = har;
      list_depth_ = depth + 1;
    }
  }
  open_.push_back(bracket);
  expects_key_ = bracket == '{';
}

void Elements::close(char bracket, std::uint64_t at) {
  const char opening = bracket == '}' ? '{' : '[';
  if (open_.empty() || open_.back() != opening) {
    problem_ =
        std::string("a \"") + bracket + "\" that closes nothing at byte " + std::to_string(at + 1);
    return;
  }
  open_.pop_back();
  expects_key_ = false;
  if (open_.size() < keys_.size()) keys_.resize(open_.size());
  if (open_.empty()) done_ = true;
  if (list_depth_ != 0 && open_.size() < list_depth_) list_depth_ = 0;
}

void Elements::feed_string(char c) {
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == '"') {
    in_string_ = false;
    if (!is_key_) return;
    if (open_.size() <= 2) {
      keys_.resize(open_.size());
      keys_.back() = key_;
    }
    expects_key_ = false;
  } else if (is_key_ && key_.size() < 64) {
    key_ += c;
  }
}

bool Elements::feed(std::string_view piece) {
  std::size_t from = 0;  // of what is to be added to the element
  const auto add = [&](std::size_t to) {
    if (!capturing_ || too_large_) return;
    if (element_.size() + (to - from) > limit_) {
      too_large_ = true;
      element_ = std::string();
    } else {
      element_.append(piece, from, to - from);
    }
  };
  for (std::size_t i = 0; i < piece.size() && problem_.empty() && !stopped_; ++i) {
    const char c = piece[i];
    if (in_string_) {
      feed_string(c);
      continue;
    }
    switch (c) {
      case '"':
        in_string_ = true;
        is_key_ = expects_key_;
        key_.clear();
        break;
      case '{':
      case '[': {
        const bool before = capturing_;
        open(c, passed_ + i);
        if (capturing_ && !before) from = i;
        break;
      }
      case '}':
      case ']':
        close(c, passed_ + i);
        if (problem_.empty() && capturing_ && open_.size() == list_depth_) {
          add(i + 1);
          capturing_ = false;
          ++elements_;
          stopped_ = !each_(element_, too_large_);
          element_.clear();
        }
        break;
      case ',':
        expects_key_ = !open_.empty() && open_.back() == '{';
        break;
      default:
        if (done_ && c != ' ' && c != '\n' && c != '\r' && c != '\t')
          problem_ = "text behind the end at byte " + std::to_string(passed_ + i + 1);
        break;
    }
  }
  add(piece.size());
  passed_ += piece.size();
  return problem_.empty() && !stopped_;
}

std::string Elements::end() {
  if (stopped_) return "";
  if (!problem_.empty()) return problem_;
  if (passed_ == 0) return "empty";
  if (done_) return "";
  std::string out = "cut off at byte " + std::to_string(passed_);
  if (capturing_) out += ", in exchange " + std::to_string(elements_ + 1);
  return out;
}

}  // namespace emulator::compare
