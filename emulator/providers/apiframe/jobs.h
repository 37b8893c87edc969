#pragma once

#include <string>
#include <vector>

#include "emulator/contract/contract.h"
#include "emulator/pipeline/dialect.h"

// Jobs as API v2 shows them. Pure, but for `job_list`, which makes pictures known.
namespace emulator::apiframe {

// True for tasks of API v2; those of the legacy API are no jobs.
bool is_job(const Task& task);

// The word for where a job stands.
std::string status_of(const contract::Contract& contract, const TaskView& view);
// Why a job failed.
std::string reason_of(const contract::Contract& contract, const Task& task, const TaskView& view);
// True once a made job's pictures have been purged.
bool is_expired(const Task& task, const TaskView& view);
// How many of the planned pictures are pictures of their own; the grid is not.
int pictures_of(const Task& task);
bool has_grid(const Task& task);

// `links` are those of all planned pictures, the grid last; empty unless the job is made.
Json job_body(const contract::Contract& contract, const Task& task, const TaskView& view,
              const std::vector<std::string>& links);

// True when `text` has the form of a UUID, whatever its version.
bool is_uuid(std::string_view text);

// What GET /v2/jobs asks for.
struct JobQuery {
  std::string status, model, search;
  std::size_t limit = 20;
  std::string after;  // id of the last job of the page before; "" for the first page
  bool models = false;
};
Result<JobQuery, Refusal> read_query(const Call& call, const contract::Contract& contract);
Refusal bad_cursor(const contract::Contract& contract);
std::string cursor_of(std::string_view id);

}  // namespace emulator::apiframe
