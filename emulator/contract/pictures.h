#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "emulator/contract/fact_table.h"
#include "emulator/task/words.h"

// What a contract says of pictures that are sent in: the value `incoming_pictures`, and what a
// field says for itself (`extra: { image: { forms: [text] } }`). How they are looked at is
// pipeline/incoming.h's.
namespace emulator {

enum class PictureFault : std::uint8_t {
  kNone,
  kBlank,      // "blank": a text of nothing
  kForm,       // "form": a form the field does not take, a text that is no address among them
  kNoBase64,   // "no_base64"
  kEmpty,      // "empty": no bytes
  kNoPicture,  // "no_picture"
  kCutOff,     // "cut_off"
  kType,       // "type": a picture of a type that is not taken
  kMissing,    // "missing": never uploaded, or gone
  kExpired,    // "expired"
};

inline constexpr std::array<Word<PictureFault>, 10> kPictureFaultWords{
    {{PictureFault::kNone, "none"},
     {PictureFault::kBlank, "blank"},
     {PictureFault::kForm, "form"},
     {PictureFault::kNoBase64, "no_base64"},
     {PictureFault::kEmpty, "empty"},
     {PictureFault::kNoPicture, "no_picture"},
     {PictureFault::kCutOff, "cut_off"},
     {PictureFault::kType, "type"},
     {PictureFault::kMissing, "missing"},
     {PictureFault::kExpired, "expired"}}};

}  // namespace emulator

namespace emulator::contract {

// `refuse NAME` or `fail NAME`: refused at submission, or the task fails. The name is the
// dialect's.
struct PictureEnd {
  bool at_once = false;
  std::string name;
};

// By fault; nullopt: it is let be. A fault that is not there is left to the wider rules.
struct PictureEnds {
  std::map<PictureFault, std::optional<PictureEnd>> by_fault;
};

struct PictureRules {
  std::optional<std::vector<std::string>> forms;  // text, data, address; nullopt: all of them
  std::string base64 = "loose";  // or padded: the standard alphabet with all its padding
  std::optional<std::vector<std::string>> types;  // nullopt: any type of picture
  PictureEnds inside;                             // of base64 and data addresses
  PictureEnds file;                               // of addresses that lead to a file here
  // Of one field alone: least length of each side, and most pixels in all.
  std::optional<int> least_side;
  std::optional<double> most_pixels;
};

void read_value(Reader& read, const Part& part, const FactRow& row, PictureEnds& out);
std::string kind_of(const FactRow& row, const PictureEnds*);
std::span<const FactRow> fact_rows(const PictureRules*);

}  // namespace emulator::contract
