#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

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

// USD for a picture by the value of a field, and what a flag that is set adds to it.
struct Prices {
  std::string by;
  std::map<std::string, double, std::less<>> of;
  std::vector<std::pair<std::string, double>> plus;
};
std::span<const contract::FactRow> fact_rows(const Prices*);

// `extra` of an endpoint.
struct EndpointFacts {
  std::string type = "text-to-image";
  std::string description;  // "": its id and its type
  std::string count = "num_images";
  Prices prices;
  int sort_order = 100;
  bool listed = true;
};
std::span<const contract::FactRow> fact_rows(const EndpointFacts*);

// A text such as "1024*768".
struct SizeText {
  std::optional<contract::Bounds> range;  // of both sides
};
std::span<const contract::FactRow> fact_rows(const SizeText*);

// `extra` of a field.
struct FieldFacts {
  std::optional<SizeText> size;
  std::optional<Json> step;
  bool hidden = false;
};
std::span<const contract::FactRow> fact_rows(const FieldFacts*);

// An entry of `task_errors`.
struct ErrorFacts {
  Json code = 0;
  std::string message;
};
std::span<const contract::FactRow> fact_rows(const ErrorFacts*);

// What the contract tells WaveSpeed's code.
contract::OwnTables tables();

inline const EndpointFacts& facts_of(const contract::Endpoint& endpoint) {
  return endpoint.own.as<EndpointFacts>();
}
inline const FieldFacts& facts_of(const contract::Field& field) {
  return field.own.as<FieldFacts>();
}

inline const Facts& facts_of(const contract::Contract& contract) { return contract.facts<Facts>(); }

}  // namespace emulator::wavespeed
