#include "emulator/pipeline/picture_wording.h"

#include "emulator/pipeline/dialect.h"

namespace emulator {

std::string PictureWording::picture_query(const Sandbox&, const Task&, std::string_view,
                                          Instant) const {
  return {};
}

bool PictureWording::blacks_out(const Task&, int) const { return false; }

http::Reply PictureWording::store_refused(const Dialect& api, const Call& call,
                                          const Refusal& refusal) const {
  switch (refusal.kind) {
    case RefusalKind::kNotFound:
      return picture_missing(call, Missing::kGone);
    case RefusalKind::kUnauthenticated:
    case RefusalKind::kForbidden:
    case RefusalKind::kOutOfCredit:
      return picture_missing(call, Missing::kForbidden);
    default:
      break;
  }
  Refusal of_store = refusal;
  of_store.error = "store_" + std::string(to_string(refusal.kind));
  if (!api.contract().errors.contains(of_store.error)) return api.refused(call, refusal);
  return api.Dialect::refused(call, of_store);
}

std::string PictureWording::picture_link(const Origin& origin, const Sandbox& box, const Task& task,
                                         int index, Instant now) const {
  std::string path = picture_path(box, task, index);
  const std::string query = picture_query(box, task, path, now);
  if (!query.empty()) path.append("?").append(query);
  return origin.link(picture_door(), path);
}

}  // namespace emulator
