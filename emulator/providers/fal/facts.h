#pragma once

#include <array>
#include <cstdint>
#include <map>
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

inline const Facts& facts_of(const contract::Contract& contract) { return contract.facts<Facts>(); }

}  // namespace emulator::fal
