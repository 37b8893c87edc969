#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "emulator/base/clock.h"
#include "emulator/base/json.h"
#include "emulator/contract/contract.h"
#include "emulator/contract/fill.h"
#include "emulator/pipeline/sizes.h"

namespace emulator::apiframe {

// How long pictures are kept: "24h", or "off" for good.
struct Retention {
  std::optional<Duration> life;  // nullopt: for good
};

// Least and most of something that is counted: `[2, 20]`.
struct Count {
  std::size_t least = 0, most = 0;
};

// The values of the contract that Apiframe alone has; what each means stands in the table
// (facts.cc).
struct Facts {
  bool refuse_foreign_keys = false;
  std::vector<std::string> inactive_keys;
  std::size_t key_header_limit = 255;
  unsigned idempotency_http = 202;
  bool idempotency_conflict = false;
  Duration retry_after{0};
  std::string request_id = "uuid";

  contract::Texts messages;
  std::string cursor_text;
  std::string search_text;
  bool team_admin = true;

  std::string json_type;
  std::string result_form = "object";
  bool job_input = true;
  Json cancelled_job = Json::object();
  std::size_t longest_kept_data = 2048;
  Retention retention;
  contract::Texts picture_endings;

  std::string user_email, user_role, team_name, team_plan, key_name;

  Duration upload_life{0};
  std::string upload_path;
  contract::Texts upload_endings;
  std::map<std::string, std::size_t, std::less<>> upload_limits;

  std::vector<std::string> webhook_events;
  std::string webhook_hmac_key = "raw";
  std::vector<double> webhook_progress;
  std::string webhook_status = "delivered";

  bool v1_finished_status = true;
  std::string v1_percentage = "number";
  RatioLimits v1_ratio_limits;
  std::string v1_plan, v1_next_billing_date;
  std::vector<std::string> v1_actions;
  Count v1_fetch_many;
};

std::span<const contract::FactRow> fact_rows(const Facts*);

// How many pictures are made: a number, or the field that says it.
struct PictureCount {
  int always = 1;
  std::string field;  // "": `always`
};
void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                PictureCount& out);
std::string kind_of(const contract::FactRow& row, const PictureCount*);

// `extra` of an endpoint.
struct EndpointFacts {
  std::string params;
  PictureCount pictures;
  bool grid = false;
  std::string format;
  std::string scale;
};
std::span<const contract::FactRow> fact_rows(const EndpointFacts*);

// What the contract tells Apiframe's code; an entry of `task_errors` is a text.
contract::OwnTables tables();

inline const EndpointFacts& facts_of(const contract::Endpoint& endpoint) {
  return endpoint.own.as<EndpointFacts>();
}

inline const Facts& facts_of(const contract::Contract& contract) { return contract.facts<Facts>(); }

}  // namespace emulator::apiframe
