#include "emulator/providers/wavespeed/facts.h"

#include "emulator/contract/facts.h"

namespace emulator::wavespeed {

std::span<const contract::FactRow> fact_rows(const Level*) {
  using contract::needed;
  static constexpr contract::FactRow kRows[] = {
      needed<&Level::images_per_minute>("images_per_minute", "submissions of image models"),
      needed<&Level::videos_per_minute>("videos_per_minute", "the same of video models"),
      needed<&Level::running>("running", "tasks at work; further ones are taken and wait"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const Facts*) {
  using contract::fact, contract::from_to, contract::one_of;
  using F = Facts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::level>("level", "account level: one of `levels`"),
      fact<&F::levels>("levels", "limits by level"),
      fact<&F::response_profile>("response_profile", "members of a prediction: of 2025, or of 2026",
                                 one_of("A, B")),
      fact<&F::nsfw_contents>("nsfw_contents", "has_nsfw_contents in profile A",
                              one_of("list, null")),
      fact<&F::content_type>("content_type", "content type of good answers"),
      fact<&F::result_suffix>("result_suffix", "end of urls.get"),
      fact<&F::echo_input_v2>("echo_input_v2", "answers under /api/v2 carry the member input"),
      fact<&F::failed_as>("failed_as", "the task error of `failed` when the scenario names none"),
      fact<&F::bad_status_filter>("bad_status_filter",
                                  "what an unknown status in a list request gives",
                                  one_of("refuse, empty")),
      fact<&F::sync_wait>("sync_wait", "how long a submission in sync mode is held"),
      fact<&F::sync_timeout>("sync_timeout", "what ends the wait: 200 with code 5004, or 504",
                             one_of("prediction, gateway")),
      fact<&F::strict_seed>("strict_seed", "refuse seeds outside -1 to 2147483647"),
      fact<&F::null_is_absent>("null_is_absent",
                               "null in a body counts as if the key were not there"),
      fact<&F::price_needs_required>("price_needs_required",
                                     "the price endpoints refuse inputs that lack required fields"),
      fact<&F::discount_rate>("discount_rate", "percent taken off by the price endpoint",
                              from_to(0, 100)),
      fact<&F::max_upload>("max_upload", "largest file of an upload"),
      fact<&F::upload_life>("upload_life", "how long uploaded files are kept"),
      fact<&F::ticket_life>("ticket_life", "how long an upload ticket is good for"),
      fact<&F::webhook_input>("webhook_input", "the callback carries input after model"),
      fact<&F::webhook_cancelled>("webhook_cancelled", "a cancelled task is told of as well"),
      fact<&F::webhook_timestamp>("webhook_timestamp",
                                  "webhook-timestamp: when the task ended, or of the attempt",
                                  one_of("event, attempt")),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const Prices*) {
  using contract::fact;
  static constexpr contract::FactRow kRows[] = {
      fact<&Prices::by>("by", "the field that says the price"),
      fact<&Prices::of>("of", "USD a picture by its values", contract::at_least(0)),
      fact<&Prices::plus>("plus", "what a field that is true adds", contract::at_least(0)),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const EndpointFacts*) {
  using contract::fact;
  using F = EndpointFacts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::type>("type", "its type in the catalogue"),
      fact<&F::description>("description", "its description there; left out: id and type"),
      fact<&F::count>("count", "the field that says how many pictures"),
      fact<&F::prices>("prices", "prices by the value of a field"),
      fact<&F::sort_order>("sort_order", "its place in the catalogue", contract::at_least(0)),
      fact<&F::listed>("listed", "whether the catalogue has it"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const SizeText*) {
  static constexpr contract::FactRow kRows[] = {
      contract::fact<&SizeText::range>("range", "of both sides", contract::from_to(1, 65'536)),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const FieldFacts*) {
  using contract::fact;
  using F = FieldFacts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::size>("size", "takes a size such as 1024*768"),
      fact<&F::step>("step", "`step` in the catalogue"),
      fact<&F::hidden>("hidden", "`x-hidden` in the catalogue"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const ErrorFacts*) {
  using contract::fact;
  static constexpr contract::FactRow kRows[] = {
      fact<&ErrorFacts::code>("code", "`code` of the error"),
      fact<&ErrorFacts::message>("message", "its text"),
  };
  return kRows;
}

contract::OwnTables tables() {
  using contract::table_of;
  return {table_of<Facts>(), table_of<EndpointFacts>(), table_of<FieldFacts>(),
          table_of<ErrorFacts>()};
}

}  // namespace emulator::wavespeed
