#pragma once

#include "emulator/image/cells.h"

namespace emulator::image {

// Writes prompt, model, size and seed on a dark plate at the foot of the picture, and which picture
// of its task it is where that is not the first. The prompt is shortened. A picture with less than
// 160 pixels on a side stays as it is: a plate would leave nothing of it.
void draw_caption(Cells& cells, const Picture& picture);

}  // namespace emulator::image
