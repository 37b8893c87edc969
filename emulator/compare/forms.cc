#include "emulator/compare/forms.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "emulator/base/ascii.h"
#include "emulator/base/text.h"
#include "emulator/compare/instants.h"
#include "emulator/pipeline/origin.h"

namespace emulator::compare {
namespace {

bool is_hex(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}
bool all_hex(std::string_view text) {
  return text.size() >= 8 && std::all_of(text.begin(), text.end(), is_hex) &&
         std::any_of(text.begin(), text.end(), is_digit);
}
bool has_digit(std::string_view text) { return std::any_of(text.begin(), text.end(), is_digit); }
bool is_plain_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_letter);
}

bool is_date(std::string_view text) {
  return text.size() == 10 && all_digits(text.substr(0, 4)) && text[4] == '-' &&
         all_digits(text.substr(5, 2)) && text[7] == '-' && all_digits(text.substr(8, 2));
}

// What a time looks like beside its digits: where the fraction is, and how the offset is written.
struct TimeForm {
  std::string frame;  // digits as 9, the fraction left out
  std::size_t fraction = 0;
};

TimeForm time_form(std::string_view text) {
  TimeForm out;
  const auto point = text.find('.');
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (point != std::string_view::npos && i > point && is_digit(text[i]) &&
        text.substr(point + 1, i - point).find_first_not_of("0123456789") ==
            std::string_view::npos) {
      ++out.fraction;
      continue;
    }
    if (i == point) continue;
    out.frame += is_digit(text[i]) ? '9' : text[i];
  }
  return out;
}

bool is_time(std::string_view text) {
  return text.size() >= 19 && text.size() <= 40 && is_digit(text[0]) && text[4] == '-' &&
         instant_of(text).has_value();
}

Kinship times(std::string_view theirs, std::string_view ours) {
  const TimeForm a = time_form(theirs), b = time_form(ours);
  if (a.frame != b.frame) return Kinship::kOtherForm;
  // Fractions lose their zeros with some writers, and with them their point.
  const bool trims = a.fraction >= 7 || b.fraction >= 7 || a.fraction == 0 || b.fraction == 0;
  return trims || a.fraction == b.fraction ? Kinship::kSameForm : Kinship::kOtherForm;
}

struct Link {
  std::string_view scheme, host, path, query;
};

Link taken_apart(std::string_view url) {
  Link out;
  const auto scheme = url.find("://");
  out.scheme = url.substr(0, scheme);
  url.remove_prefix(scheme + 3);
  if (const auto mark = url.find('#'); mark != std::string_view::npos) url = url.substr(0, mark);
  if (const auto mark = url.find('?'); mark != std::string_view::npos) {
    out.query = url.substr(mark + 1);
    url = url.substr(0, mark);
  }
  const auto slash = url.find('/');
  out.host = url.substr(0, slash);
  if (slash != std::string_view::npos) out.path = url.substr(slash);
  return out;
}

bool is_loopback(std::string_view authority) {
  const std::string_view host = without_port(authority);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]" ||
         host.ends_with(".localhost");
}

bool same_role(std::string_view a, std::string_view b, const contract::Doors* doors) {
  if (a == b) return true;
  if (is_loopback(a) && is_loopback(b)) return true;
  if (doors == nullptr) return false;
  const auto* first = host_of(*doors, without_port(a));
  const auto* second = host_of(*doors, without_port(b));
  return first != nullptr && second != nullptr && first->door == second->door;
}

std::string_view extension(std::string_view segment) {
  const auto point = segment.rfind('.');
  const bool one = point != std::string_view::npos && segment.size() - point <= 6 &&
                   is_plain_word(segment.substr(point + 1, 1));
  return one ? segment.substr(point) : std::string_view();
}

// Segments of a path carry ids, dates and shards; what must not change is how many there are, the
// words among them, and how a file's name ends.
bool same_segment(std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (extension(a) != extension(b)) return false;
  if (is_uuid(a) != is_uuid(b)) return false;
  return !(is_plain_word(a) && is_plain_word(b));
}

std::vector<std::string_view> query_names(std::string_view query) {
  std::vector<std::string_view> out;
  if (query.empty()) return out;
  for (const std::string_view part : split(query, '&'))
    out.push_back(part.substr(0, part.find('=')));
  std::sort(out.begin(), out.end());
  return out;
}

Kinship links(std::string_view theirs, std::string_view ours, const contract::Doors* doors) {
  const Link a = taken_apart(theirs), b = taken_apart(ours);
  if (a.scheme != b.scheme || !same_role(a.host, b.host, doors)) return Kinship::kOtherForm;
  const auto left = split(a.path, '/'), right = split(b.path, '/');
  if (left.size() != right.size()) return Kinship::kOtherForm;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (!same_segment(left[i], right[i])) return Kinship::kOtherForm;
  return query_names(a.query) == query_names(b.query) ? Kinship::kSameForm : Kinship::kOtherForm;
}

Kinship data_links(std::string_view theirs, std::string_view ours) {
  return theirs.substr(0, theirs.find(',')) == ours.substr(0, ours.find(',')) ? Kinship::kSameForm
                                                                              : Kinship::kOtherForm;
}

Kinship tokens(std::string_view theirs, std::string_view ours) {
  if (is_uuid(theirs) || is_uuid(ours))
    return is_uuid(theirs) && is_uuid(ours) ? Kinship::kSameForm : Kinship::kOtherForm;
  return theirs.size() == ours.size() ? Kinship::kSameForm : Kinship::kOtherForm;
}

}  // namespace

bool is_link(std::string_view text) {
  const auto scheme = text.find("://");
  return scheme != std::string_view::npos && scheme > 0 && scheme <= 8 &&
         is_plain_word(text.substr(0, scheme)) && text.find(' ') == std::string_view::npos;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_';
  });
}

bool is_token(std::string_view text) {
  if (text.size() < 10 || text.size() > 2'048) return false;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("-_.:+/=~").find(c) != std::string::npos;
  });
  return plain && has_digit(text);
}

Kinship kinship(std::string_view theirs, std::string_view ours, const contract::Doors* doors) {
  if (theirs == ours) return Kinship::kSame;
  if (is_link(theirs) && is_link(ours)) return links(theirs, ours, doors);
  if (theirs.starts_with("data:") && ours.starts_with("data:")) return data_links(theirs, ours);
  if (is_time(theirs) && is_time(ours)) return times(theirs, ours);
  if (all_digits(theirs) && all_digits(ours)) return Kinship::kSameForm;
  const auto stands_alone = [](std::string_view text) {
    return is_link(text) || is_time(text) || text.starts_with("data:") || is_token(text) ||
           all_hex(text);
  };
  const bool a = stands_alone(theirs), b = stands_alone(ours);
  if (a && b) {
    const bool plain = !is_link(theirs) && !is_link(ours) && !is_time(theirs) && !is_time(ours) &&
                       !theirs.starts_with("data:") && !ours.starts_with("data:");
    return plain ? tokens(theirs, ours) : Kinship::kOtherForm;
  }
  // A random token may have no digit by chance.
  if ((a && is_word(ours) && ours.size() == theirs.size()) ||
      (b && is_word(theirs) && theirs.size() == ours.size()))
    return Kinship::kSameForm;
  if (a != b && is_word(a ? ours : theirs) && !is_link(a ? theirs : ours))
    return is_word(theirs) && is_word(ours) && (theirs.size() >= 16 && ours.size() >= 16)
               ? Kinship::kOtherForm
               : Kinship::kWords;
  if (a != b && is_link(a ? theirs : ours)) return Kinship::kOtherForm;
  return without_instances(theirs) == without_instances(ours) ? Kinship::kSameForm
                                                              : Kinship::kWords;
}

bool differs_by_nature(std::string_view name) {
  static constexpr std::string_view kParts[] = {
      "time",   "duration",  "latency", "elapsed",  "created",   "updated", "started", "finished",
      "expire", "progress",  "percent", "position", "balance",   "credit",  "remain",  "amount",
      "usage",  "inference", "eta",     "seed",     "file_size", "logs"};
  const std::string low = lower_case(name);
  if (low.ends_with("_at") || low.ends_with("_mp") || name.ends_with("At")) return true;
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&](std::string_view part) { return low.find(part) != std::string::npos; });
}

std::string without_instances(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto in_run = [&](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; };
    if (!in_run(text[at])) {
      out += text[at++];
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && in_run(text[end])) ++end;
    if (is_date(text.substr(at, 10))) {
      // A time goes on behind its colons, its point and its offset.
      while (end < text.size() &&
             std::string_view("0123456789TZ:.+-").find(text[end]) != std::string_view::npos)
        ++end;
      out += '#';
      at = end;
      continue;
    }
    const std::string_view run = text.substr(at, end - at);
    if (is_uuid(run) || all_hex(run) || (run.size() >= 16 && has_digit(run)))
      out += '#';
    else
      out += run;
    at = end;
  }
  return out;
}

}  // namespace emulator::compare
