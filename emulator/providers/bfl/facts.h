#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/contract/contract.h"
#include "emulator/contract/fill.h"
#include "emulator/pipeline/sizes.h"

namespace emulator::bfl {

// The values of the contract that BFL alone has; what each means stands in the table (facts.cc).
struct Facts {
  bool accept_bearer = false;
  std::string polling_host;
  Duration pictures_kept_for{0};
  std::string later_cost = "null";
  std::vector<std::pair<std::string, unsigned>> failed_status;
  std::string malformed_id = "invalid_id";
  std::vector<std::string> finetunes;
  std::vector<std::string> licence_slugs;
  int progress_digits = 2;

  std::string invalid_input_text;
  std::string canvas_text;
  std::string request_moderated_reason;
  std::string content_moderated_reason;
  std::string upsampled_prompt;
  RatioLimits ratio_limits;
  bool require_prompt_or_image = true;

  contract::Texts image_messages;
  std::string late_image_error;
  std::size_t max_image_text = 0;
  double max_image_pixels = 0;
  int min_image_side = 0;

  std::string delivery_form = "durable";
  contract::Texts delivery_version;
  std::string delivery_server;

  std::string webhook_status;
  contract::Texts webhook_statuses;
};

std::span<const contract::FactRow> fact_rows(const Facts*);

// A price in credits for the first megapixel made, and for each further one made or sent in.
struct MegapixelPrice {
  double first = 0;
  double further = 0;
};
std::span<const contract::FactRow> fact_rows(const MegapixelPrice*);

// A word of `status` that a task at work has until it is so far.
struct Stage {
  std::string status;
  double until = 1;
};
std::span<const contract::FactRow> fact_rows(const Stage*);

// `extra` of an endpoint.
struct EndpointFacts {
  std::string cost;  // "poll": the price is told by the poll that shows the picture
  std::string needs;
  bool upsampled = false;
  bool seedless = false;
  std::string format;
  std::string withdrawn, deprecated;
  std::optional<contract::PriceBy> price_by;
  std::optional<MegapixelPrice> megapixels;
  std::optional<Duration> link_life;
  std::vector<Stage> stages;
};
std::span<const contract::FactRow> fact_rows(const EndpointFacts*);

// `extra` of a field.
struct FieldFacts {
  bool one_or_many = false;
};
std::span<const contract::FactRow> fact_rows(const FieldFacts*);

// What the contract tells BFL's code; an entry of `task_errors` is a text.
contract::OwnTables tables();

inline const EndpointFacts& facts_of(const contract::Endpoint& endpoint) {
  return endpoint.own.as<EndpointFacts>();
}
inline const FieldFacts& facts_of(const contract::Field& field) {
  return field.own.as<FieldFacts>();
}

inline const Facts& facts_of(const contract::Contract& contract) { return contract.facts<Facts>(); }

}  // namespace emulator::bfl
