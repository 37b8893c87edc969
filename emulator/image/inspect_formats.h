#pragma once

#include "emulator/image/inspect.h"
#include "emulator/image/reader.h"

// Inside image/: what `inspect` asks of each format. The magic bytes have been seen.
namespace emulator::image {

using State = Inspection::State;

State inspect_jpeg(const Reader& file);
State inspect_png(const Reader& file);
State inspect_webp(const Reader& file);
State inspect_gif(const Reader& file);

// Formats that are known by their structure only. `type` is "" when it is none of them.
Inspection inspect_other(const Reader& file);

}  // namespace emulator::image
