#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emulator/app/file_watch.h"
#include "emulator/pipeline/keys.h"

namespace emulator {

// The file of `--auth FILE`, taken up again whenever it changes. Loop thread only.
class KeyFile {
 public:
  struct Hooks {
    std::function<void(std::shared_ptr<const KeyBook>)> take_up;
    std::function<void(const std::string& text)> tell;  // whole lines
  };

  KeyFile(std::string path, std::vector<std::string> providers);

  // Reads it, takes it up, and looks for changes from now on. "" or every problem, a line each. A
  // file that becomes bad later is told of with all its problems, and the keys before it stay.
  std::string open(Hooks hooks, Loop& loop);

 private:
  Result<std::shared_ptr<const KeyBook>, std::string> read() const;
  void changed();

  std::string path_;
  std::vector<std::string> providers_;
  Hooks hooks_;
  std::unique_ptr<FileWatch> watch_;
};

}  // namespace emulator
