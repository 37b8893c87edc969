#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/base/clock.h"
#include "emulator/http/message.h"
#include "emulator/pipeline/call.h"
#include "emulator/pipeline/refusal.h"
#include "emulator/sandbox/uploads.h"
#include "emulator/task/task.h"

namespace emulator {

class Dialect;

// Where the pictures of tasks lie, and what their store says. A dialect that hands out pictures is
// one of these as well. Pure, as a dialect is. Loop thread.
class PictureWording {
 public:
  virtual ~PictureWording() = default;

  // Path of number `index` (the same whenever it is asked), the query that goes with it (may carry
  // a signature and the time; none by default), and the host's role.
  virtual std::string picture_path(const Sandbox& box, const Task& task, int index) const = 0;
  virtual std::string picture_query(const Sandbox& box, const Task& task, std::string_view path,
                                    Instant signed_at) const;
  virtual std::string_view picture_door() const = 0;

  // How long a link is good for when no scenario says otherwise.
  virtual Duration link_life() const = 0;
  // How long after its end a task's pictures are still there; nullopt: for good.
  virtual std::optional<Duration> pictures_kept_for() const { return std::nullopt; }
  // True when the provider hands out a black picture for a flagged one.
  virtual bool blacks_out(const Task&, int index) const;

  // Why a link is not (or no longer) good; nullopt when it is.
  virtual std::optional<http::Reply> picture_refused(const Call& call, const Task& task,
                                                     const TaskView& view) const = 0;
  enum class Missing { kUnknown, kExpired, kGone, kForbidden };
  virtual http::Reply picture_missing(const Call& call, Missing why) const = 0;
  // A scripted refusal of a download, in the words of the store the link leads to, which are not
  // the API's. A store knows neither keys nor credit, so want of either is no right to see the
  // file; the default words every other kind with `errors.store_<kind>` of the contract, or as
  // `api` does where the contract has none.
  virtual http::Reply store_refused(const Dialect& api, const Call& call,
                                    const Refusal& refusal) const;
  // Headers of a picture beside content type, length and etag.
  virtual void picture_headers(const Call&, const Task&, http::Headers&) const {}

  // Why a file that a client uploaded is not handed out; nullopt when it is. Expiry is looked at
  // by the pipeline.
  virtual std::optional<http::Reply> upload_refused(const Call&, const Uploads::File&) const {
    return std::nullopt;
  }
  // Headers of an uploaded file beside content type, length and etag.
  virtual void upload_headers(const Call&, const Uploads::File&, http::Headers&) const {}

  // The absolute link to a picture, for wording. Query included.
  std::string picture_link(const Origin& origin, const Sandbox& box, const Task& task, int index,
                           Instant now) const;
};

}  // namespace emulator
