// Which format a file has, and the reading of it within its limits.
#include <algorithm>

#include "emulator/base/text.h"
#include "emulator/base/yaml.h"
#include "emulator/compare/elements.h"
#include "emulator/compare/recording.h"
#include "emulator/http/authority.h"

namespace emulator::compare {
namespace {

constexpr std::size_t kPiece = 64u << 10;
// So many lines are said of what is wrong with one file; the rest is counted.
constexpr std::size_t kMostProblems = 20;

std::string host_of_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url.substr(0, url.find_first_of(":/")));
  const std::string_view rest = url.substr(scheme + 3);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  // Names and passwords before the host are nobody's business.
  if (const auto at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  return lower_case(authority);
}

class RecordingReader {
 public:
  RecordingReader(std::string file, const Source& source, const ReadLimits& limits,
                  const Wanted& wanted)
      : source_(source), limits_(limits), wanted_(wanted) {
    out_.file = std::move(file);
  }

  Recording read() {
    std::string first(kPiece, '\0');
    first.resize(source_(first.data(), first.size()));
    if (first.starts_with("\xEF\xBB\xBF")) first.erase(0, 3);
    const auto begin = first.find_first_not_of(" \t\r\n");
    if (first.empty() || begin == std::string::npos)
      problem(out_.file + ": empty");
    else if (first.starts_with("\x1f\x8b"))
      problem(out_.file + ": compressed; gunzip it first");
    else if (first[begin] == '{')
      read_json(std::move(first));
    else
      read_text(std::move(first));
    if (unsaid_ > 0)
      out_.problems.push_back(out_.file + ": and " + std::to_string(unsaid_) +
                              " more exchanges that cannot be read");
    return std::move(out_);
  }

 private:
  void problem(std::string line) {
    if (out_.problems.size() < kMostProblems)
      out_.problems.push_back(std::move(line));
    else
      ++unsaid_;
  }

  // False when there is room for no more.
  bool take(Taken taken, int line) {
    const std::size_t number = ++number_;
    const std::string place = out_.file + (line > 0 ? ":" + std::to_string(line) : "") +
                              ": exchange " + std::to_string(number);
    if (!taken.recorded) {
      problem(place + ": " + taken.problem);
      return true;
    }
    Recorded& recorded = *taken.recorded;
    if (out_.kind != Recording::Kind::kFixture && !wanted_(recorded)) {
      constexpr std::size_t kMostHosts = 1'000;
      const std::string host = host_of_url(recorded.url);
      if (out_.other_hosts.size() < kMostHosts || out_.other_hosts.contains(host))
        ++out_.other_hosts[host];
      else
        ++out_.other_hosts["..."];
      return true;
    }
    if (taken.unanswered) {
      ++out_.unanswered;
      return true;
    }
    if (!taken.problem.empty()) problem(place + ": " + taken.problem);
    recorded.number = number;
    kept_ += recorded.bytes();
    const bool many = out_.exchanges.size() >= limits_.exchanges;
    if (many || kept_ > limits_.kept) {
      out_.problems.push_back(
          place + ": this one and what follows is left out: " +
          (many ? "more than --max-exchanges " + std::to_string(limits_.exchanges)
                : "more than --max-kept " + std::to_string(limits_.kept) + " bytes"));
      return false;
    }
    out_.exchanges.push_back(std::move(recorded));
    return true;
  }

  void read_json(std::string piece) {
    bool fixture = false;
    Elements* all = nullptr;
    Elements elements(
        static_cast<std::size_t>(limits_.exchange), [&](std::string_view text, bool too_large) {
          out_.kind = all->is_har() ? Recording::Kind::kHar : Recording::Kind::kCassette;
          Taken taken;
          if (too_large)
            taken.problem = "left out: larger than --max-exchange " +
                            std::to_string(limits_.exchange) + " bytes";
          else
            taken = all->is_har() ? har_entry(text, limits_.exchange)
                                  : json_interaction(text, limits_.exchange);
          return take(std::move(taken), 0);
        });
    all = &elements;
    // A fixture in JSON is read as the YAML it is.
    std::string whole = piece;
    bool more = true;
    while (more && !piece.empty()) {
      more = elements.feed(piece);
      piece.resize(kPiece);
      piece.resize(more ? source_(piece.data(), piece.size()) : 0);
      if (!elements.found_list() && whole.size() < kPiece * 16) whole += piece;
    }
    const std::string wrong = elements.end();
    if (!elements.found_list() && wrong.empty()) {
      fixture = whole.find("\"steps\"") != std::string::npos;
      if (fixture) return read_whole(whole);
      return problem(out_.file +
                     ": neither a HAR (log.entries), nor a cassette (interactions), nor a fixture "
                     "(steps)");
    }
    if (!wrong.empty()) {
      const std::string rest =
          out_.exchanges.empty() ? "" : "; the " + std::to_string(number_) + " before are read";
      out_.problems.push_back(out_.file + ": " + wrong + rest);
    }
  }

  void read_text(std::string whole) {
    while (whole.size() <= limits_.file) {
      const std::size_t before = whole.size();
      whole.resize(before + kPiece);
      const std::size_t got = source_(whole.data() + before, kPiece);
      whole.resize(before + got);
      if (got == 0) return read_whole(whole);
    }
    problem(out_.file + ": larger than --max-file " + std::to_string(limits_.file) + " bytes");
  }

  void read_whole(const std::string& whole) {
    out_.kind = Recording::Kind::kCassette;
    read_yaml(whole, limits_, out_,
              [this](Taken taken, int line) { return take(std::move(taken), line); });
  }

  const Source& source_;
  const ReadLimits& limits_;
  const Wanted& wanted_;
  Recording out_;
  std::size_t number_ = 0, unsaid_ = 0;
  std::uint64_t kept_ = 0;
};

}  // namespace

Recording read_recording(std::string file, const Source& source, const ReadLimits& limits,
                         const Wanted& wanted) {
  return RecordingReader(std::move(file), source, limits, wanted).read();
}

}  // namespace emulator::compare
