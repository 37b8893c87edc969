#pragma once

#include "emulator/image/cells.h"

namespace emulator::image {

// Writes prompt, model, size, seed and index on a dark plate at the foot of the picture: the prompt
// shortened, and in small pictures only what fits.
void draw_caption(Cells& cells, const Picture& picture);

}  // namespace emulator::image
