#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "emulator/base/clock.h"
#include "emulator/contract/contract.h"

namespace emulator::wavespeed {

// What an account of some level may do.
struct Level {
  std::size_t images_per_minute = 0;
  std::size_t videos_per_minute = 0;
  std::size_t running = 0;
};

// The values of the contract that WaveSpeed alone has; what each means stands in the table
// (facts.cc).
struct Facts {
  std::string level;
  std::map<std::string, Level, std::less<>> levels;

  std::string response_profile = "A";
  std::string nsfw_contents = "list";
  std::string content_type;
  std::string result_suffix;
  bool echo_input_v2 = true;
  std::string failed_as;
  std::string bad_status_filter = "refuse";

  Duration sync_wait{0};
  std::string sync_timeout = "prediction";
  bool strict_seed = false;
  bool null_is_absent = true;

  bool price_needs_required = false;
  double discount_rate = 0;

  contract::Bytes max_upload;
  Duration upload_life{0};
  Duration ticket_life{0};

  bool webhook_input = false;
  bool webhook_cancelled = false;
  std::string webhook_timestamp = "event";
};

std::span<const contract::FactRow> fact_rows(const Facts*);

inline const Facts& facts_of(const contract::Contract& contract) { return contract.facts<Facts>(); }

}  // namespace emulator::wavespeed
