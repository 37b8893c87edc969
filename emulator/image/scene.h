#pragma once

#include "emulator/image/cells.h"

namespace emulator::image {

// Draws what the picture shows and sets its palette. Follows from model, seed, prompt and index
// alone, so the same task looks alike in every size and format.
void draw_scene(Cells& cells, const Picture& picture);

}  // namespace emulator::image
