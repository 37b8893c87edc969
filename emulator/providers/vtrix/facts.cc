#include "emulator/providers/vtrix/facts.h"

#include "emulator/contract/facts.h"

namespace emulator::vtrix {

std::span<const contract::FactRow> fact_rows(const Facts*) {
  using contract::fact, contract::from_to, contract::one_of;
  using F = Facts;
  static constexpr contract::FactRange kStatus = from_to(200, 599);
  static constexpr contract::FactRange kIdForms = one_of("uuid, hex, xid, ulid");
  static constexpr contract::FactRow kRows[] = {
      fact<&F::accept_flat>("accept_flat",
                            "take parameters beside `model` as well as under input[0].params"),
      fact<&F::late_validation>("late_validation", "accept bad parameters, then fail the task"),
      fact<&F::late_error_code>("late_error_code", "code of a task that failed by late validation"),
      fact<&F::blocked_models>("blocked_models", "models answered as not allowed for this user"),
      fact<&F::max_image_bytes>("max_image_bytes", "largest input image in bytes"),
      fact<&F::messages>("messages", "texts of refusals for bad parameters"),
      fact<&F::error_shape>("error_shape", "`error` of a failed task",
                            one_of("object, string, error_message")),
      fact<&F::submit_failure>("submit_failure",
                               "how a task that has failed already is shown to its submitter",
                               one_of("in_progress, failed, error")),
      fact<&F::balance_form>("balance_form", "status of a refusal for want of balance",
                             one_of("403, 402")),
      fact<&F::discount>("discount", "usage.discount of a finished task"),
      fact<&F::metadata_timing>("metadata_timing",
                                "put inference_time into metadata of a finished task"),
      fact<&F::progress_digits>("progress_digits", "decimals of progress", from_to(0, 15)),
      fact<&F::request_id_form>("request_id_form", "request_id of errors", kIdForms),
      fact<&F::request_id_prefix>("request_id_prefix", "beginning of the request_id of errors"),
      fact<&F::picture_endings>("picture_endings", "endings of pictures by their format"),
      fact<&F::parameter_path>("parameter_path", "`path` of a parameter {name} in the catalogue"),
      fact<&F::page_size>("page_size", "models on a page of the catalogue", from_to(1, 1'000'000)),
      fact<&F::queue_id_prefix>("queue_id_prefix", "beginning of a queue's request_id"),
      fact<&F::queue_id_form>("queue_id_form", "what follows it", kIdForms),
      fact<&F::queue_create_http>("queue_create_http",
                                  "HTTP status of the answer to a queue submission", kStatus),
      fact<&F::queue_status_http>("queue_status_http", "HTTP status of a queue's status", kStatus),
      fact<&F::queue_failed_result>("queue_failed_result",
                                    "HTTP status of the result of a failed request", kStatus),
      fact<&F::queue_create_status>("queue_create_status",
                                    "`status` in the answer to a queue submission; empty: none"),
      fact<&F::queue_error_shape>("queue_error_shape", "`error` of a failed request",
                                  one_of("text, object, provider_error")),
      fact<&F::queue_error_text>("queue_error_text",
                                 "`error` of a failed request when it is a text"),
      fact<&F::queue_result_form>("queue_result_form", "where the result of a request lists files",
                                  one_of("outputs, output")),
      fact<&F::queue_webhook_fields>("queue_webhook_fields", "body fields refused as webhooks"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const EndpointFacts*) {
  using contract::fact;
  using F = EndpointFacts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::name>("name", "name in the catalogue; left out: its id"),
      fact<&F::vendor>("vendor", "who makes it"),
      fact<&F::type>("type", "what it makes"),
      fact<&F::about>("about", "its description in the catalogue"),
      fact<&F::input>("input", "what it takes: text, image"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const FieldFacts*) {
  using contract::fact;
  using F = FieldFacts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::about>("about", "its description in the catalogue"),
      fact<&F::text_too>("text_too", "an integer may come as a text"),
      fact<&F::ratio>("ratio", "the narrowest and the widest ratio"),
  };
  return kRows;
}

std::span<const contract::FactRow> fact_rows(const ErrorFacts*) {
  using contract::fact, contract::needed;
  using F = ErrorFacts;
  static constexpr contract::FactRow kRows[] = {
      needed<&F::code>("code", "`code` of the error"),
      needed<&F::message>("message", "`message` of the error"),
      fact<&F::type>("type", "`type` of the error; left out: that of a failed task"),
  };
  return kRows;
}

contract::OwnTables tables() {
  using contract::table_of;
  return {table_of<Facts>(), table_of<EndpointFacts>(), table_of<FieldFacts>(),
          table_of<ErrorFacts>()};
}

}  // namespace emulator::vtrix
