#include "emulator/app/key_file.h"

#include <utility>

#include "emulator/app/contracts.h"
#include "emulator/files.h"

namespace emulator {

KeyFile::KeyFile(std::string path, std::vector<std::string> providers)
    : path_(std::move(path)), providers_(std::move(providers)) {}

Result<std::shared_ptr<const KeyBook>, std::string> KeyFile::read() const {
  const auto text = read_file(path_, kMaxTextFile);
  if (!text) return Failure{text.error()};
  auto book = KeyBook::load(*text, providers_);
  if (!book) return Failure{joined(path_, book.error())};
  return std::move(*book);
}

std::string KeyFile::open(Hooks hooks, Loop& loop) {
  std::string seen = file_stamp(path_);
  auto book = read();
  if (!book) return book.error();
  hooks_ = std::move(hooks);
  hooks_.take_up(std::move(*book));
  watch_ = std::make_unique<FileWatch>([path = path_] { return file_stamp(path); }, loop,
                                       [this] { changed(); }, std::move(seen));
  return "";
}

void KeyFile::changed() {
  auto book = read();
  if (!book)
    return hooks_.tell(book.error() + "\n" + path_ + " is not taken up: the keys before it stay\n");
  const std::size_t count = (*book)->entries().size();
  hooks_.take_up(std::move(*book));
  hooks_.tell(path_ + " is taken up: " + std::to_string(count) + (count == 1 ? " key" : " keys") +
              "\n");
}

}  // namespace emulator
