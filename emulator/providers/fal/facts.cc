#include "emulator/providers/fal/facts.h"

#include <algorithm>

#include "emulator/base/crypto.h"
#include "emulator/contract/facts.h"

namespace emulator::fal {

std::string kind_of(const contract::FactRow&, const Seed*) { return "64 hex digits"; }

void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                Seed& out) {
  const std::string text = part.is_scalar() ? part.node->scalar : "";
  if (text.size() != 2 * out.bytes.size() ||
      text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
    return read.expected(part, kind_of(row, &out), row.name);
  const std::string bytes = bytes_of_hex(text);
  std::copy(bytes.begin(), bytes.end(), out.bytes.begin());
}

std::span<const contract::FactRow> fact_rows(const WebhookKey*) {
  static constexpr contract::FactRow kRows[] = {
      contract::needed<&WebhookKey::kid>("kid", "its name"),
      contract::needed<&WebhookKey::seed>("seed", "its private half"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const Facts*) {
  using contract::fact, contract::from_to, contract::one_of;
  using F = Facts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::concurrency>("concurrency", "unfinished direct calls before 429"),
      fact<&F::sync_limit>("sync_limit", "how long a direct call may take"),
      fact<&F::wrong_key>("wrong_key", "the error that `unauthenticated` of a scenario says"),
      fact<&F::admin_key>("admin_key", "whether keys may read the account"),
      fact<&F::uploads_need_credit>("uploads_need_credit",
                                    "an account without credit is refused uploads as well"),
      fact<&F::proxy_has_key>("proxy_has_key",
                              "whether the proxy that is played here has a key of its own"),
      fact<&F::submit_state>("submit_state", "what a submission answers: IN_QUEUE or its state",
                             one_of("queued, real")),
      fact<&F::queue_place>("queue_place", "how long one request ahead takes"),
      fact<&F::log_steps>("log_steps", "lines of log of a model without num_inference_steps",
                          from_to(1, 1'000)),
      fact<&F::stream_previews>("stream_previews", "events of an output stream before the last one",
                                from_to(0, 100)),
      fact<&F::cancel_running>("cancel_running",
                               "what becomes of a request that is cancelled at work",
                               one_of("finishes, ends")),
      fact<&F::whole_units>("whole_units", "how x-fal-billable-units says whole figures",
                            one_of("bare, point, by_unit")),
      fact<&F::failed_as>("failed_as", "the task error that `end: failed` means"),
      fact<&F::timed_out_as>("timed_out_as", "the task error that `end: timed_out` means"),
      fact<&F::moderated_as>("moderated_as", "the task error that moderated ends mean"),
      fact<&F::cancelled_waiting_as>("cancelled_waiting_as",
                                     "the task error of a request cancelled in the queue"),
      fact<&F::cancelled_running_as>("cancelled_running_as",
                                     "the task error of a request cancelled at work"),
      fact<&F::error_page>("error_page", "begin of `url` in a model error"),
      fact<&F::proxied_files>("proxied_files",
                              "links to files for who names fal only in x-fal-target-url",
                              one_of("emulator, provider")),
      fact<&F::file_form>("file_form", "form of file links", one_of("b, b_animal, animal")),
      fact<&F::animals>("animals", "folders of older file links"),
      fact<&F::upload_link_life>("upload_link_life", "how long an upload_url is good for"),
      fact<&F::token_life>("token_life", "life of a storage token"),
      fact<&F::realtime_token_life>("realtime_token_life",
                                    "life of a realtime token when the caller does not say"),
      fact<&F::realtime_idle>("realtime_idle",
                              "a realtime connection without input is closed after this"),
      fact<&F::custom_side>("custom_side", "a side of a custom image_size that is left out",
                            from_to(1, 65'536)),
      fact<&F::presets>("presets", "sizes by the names of image_size"),
      fact<&F::auto_sizes>("auto_sizes", "pixels of an image_size that only names how many"),
      fact<&F::resolutions>("resolutions", "pixels of a `resolution`, in lower case"),
      fact<&F::jpeg_quality>("jpeg_quality", "of pictures", from_to(0, 100)),
      fact<&F::webhook_user>("webhook_user",
                             "account id that webhooks are signed for; digits for # are drawn"),
      fact<&F::webhook_cancelled>("webhook_cancelled", "a cancelled request is told of as well"),
      fact<&F::webhook_payload_error>("webhook_payload_error",
                                      "why a webhook has no payload, in words"),
      fact<&F::webhook_without_payload>("webhook_without_payload",
                                        "statuses of an app whose answer is told without payload",
                                        from_to(100, 599)),
      fact<&F::webhook_keys>("webhook_keys", "the pairs webhooks are signed with, in turn"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const EndpointFacts*) {
  using contract::fact, contract::one_of;
  using F = EndpointFacts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::output>("output", "keys of the answer, in order"),
      fact<&F::fixed>("fixed", "what its other keys are"),
      fact<&F::image>("image", "keys of one image",
                      one_of("plain, file, named_file, unsized_file, bare_file")),
      fact<&F::timings>("timings", "inference: seconds of work; else nothing",
                        one_of("inference, none")),
      fact<&F::suffix>("suffix", "what follows the id in a file's name: _ and 32 digits, or 8",
                       one_of("hex, short, none")),
      fact<&F::jpeg>("jpeg", "how JPEG files end"),
      fact<&F::format>("format", "of the files, where there is no output_format",
                       one_of("jpeg, png, webp")),
      fact<&F::units>("units", "how use is billed; by megapixels that are begun",
                      one_of("image, megapixel")),
      fact<&F::bill_as>("bill_as", "another endpoint that x-fal-bill-as names"),
      fact<&F::prices>("prices", "a unit's price by the value of a field"),
      fact<&F::wide_seed>("wide_seed", "seeds go beyond 32 bits"),
      fact<&F::fast>("fast", "may be at work when the submission is answered"),
      fact<&F::realtime>("realtime", "can be talked to over a realtime connection"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const ImageSizeRule*) {
  using contract::fact, contract::from_to;
  using F = ImageSizeRule;
  static constexpr contract::FactRow kRows[] = {
      contract::needed<&F::sides>("sides", "the least and the greatest side of one's own",
                                  from_to(1, 65'536)),
      fact<&F::automatic>("auto", "takes `auto` too"),
      fact<&F::more>("more", "takes these names too"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const FieldFacts*) {
  using contract::fact;
  static constexpr contract::FactRow kRows[] = {
      fact<&FieldFacts::image_size>("image_size", "takes a named size or one of one's own"),
      fact<&FieldFacts::refused>("refused", "values that are listed, and fail all the same"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const ErrorFacts*) {
  using contract::fact, contract::needed, contract::from_to, contract::one_of;
  using F = ErrorFacts;
  static constexpr contract::FactRow kRows[] = {
      needed<&F::kind>("kind", "worded by the app, by the platform, or as an app that broke",
                       one_of("model, request, app")),
      fact<&F::http>("http", "HTTP status of the result", from_to(100, 599)),
      fact<&F::msg>("msg", "`msg` of a model's error"),
      fact<&F::detail>("detail", "`detail` of the others"),
      fact<&F::loc>("loc", "the field that is to blame, where the body has it"),
      fact<&F::ctx>("ctx", "`ctx` of a model's error"),
      fact<&F::echo>("echo", "what is sent back as `input`", one_of("body, field")),
      fact<&F::retryable>("retryable", "x-fal-retryable and x-fal-needs-retry"),
  };
  return kRows;
}

contract::OwnTables tables() {
  using contract::table_of;
  return {table_of<Facts>(), table_of<EndpointFacts>(), table_of<FieldFacts>(),
          table_of<ErrorFacts>()};
}

}  // namespace emulator::fal
