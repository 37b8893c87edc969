#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "emulator/base/json.h"
#include "emulator/contract/contract.h"
#include "emulator/contract/fill.h"
#include "emulator/pipeline/sizes.h"

namespace emulator::vtrix {

// The values of the contract that Vtrix alone has; what each means stands in the table (facts.cc).
struct Facts {
  bool accept_flat = true;
  bool late_validation = false;
  Json late_error_code;
  std::vector<std::string> blocked_models;
  std::size_t max_image_bytes = 0;
  contract::Texts messages;

  std::string error_shape = "object";
  std::string submit_failure = "in_progress";
  std::string balance_form = "403";
  double discount = 0;
  bool metadata_timing = false;
  int progress_digits = 2;
  std::string request_id_form = "uuid";
  std::string request_id_prefix;
  contract::Texts picture_endings;

  std::string parameter_path;
  std::size_t page_size = 20;

  std::string queue_id_prefix;
  std::string queue_id_form = "ulid";
  unsigned queue_create_http = 200;
  unsigned queue_status_http = 200;
  unsigned queue_failed_result = 200;
  std::string queue_create_status;
  std::string queue_error_shape = "text";
  std::string queue_error_text;
  std::string queue_result_form = "outputs";
  std::vector<std::string> queue_webhook_fields;
};

std::span<const contract::FactRow> fact_rows(const Facts*);

// `extra` of an endpoint: what the catalogue says of a model.
struct EndpointFacts {
  std::string name;  // "": its id
  std::string vendor;
  std::string type = "image";
  std::string about;
  std::vector<std::string> input{"text"};
};
std::span<const contract::FactRow> fact_rows(const EndpointFacts*);

// `extra` of a field.
struct FieldFacts {
  std::string about;
  bool text_too = false;
  std::optional<RatioLimits> ratio;
};
std::span<const contract::FactRow> fact_rows(const FieldFacts*);

// An entry of `task_errors`.
struct ErrorFacts {
  Json code;
  std::string message;
  std::string type;
};
std::span<const contract::FactRow> fact_rows(const ErrorFacts*);

// What the contract tells Vtrix' code.
contract::OwnTables tables();

inline const EndpointFacts& facts_of(const contract::Endpoint& endpoint) {
  return endpoint.own.as<EndpointFacts>();
}
inline const FieldFacts& facts_of(const contract::Field& field) {
  return field.own.as<FieldFacts>();
}

inline const Facts& facts_of(const contract::Contract& contract) { return contract.facts<Facts>(); }

}  // namespace emulator::vtrix
