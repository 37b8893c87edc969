#include "emulator/app/contracts.h"

#include <utility>

#include "emulator/files.h"

namespace emulator {

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : "\n") + line;
  return out;
}

std::string joined(const std::string& file, const std::vector<yaml::Problem>& problems) {
  std::vector<std::string> lines;
  lines.reserve(problems.size());
  for (const yaml::Problem& problem : problems) lines.push_back(yaml::to_line(file, problem));
  return joined(lines);
}

std::string lay_over(Registry& registry, const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    auto text = read_file(file, kMaxTextFile);
    if (!text) return text.error();
    if (const auto laid = registry.lay_over({file, std::move(*text)}); !laid)
      return joined(laid.error());
  }
  return "";
}

std::string close_models(Registry& registry) {
  for (std::uint16_t p = 0; p < registry.size(); ++p) {
    if (!registry.contract(p).common.any_endpoint) continue;
    const std::string text =
        "provider: " + registry.name(p) + "\nvalues: { any_endpoint: false }\n";
    if (const auto laid = registry.lay_over({"--strict-models", text}); !laid)
      return joined(laid.error());
  }
  return "";
}

}  // namespace emulator
