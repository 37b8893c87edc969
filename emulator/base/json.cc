#include "emulator/base/json.h"

namespace emulator {

Json object_with_room(std::size_t members) {
  Json out = Json::object();
  out.get_ref<Json::object_t&>().reserve(members);
  return out;
}

}  // namespace emulator

template class nlohmann::basic_json<nlohmann::ordered_map>;
