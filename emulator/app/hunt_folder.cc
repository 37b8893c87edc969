#include "emulator/app/hunt_folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "emulator/files.h"

namespace emulator::hunt {

std::string ReportFolder::open() const {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) return "cannot make the folder " + path_ + ": " + error.message() + " (--out)";
  for (const auto& entry : std::filesystem::directory_iterator(path_, error)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream file(entry.path());
    std::string first;
    std::getline(file, first);
    if (first + "\n" == kMark) std::filesystem::remove(entry.path(), error);
  }
  return "";
}

std::string ReportFolder::write(const Hunt& hunt) const {
  std::string problem =
      write_file_atomically(path_ + "/report.json", report_json(hunt).dump(1) + "\n");
  if (problem.empty()) problem = write_file_atomically(path_ + "/report.html", report_html(hunt));
  return problem.empty() ? "" : problem + " (--out)";
}

Result<std::string, std::string> ReportFolder::keep(const Trial& trial, const std::string& text) {
  std::string name = trial.rules.size() == 1 ? trial.rules.front().outcome : trial.outcome;
  std::replace(name.begin(), name.end(), '+', '-');
  const std::string file = std::to_string(++files_) + "-" + name.substr(0, 60) + ".yaml";
  const std::string problem = write_file_atomically(path_ + "/" + file, text);
  if (!problem.empty()) return Failure{problem + " (--out)"};
  return file;
}

}  // namespace emulator::hunt
