#include "emulator/providers/apiframe/facts.h"

#include "emulator/contract/facts.h"

namespace emulator::apiframe {

std::string kind_of(const contract::FactRow&, const Retention*) {
  return "a duration such as 24h, or off";
}

void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                Retention& out) {
  out.life.reset();
  if (part.is_scalar() && part.node->scalar == "off") return;
  out.life = read.duration(part, row.name);
}

std::string kind_of(const contract::FactRow&, const Count*) { return "two counts such as [2, 20]"; }

void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                Count& out) {
  std::vector<std::size_t> both;
  read_value(read, part, row, both);
  if (both.size() == 2 && both[0] <= both[1])
    out = {both[0], both[1]};
  else if (part.is_sequence())
    read.expected(part, kind_of(row, &out), row.name);
}

std::span<const contract::FactRow> fact_rows(const Facts*) {
  using contract::fact, contract::from_to, contract::one_of;
  using F = Facts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::refuse_foreign_keys>("refuse_foreign_keys",
                                    "answer 400 to a v1 key on v2, and to a v2 key on v1"),
      fact<&F::inactive_keys>("inactive_keys", "keys (globs) answered as deactivated"),
      fact<&F::key_header_limit>("key_header_limit", "longest Idempotency-Key"),
      fact<&F::idempotency_http>("idempotency_http", "HTTP status of the answer to a repeated key",
                                 from_to(200, 599)),
      fact<&F::idempotency_conflict>("idempotency_conflict",
                                     "answer 409 to a key used again with another body"),
      fact<&F::retry_after>("retry_after",
                            "Retry-After of a 429 for which no scenario says another"),
      fact<&F::request_id>("request_id", "x-request-id of answers of the API",
                           one_of("uuid, none")),
      fact<&F::messages>("messages", "texts of what is wrong with a field"),
      fact<&F::cursor_text>("cursor_text", "what is said of a bad cursor"),
      fact<&F::search_text>("search_text", "what is said of a `search` that is no job's id"),
      fact<&F::team_admin>("team_admin", "whether a key may list its team's jobs"),
      fact<&F::json_type>("json_type", "content type of answers that are no errors"),
      fact<&F::result_form>("result_form", "result of a job: all pictures, or the first address",
                            one_of("object, string")),
      fact<&F::job_input>("job_input", "show the submitted body when a job is asked for"),
      fact<&F::cancelled_job>("cancelled_job", "members of a cancelled job"),
      fact<&F::longest_kept_data>("longest_kept_data",
                                  "longest data address shown whole in a job's input"),
      fact<&F::retention>("retention", "how long after its end a job's pictures are kept"),
      fact<&F::picture_endings>("picture_endings", "endings of pictures by their format"),
      fact<&F::user_email>("user_email", "email in /v2/me and GET /account"),
      fact<&F::user_role>("user_role", "role in /v2/me"),
      fact<&F::team_name>("team_name", "name of the team in /v2/me"),
      fact<&F::team_plan>("team_plan", "plan of the team in /v2/me"),
      fact<&F::key_name>("key_name", "name of the key in /v2/me"),
      fact<&F::upload_life>("upload_life", "how long an uploaded file is kept"),
      fact<&F::upload_path>("upload_path", "address of an uploaded file, of {id} and {ending}"),
      fact<&F::upload_endings>("upload_endings", "endings of uploaded files by content type"),
      fact<&F::upload_limits>("upload_limits", "largest upload in MB by kind"),
      fact<&F::webhook_events>("webhook_events", "events sent when webhookEvents is left out"),
      fact<&F::webhook_hmac_key>("webhook_hmac_key", "what signs a webhook",
                                 one_of("raw, hex, none")),
      fact<&F::webhook_progress>("webhook_progress",
                                 "shares of the work at which progress is told of", from_to(0, 1)),
      fact<&F::webhook_status>("webhook_status", "webhookStatus of a job whose webhook arrived",
                               one_of("delivered, sent")),
      fact<&F::v1_finished_status>("v1_finished_status",
                                   "a finished task of the legacy API says `status: finished`"),
      fact<&F::v1_percentage>("v1_percentage", "percentage of a task in progress",
                              one_of("number, text")),
      fact<&F::v1_ratio_limits>("v1_ratio_limits",
                                "aspect_ratio of flux-pro-1.1-ultra in the legacy API"),
      fact<&F::v1_plan>("v1_plan", "plan in GET /account"),
      fact<&F::v1_next_billing_date>("v1_next_billing_date", "next_billing_date in GET /account"),
      fact<&F::v1_actions>("v1_actions", "actions of a finished Midjourney task"),
      fact<&F::v1_fetch_many>("v1_fetch_many", "how many tasks /fetch-many takes"),
  };
  return kRows;
}

void read_value(contract::Reader& read, const contract::Part& part, const contract::FactRow& row,
                PictureCount& out) {
  const Json written = contract::json_of(part);
  if (written.is_number_integer() && written >= 1 && written <= 16)
    out = {written.get<int>(), ""};
  else if (written.is_string())
    out = {1, written.get<std::string>()};
  else
    read.expected(part, kind_of(row, &out), row.name);
}

std::string kind_of(const contract::FactRow&, const PictureCount*) {
  return "an integer from 1 to 16, or the name of a field";
}

std::span<const contract::FactRow> fact_rows(const EndpointFacts*) {
  using contract::fact;
  using F = EndpointFacts;
  static constexpr contract::FactRow kRows[] = {
      fact<&F::params>("params", "the object of the body that its parameters lie in"),
      fact<&F::pictures>("pictures", "how many pictures"),
      fact<&F::grid>("grid", "one more picture shows all of them"),
      fact<&F::format>("format", "of its pictures, where no parameter says it",
                       contract::one_of("jpeg, png, webp")),
      fact<&F::scale>("scale", "the parameter by which sides grow"),
  };
  return kRows;
}

contract::OwnTables tables() {
  using contract::table_of;
  return {table_of<Facts>(), table_of<EndpointFacts>(), {}, table_of<std::string>()};
}

}  // namespace emulator::apiframe
