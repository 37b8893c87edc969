// The table of the values that every provider may have, and how those of a form of their own are
// read.
#include "emulator/contract/common.h"

#include <charconv>

#include "emulator/base/text.h"
#include "emulator/contract/facts.h"
#include "emulator/task/finding_words.h"

namespace emulator::contract {

namespace {

constexpr std::size_t kMostAttempts = 1'000;  // of one webhook

// A step of a schedule that stands for several: `{ times: 3, wait: 30s }`.
struct Repeated {
  std::size_t times = 0;
  Duration wait{0};
};
std::span<const FactRow> fact_rows(const Repeated*) {
  static constexpr FactRow kRows[] = {
      needed<&Repeated::times>("times", "how often", from_to(0, kMostAttempts)),
      needed<&Repeated::wait>("wait", "how long each time"),
  };
  return kRows;
}

}  // namespace

// --- Forms of their own --------------------------------------------------------------------------

std::span<const FactRow> fact_rows(const RateLimit*) {
  static constexpr FactRow kRows[] = {
      needed<&RateLimit::submissions>("submissions", "in one window; further ones are refused"),
      fact<&RateLimit::window>("window", "its length; 1m when left out"),
      fact<&RateLimit::announced>("announced", "whether the refusal says when to come back"),
  };
  return kRows;
}

void read_value(Reader& read, const Part& part, const FactRow& row, Waits& out) {
  out.each.clear();
  for (const Part& item : read.items(part, row.name)) {
    Repeated step{1, Duration(0)};
    if (item.is_mapping())
      read_value(read, item, row, step);
    else
      read_value(read, item, row, step.wait);
    if (out.each.size() + step.times >= kMostAttempts) {
      read.problems().add(item.place, in_quotes(row.name) + " has 1,000 attempts or more");
      return;
    }
    out.each.insert(out.each.end(), step.times, step.wait);
  }
}
std::string kind_of(const FactRow&, const Waits*) {
  return "a list, each a duration such as 5s, or { times: 3, wait: 30s }";
}

void read_value(Reader& read, const Part& part, const FactRow& row, TimeLimits& out) {
  read_value(read, part, row, out.each);
  if (!part.is_sequence()) return;
  for (std::size_t i = 0; i < out.each.size(); ++i)
    if (const Part item = part.items()[i];
        out.each[i] == Duration::zero() && item.is_scalar() && parse_duration(item.node->scalar))
      read.expected(item, "a duration of more than 0", row.name);
}
std::string kind_of(const FactRow&, const TimeLimits*) {
  return "a list, each a duration of more than 0";
}

std::span<const FactRow> fact_rows(const LargeWaits*) {
  static constexpr FactRow kRows[] = {
      needed<&LargeWaits::from>("from", "bytes of the body"),
      needed<&LargeWaits::schedule>("schedule", "waits between attempts"),
  };
  return kRows;
}

std::string kind_of(const FactRow&, const StatusRange*) { return "a status such as 410 or 3xx"; }
void read_value(Reader& read, const Part& part, const FactRow& row, StatusRange& out) {
  const std::string text = part.is_scalar() ? part.node->scalar : "";
  if (text.size() == 3 && text.ends_with("xx") && text[0] >= '1' && text[0] <= '5') {
    out.first = static_cast<unsigned>(text[0] - '0') * 100;
    out.last = out.first + 99;
    return;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.first);
  out.last = out.first;
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || out.first < 100 || out.first > 599)
    read.expected(part, kind_of(row, &out), row.name);
}

void read_value(Reader& read, const Part& part, const FactRow& row, CredentialForm& out) {
  std::string text;
  read_value(read, part, row, text);
  const auto blank = text.find(' ');
  out.header = text.substr(0, blank);
  out.scheme = blank == std::string::npos ? "" : text.substr(blank + 1);
}
std::string kind_of(const FactRow&, const CredentialForm*) {
  return "a header, or a header and its scheme";
}

void read_value(Reader& read, const Part& part, const FactRow& row, ModelKind& out) {
  const std::vector<Part::Entry>& entries = read.entries(part, row.name);
  if (entries.size() != 1) {
    if (part.is_mapping())
      read.problems().add(part.place, "a row of " + in_quotes(row.name) + " has one kind");
    return;
  }
  out.kind = std::string(entries.front().key);
  read_value(read, entries.front().value, row, out.globs);
}
std::string kind_of(const FactRow&, const ModelKind*) { return "{ KIND: [GLOB, ...] }"; }

std::span<const FactRow> fact_rows(const ClientRule*) {
  static constexpr FactRow kRows[] = {
      fact<&ClientRule::why>("why", "what becomes of such clients"),
      fact<&ClientRule::source>("source", "where it is said"),
  };
  return kRows;
}

void read_value(Reader& read, const Part& part, const FactRow& row, ClientRules& out) {
  out.by_code.clear();
  for (const Part::Entry& entry : read.entries(part, row.name)) {
    if (from_word(entry.key, kFindingWords))
      read_value(read, entry.value, row, out.by_code[std::string(entry.key)]);
    else
      read.problems().add(
          entry.place, "unknown finding " + in_quotes(entry.key) + " under " + in_quotes(row.name),
          entry.key, texts_of(kFindingWords));
  }
}
std::string kind_of(const FactRow&, const ClientRules*) {
  return "a mapping from codes of findings to why and source";
}

namespace {
// What `deprecated` may say of one, before it is known that it says of what.
std::span<const FactRow> deprecated_rows() {
  static constexpr FactRow kRows[] = {
      fact<&Deprecated::endpoint>("endpoint", "a glob over endpoints"),
      fact<&Deprecated::host>("host", "a glob over hosts"),
      fact<&Deprecated::route>("route", "a glob over routes"),
      fact<&Deprecated::instead>("instead", "what to use"),
      fact<&Deprecated::source>("source", "where it is said"),
  };
  return kRows;
}
}  // namespace

void read_value(Reader& read, const Part& part, const FactRow& row, Deprecated& out) {
  read_rows(read, part, row.name, {{deprecated_rows(), &out}});
  if (part.is_mapping() && out.endpoint.empty() && out.host.empty() && out.route.empty())
    read.problems().add(
        part.place, "an entry of " + in_quotes(row.name) + " names an endpoint, a host or a route");
}
std::string kind_of(const FactRow&, const Deprecated*) { return rows_kind(deprecated_rows()); }

void read_value(Reader& read, const Part& part, const FactRow& row, On& out) {
  std::string text;
  read_value(read, part, row, text);
  if (const auto on = from_word(text, kOnWords))
    out = *on;
  else
    read.problems().add(part.place,
                        "unknown word " + in_quotes(text) + " under " + in_quotes(row.name), text,
                        texts_of(kOnWords));
}
std::string kind_of(const FactRow&, const On*) { return "a kind of request"; }

std::span<const FactRow> fact_rows(const EmptyResult*) {
  static constexpr FactRow kRows[] = {
      needed<&EmptyResult::on>("on", "the requests such an answer is given to"),
      needed<&EmptyResult::patch>("patch", "what a rule's `reply` changes of it"),
  };
  return kRows;
}

void read_value(Reader& read, const Part& part, const FactRow& row, PictureEnds& out) {
  out.by_fault.clear();
  for (const Part::Entry& entry : read.entries(part, row.name)) {
    const auto fault = from_word(entry.key, kPictureFaultWords);
    if (!fault) {
      read.problems().add(entry.place,
                          "unknown fault " + in_quotes(entry.key) + " under " + in_quotes(row.name),
                          entry.key, texts_of(kPictureFaultWords));
      continue;
    }
    std::optional<PictureEnd>& end = out.by_fault[*fault];
    if (is_null(entry.value)) continue;
    const std::string text = entry.value.is_scalar() ? entry.value.node->scalar : "";
    const bool refuse = text.starts_with("refuse ");
    if (refuse || text.starts_with("fail "))
      end = PictureEnd{refuse, text.substr(text.find(' ') + 1)};
    else
      read.expected(entry.value, "refuse NAME, fail NAME or null", entry.key);
  }
}
std::string kind_of(const FactRow&, const PictureEnds*) {
  return "a mapping from faults to refuse NAME, fail NAME or null";
}

std::span<const FactRow> fact_rows(const PictureRules*) {
  static constexpr FactRow kRows[] = {
      fact<&PictureRules::forms>("forms", "what is taken", one_of("text, data, address")),
      fact<&PictureRules::base64>("base64", "how strictly it is read", one_of("loose, padded")),
      fact<&PictureRules::types>("types", "media types that are taken"),
      fact<&PictureRules::inside>("inline", "what becomes of faults of what comes with the body"),
      fact<&PictureRules::file>("file", "the same of addresses that lead to a file here"),
      fact<&PictureRules::least_side>("least_side", "pixels of each side", from_to(0, 65'536)),
      fact<&PictureRules::most_pixels>("most_pixels", "pixels in all"),
  };
  return kRows;
}

// --- The table -----------------------------------------------------------------------------------

std::span<const FactRow> fact_rows(const PriceBy*) {
  static constexpr FactRow kRows[] = {
      needed<&PriceBy::field>("field", "the field that says the price"),
      needed<&PriceBy::of>("of", "prices by its values", at_least(0)),
  };
  return kRows;
}

std::optional<double> price_in(const PriceBy& prices, const Json& input) {
  const auto asked = input.find(prices.field);
  if (asked == input.end() || !asked->is_string()) return std::nullopt;
  const auto price = prices.of.find(asked->get_ref<const std::string&>());
  return price == prices.of.end() ? std::nullopt : std::optional(price->second);
}

void read_value(Reader& read, const Part& part, const FactRow& row, Bounds& out) {
  std::vector<int> both;
  read_value(read, part, row, both);
  if (!part.is_sequence() || part.items().size() != both.size()) return;
  if (both.size() == 2 && both[0] <= both[1])
    out = {both[0], both[1]};
  else
    read.expected(part, kind_of(row, &out), row.name);
}

std::string kind_of(const FactRow& row, const Bounds*) {
  return "the lower and the upper limit, each " + kind_of(row, static_cast<const int*>(nullptr));
}

std::span<const FactRow> fact_rows(const CommonFacts*) {
  using F = CommonFacts;
  static constexpr FactRow kRows[] = {
      fact<&F::credits>("credits", "credits of an account when no scenario says"),
      fact<&F::active_limit>("active_limit", "unfinished tasks before 429"),
      fact<&F::active_limits>("active_limits", "the same by endpoint"),
      fact<&F::running_limit>("running_limit", "tasks at work; further ones are taken and wait"),
      fact<&F::rate_limit>("rate_limit", "submissions in a while; further ones are refused"),
      fact<&F::key_form>("key_form", "well-formed keys under `--auth format`, from end to end"),
      fact<&F::inactive_key>("inactive_key", "how a key that was revoked is refused",
                             one_of("unauthenticated, forbidden")),
      fact<&F::idempotency_life>("idempotency_life", "how long the key of a repeat is remembered"),
      fact<&F::link_life>("link_life", "how long a picture's link is good for"),
      fact<&F::kept_for>("kept_for", "how long after its end a task is known"),
      fact<&F::incoming_pictures>("incoming_pictures", "what becomes of pictures that are sent in"),
      fact<&F::error_parts>("error_parts",
                            "what `error` of a scenario may say beside code and message"),
      fact<&F::any_endpoint>("any_endpoint",
                             "whether models are answered, or refused as not emulated, that the "
                             "contract has not"),
      fact<&F::model_kinds>("model_kinds", "what models give that the contract has not, by id"),
      fact<&F::try_it>("try_it", "how the emulator's own page submits by hand"),
      fact<&F::webhooks>("webhooks", "whether it sends any"),
      fact<&F::webhook_schedule>("webhook_schedule", "waits between webhook attempts"),
      fact<&F::webhook_schedule_large>("webhook_schedule_large", "the same for large bodies"),
      fact<&F::webhook_time_limits>("webhook_time_limits",
                                    "how long a receiver may take, by attempt; the last for all "
                                    "others"),
      fact<&F::webhook_settled>("webhook_settled", "statuses after which nothing more is tried"),
      fact<&F::webhook_redirects>("webhook_redirects", "redirects of a receiver that are followed",
                                  from_to(0, 100)),
      fact<&F::webhook_user_agent>("webhook_user_agent", "user-agent of webhooks; empty: none"),
      fact<&F::poll_floor>("poll_floor", "polls of one task shall be that far apart"),
      fact<&F::poll_patience>("poll_patience",
                              "who polls a task longer has no limit of its own; 10m when left out"),
      fact<&F::unknown_at_first>("unknown_at_first",
                                 "so long after a submission an unknown task is no final answer; "
                                 "5s when left out"),
      fact<&F::poll_address>("poll_address",
                             "the member of a submission's answer that says where to poll"),
      fact<&F::credential_forms>("credential_forms",
                                 "headers, with their schemes, that a key is read from"),
      fact<&F::keyless_routes>("keyless_routes", "routes beside downloads that shall see no key"),
      fact<&F::listing_routes>("listing_routes", "routes that tell which tasks there are"),
      fact<&F::ignores_unknown>("ignores_unknown",
                                "members of a body that are not known are left out, not refused"),
      fact<&F::deprecated>("deprecated", "endpoints, hosts and routes that are deprecated or gone"),
      fact<&F::client_rules>("client_rules", "what becomes of clients that do so, by finding"),
      fact<&F::empty_result>("empty_result",
                             "what an answer that shows a good end lacks when its picture is not "
                             "there yet"),
  };
  return kRows;
}

}  // namespace emulator::contract
