#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace emulator {

// The text of a document that follows from a contract and one address, kept from one call to the
// next: rendering it takes a hundred times as long as sending it, and anybody may ask for it again
// and again. One text is kept, that of the address last asked for. Not thread-safe.
class Document {
 public:
  // `render` returns the text for that address.
  template <class Render>
  const std::string& text(std::string_view address, const Render& render) {
    if (rendered_ && address_ == address) return text_;
    text_ = render();
    address_ = address;
    rendered_ = true;
    return text_;
  }

 private:
  std::string text_;
  std::string address_;
  bool rendered_ = false;
};

}  // namespace emulator
