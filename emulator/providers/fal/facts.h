#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/contract/contract.h"
#include "emulator/pipeline/sizes.h"

namespace emulator::fal {

// An Ed25519 pair that webhooks are signed with.
struct Seed {
  std::array<unsigned char, 32> bytes{};  // 64 hex digits in the file
};
struct WebhookKey {
  std::string kid;
  Seed seed;
};

// The values of the contract that fal alone has; what each means stands in the table (facts.cc).
struct Facts {
  using Areas = std::map<std::string, double, std::less<>>;

  std::size_t concurrency = 40;
  Duration sync_limit{0};
  std::string wrong_key;
  bool admin_key = true;
  bool uploads_need_credit = true;
  bool proxy_has_key = true;

  std::string submit_state = "queued";
  Duration queue_place{0};
  std::int64_t log_steps = 4;
  int stream_previews = 2;
  std::string cancel_running = "finishes";
  std::string whole_units = "by_unit";

  std::string failed_as;
  std::string timed_out_as;
  std::string moderated_as;
  std::string cancelled_waiting_as;
  std::string cancelled_running_as;
  std::string error_page;

  std::string proxied_files = "emulator";
  std::string file_form = "b";
  std::vector<std::string> animals;
  Duration upload_link_life{0};
  Duration token_life{0};
  Duration realtime_token_life{0};
  Duration realtime_idle{0};

  int custom_side = 512;
  std::vector<std::pair<std::string, image::Size>> presets;
  Areas auto_sizes;
  Areas resolutions;
  std::uint8_t jpeg_quality = 95;

  std::string webhook_user;
  bool webhook_cancelled = true;
  std::string webhook_payload_error;
  std::vector<unsigned> webhook_without_payload;
  std::vector<WebhookKey> webhook_keys;
};

std::span<const contract::FactRow> fact_rows(const Facts*);

// `extra` of an endpoint.
struct EndpointFacts {
  std::vector<std::string> output{"images"};
  std::map<std::string, Json, std::less<>> fixed;
  std::string image = "plain";
  std::string timings;
  std::string suffix = "none";
  std::string jpeg = ".jpeg";
  std::string format;
  std::string units = "image";
  std::string bill_as;
  std::optional<contract::PriceBy> prices;
  bool wide_seed = false;
  bool fast = false;
  bool realtime = false;

  bool by_megapixel() const { return units == "megapixel"; }
};
std::span<const contract::FactRow> fact_rows(const EndpointFacts*);

// What a field `image_size` takes beside the named sizes: sides of one's own, and further names.
struct ImageSizeRule {
  contract::Bounds sides;
  bool automatic = false;
  std::vector<std::string> more;
};
std::span<const contract::FactRow> fact_rows(const ImageSizeRule*);

// `extra` of a field.
struct FieldFacts {
  std::optional<ImageSizeRule> image_size;
  std::vector<Json> refused;
};
std::span<const contract::FactRow> fact_rows(const FieldFacts*);

// An entry of `task_errors`.
struct ErrorFacts {
  std::string kind = "app";
  std::optional<unsigned> http;
  std::string msg;     // of the app
  std::string detail;  // of the platform, and of what an app says without meaning to
  std::vector<std::string> loc;
  std::optional<Json> ctx;
  std::string echo = "body";
  bool retryable = false;
};
std::span<const contract::FactRow> fact_rows(const ErrorFacts*);

// What the contract tells fal's code.
contract::OwnTables tables();

inline const EndpointFacts& facts_of(const contract::Endpoint& endpoint) {
  return endpoint.own.as<EndpointFacts>();
}
inline const FieldFacts& facts_of(const contract::Field& field) {
  return field.own.as<FieldFacts>();
}

inline const Facts& facts_of(const contract::Contract& contract) { return contract.facts<Facts>(); }

}  // namespace emulator::fal
