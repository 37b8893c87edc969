#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "emulator/base/yaml.h"
#include "emulator/pipeline/registry.h"

namespace emulator {

// Largest scenario, contract or key file that is read, in bytes.
constexpr std::size_t kMaxTextFile = 4u << 20;

// Lines as one text, without a newline at the end.
std::string joined(const std::vector<std::string>& lines);
// Problems of `file` as one text, a line each.
std::string joined(const std::string& file, const std::vector<yaml::Problem>& problems);

// Lays the users' contract files over the built-in ones. "" or every problem, a line each.
std::string lay_over(Registry& registry, const std::vector<std::string>& files);

// Makes providers that take any model id know only those of their contract. "" or every problem.
std::string close_models(Registry& registry);

}  // namespace emulator
