#include "emulator/providers/fal/names.h"

#include <algorithm>
#include <stdexcept>

#include "emulator/base/text.h"

namespace emulator::fal {

const contract::Endpoint& endpoint_of(const contract::Contract& contract, std::string_view id) {
  if (const contract::Endpoint* own = contract.endpoint(id)) return *own;
  const contract::Endpoint* generic = contract.endpoint("generic");
  if (generic == nullptr) throw std::logic_error("fal's contract has no endpoint \"generic\"");
  return *generic;
}

bool gives_pictures(std::string_view kind) { return kind.empty() || kind == "image"; }

AppPath app_path(std::string_view endpoint) {
  const bool spaced = endpoint.starts_with("workflows/") || endpoint.starts_with("comfy/");
  std::size_t end = endpoint.find('/');
  for (int more = spaced ? 2 : 1; more > 0 && end != std::string_view::npos; --more)
    end = endpoint.find('/', end + 1);
  const std::string_view base = endpoint.substr(0, end);
  AppPath out;
  out.base = base;
  out.app = base.substr(base.rfind('/') + 1);  // npos + 1 is 0
  if (end != std::string_view::npos) out.path = endpoint.substr(end);
  return out;
}

std::string clean_endpoint(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  std::string out = valid_utf8(path.substr(0, 300));
  if (out.find('/') == std::string::npos) {
    const auto digits = out.find_first_not_of("0123456789");
    if (digits != std::string::npos && digits > 0 && out[digits] == '-') out[digits] = '/';
  }
  return out;
}

}  // namespace emulator::fal
