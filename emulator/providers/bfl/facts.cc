#include "emulator/providers/bfl/facts.h"

#include "emulator/contract/facts.h"

namespace emulator::bfl {

std::span<const contract::FactRow> fact_rows(const Facts*) {
  using contract::fact, contract::from_to, contract::one_of;
  using F = Facts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::accept_bearer>("accept_bearer",
                              "take a key from an Authorization Bearer header too"),
      fact<&F::polling_host>("polling_host",
                             "host of polling_url for who used a real host; empty: the same"),
      fact<&F::pictures_kept_for>("pictures_kept_for",
                                  "how long after its end a task's picture is kept"),
      fact<&F::later_cost>("later_cost",
                           "cost in the answer to a submission whose price only the poll says",
                           one_of("null, absent")),
      fact<&F::failed_status>("failed_status",
                              "HTTP status of the poll of a failed task, by endpoint (a glob)",
                              from_to(100, 599)),
      fact<&F::malformed_id>("malformed_id", "what a poll of an id that is no UUID is told",
                             one_of("invalid_id, not_found")),
      fact<&F::finetunes>("finetunes", "ids (globs) of finetunes that every account has"),
      fact<&F::licence_slugs>("licence_slugs", "models whose usage can be told"),
      fact<&F::progress_digits>("progress_digits", "decimals of progress", from_to(0, 15)),
      fact<&F::invalid_input_text>("invalid_input_text",
                                   "what a scripted refusal of an input says"),
      fact<&F::canvas_text>("canvas_text",
                            "what outpainting says of an input larger than its canvas"),
      fact<&F::request_moderated_reason>("request_moderated_reason", "reason of input_moderated"),
      fact<&F::content_moderated_reason>("content_moderated_reason", "reason of output_moderated"),
      fact<&F::upsampled_prompt>("upsampled_prompt", "how a rewritten {prompt} reads"),
      fact<&F::ratio_limits>("ratio_limits", "ratios outside are refused"),
      fact<&F::require_prompt_or_image>("require_prompt_or_image",
                                        "refuse a FLUX.1 request with neither"),
      fact<&F::image_messages>("image_messages", "texts of refused pictures"),
      fact<&F::late_image_error>("late_image_error",
                                 "task error of a fetched picture that is too small or too large"),
      fact<&F::max_image_text>("max_image_text", "longest base64 image, in characters"),
      fact<&F::max_image_pixels>("max_image_pixels", "most pixels of an input image"),
      fact<&F::min_image_side>("min_image_side", "least side of an input image in pixels"),
      fact<&F::delivery_form>("delivery_form", "form of delivery links",
                              one_of("durable, results")),
      fact<&F::delivery_version>("delivery_version", "the sv parameter by form"),
      fact<&F::delivery_server>("delivery_server", "server header of the store"),
      fact<&F::webhook_status>("webhook_status",
                               "status in the answer to a submission with webhook_url"),
      fact<&F::webhook_statuses>("webhook_statuses", "status of a webhook: of succeed and failed"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const MegapixelPrice*) {
  using contract::needed, contract::at_least;
  static constexpr contract::FactRow kRows[] = {
      needed<&MegapixelPrice::first>("first", "credits for the first megapixel made", at_least(0)),
      needed<&MegapixelPrice::further>("further", "credits for each other, made or sent in",
                                       at_least(0)),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const Stage*) {
  using contract::needed, contract::from_to;
  static constexpr contract::FactRow kRows[] = {
      needed<&Stage::status>("status", "the word of `status`"),
      needed<&Stage::until>("until", "the progress at which it ends", from_to(0, 1)),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const EndpointFacts*) {
  using contract::fact, contract::one_of;
  using F = EndpointFacts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::cost>("cost", "poll: the price is told by the poll that shows the picture",
                     one_of("poll")),
      fact<&F::needs>("needs", "what a request must have together",
                      one_of("prompt_or_image, side, control, canvas")),
      fact<&F::upsampled>("upsampled", "prompts are rewritten unless the caller forbids it"),
      fact<&F::seedless>("seedless", "results have no seed"),
      fact<&F::format>("format", "the only format of its pictures", one_of("jpeg, png, webp")),
      fact<&F::withdrawn>("withdrawn", "why it is left out of the OpenAPI"),
      fact<&F::deprecated>("deprecated", "why it is marked deprecated in the OpenAPI"),
      fact<&F::price_by>("price_by", "prices by the value of a field"),
      fact<&F::megapixels>("megapixels", "prices by megapixels made and sent in"),
      fact<&F::link_life>("link_life", "how long its delivery links are good for"),
      fact<&F::stages>("stages", "words of `status` that a task at work goes through"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const FieldFacts*) {
  static constexpr contract::FactRow kRows[] = {
      contract::fact<&FieldFacts::one_or_many>("one_or_many",
                                               "a single text is taken for a list of one"),
  };
  return kRows;
}

contract::OwnTables tables() {
  using contract::table_of;
  return {table_of<Facts>(), table_of<EndpointFacts>(), table_of<FieldFacts>(),
          table_of<std::string>()};
}

}  // namespace emulator::bfl
