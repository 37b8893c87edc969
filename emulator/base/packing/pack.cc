// Run while building: parses a YAML text, and writes what it holds as a C++ source.
//
//   pack_yaml FILE SYMBOL OUT.cc
//
// All documents of FILE are in emulator::embedded::SYMBOL, as yaml_pack.h has them. A text that
// cannot be read ends the build.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "emulator/base/yaml_pack.h"

namespace emulator {
namespace {

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<yaml::Node> documents_of(const char* path) {
  const std::string text = read(path);
  std::vector<yaml::Node> out;
  for (;;) {
    auto document = yaml::load_document(text, out.size());
    if (document) {
      out.push_back(std::move(*document));
      continue;
    }
    // That there are no more is a problem of the whole text, which has no place.
    if (!out.empty() && document.error().at.line == 0) return out;
    throw std::runtime_error(yaml::to_line(path, document.error()));
  }
}

// As numbers: a string may have no more than 65,536 bytes everywhere.
std::string listed(const std::string& bytes) {
  std::string out;
  out.reserve(4 * bytes.size());
  for (const char byte : bytes)
    out.append(std::to_string(static_cast<unsigned char>(byte))).append(",");
  return out;
}

std::string source_of(const std::string& symbol, const std::string& bytes) {
  return "// Made by pack_yaml. NOLINTBEGIN(readability-identifier-naming)\n#include "
         "<string_view>\nnamespace emulator::embedded {\nnamespace "
         "{\n"
         "const unsigned char bytes_of_" +
         symbol + "[] = {" + listed(bytes) + "};\n}\nextern const std::string_view " + symbol +
         ";\nconst std::string_view " + symbol + "(reinterpret_cast<const char*>(bytes_of_" +
         symbol + "), sizeof(bytes_of_" + symbol +
         "));\n}  // namespace emulator::embedded\n"
         "// NOLINTEND(readability-identifier-naming)\n";
}

}  // namespace

// What main does, which is in no namespace.
void pack(const char* file, const char* symbol, const char* to) {
  std::ofstream out(to, std::ios::binary);
  out << source_of(symbol, yaml::packed(documents_of(file)));
  out.close();
  if (!out) throw std::runtime_error(std::string("cannot write ") + to);
}

}  // namespace emulator

int main(int count, char** arguments) {
  try {
    if (count != 4) throw std::runtime_error("wants a file, a symbol and a file to write");
    emulator::pack(arguments[1], arguments[2], arguments[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "pack_yaml: %s\n", error.what());
    return 1;
  }
  return 0;
}
