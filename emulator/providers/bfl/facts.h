#pragma once

#include <cstddef>
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

inline const Facts& facts_of(const contract::Contract& contract) { return contract.facts<Facts>(); }

}  // namespace emulator::bfl
