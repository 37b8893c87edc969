#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "emulator/contract/pictures.h"
#include "emulator/image/inspect.h"
#include "emulator/pipeline/dialect.h"

// Pictures that a body brings: found by the fields a contract marks (`extra: { image: true }`),
// looked at by their bytes, judged by the contract's value `incoming_pictures`:
//
//   forms: [text, data, address]   what the provider takes: bare base64, data addresses, addresses
//   base64: loose                  or padded: the standard alphabet with all its padding, no blanks
//   types: [image/png, ...]        picture types it takes
//   inline: { FAULT: END, ... }    what becomes of a fault of text and data addresses
//   file: { FAULT: END, ... }      the same of addresses that lead to a file here
//
// FAULT is one of the words of PictureFault, END `refuse NAME` (at submission), `fail NAME` (the
// task fails), or null (let it be). A field may say any of these for itself, but for `base64`:
// `image: { forms: [text] }`.
// What NAME means is the dialect's.
namespace emulator {

std::string_view to_string(PictureFault fault);

struct IncomingPicture {
  enum class Form { kText, kData, kFile, kAddress };  // kFile: an address of a file here
  Form form = Form::kText;
  PictureFault fault = PictureFault::kNone;
  std::vector<std::variant<std::string, std::int64_t>> where;  // from the root of the fields
  const Json* value = nullptr;  // the text, as it came; lives with the input
  const contract::Field* field =
      nullptr;                // the marked one, for a member of a list that of the list
  image::Inspection picture;  // of all forms but kAddress, which is never fetched
  std::uint64_t bytes = 0;    // of the file; 0 when not known
};

// True for a field that takes a picture or a list of them.
bool takes_picture(const contract::Field& field);

// Every picture in `input`, in the order of `fields`, inside objects and lists too; null members
// and values that are no texts are passed over. Base64 is decoded one picture at a time and not
// kept. `input` must outlive the result.
std::vector<IncomingPicture> pictures_in(const Json& input,
                                         const std::vector<contract::Field>& fields,
                                         const contract::Contract& contract, const Call& call);

// The first picture that does not do, and how that ends.
struct BadPicture {
  const IncomingPicture* picture = nullptr;
  bool at_once = false;  // refused at submission; else the task fails
  std::string name;      // of the error
};
std::optional<BadPicture> bad_picture(const IncomingPicture& picture,
                                      const contract::Contract& contract);
std::optional<BadPicture> bad_picture(const std::vector<IncomingPicture>& pictures,
                                      const contract::Contract& contract);

// The size of the first picture whose size is known.
std::optional<image::Size> first_size(const std::vector<IncomingPicture>& pictures);

// "image" or "images[1]" or "params.image", for messages.
std::string place_of(const IncomingPicture& picture);

}  // namespace emulator
