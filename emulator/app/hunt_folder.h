#pragma once

#include <string>

#include "emulator/app/hunt_report.h"
#include "emulator/base/result.h"

namespace emulator::hunt {

// The folder that a hunt leaves: its report, for a browser and for programs, and a scenario file
// for each thing that was found. Failures are one line.
class ReportFolder {
 public:
  explicit ReportFolder(std::string path) : path_(std::move(path)) {}

  // Makes it, and removes what the last hunt into it has left: it would be taken for this one's.
  std::string open() const;
  // Writes the report as it stands.
  std::string write(const Hunt& hunt) const;
  // Writes the scenario that repeats a trial; the result is the file's name in the folder.
  Result<std::string, std::string> keep(const Trial& trial, const std::string& text);

 private:
  std::string path_;
  std::size_t files_ = 0;
};

// How the text of a trial begins, by which it is known again.
inline constexpr const char* kMark = "# Made by provider-emulator hunt\n";

}  // namespace emulator::hunt
