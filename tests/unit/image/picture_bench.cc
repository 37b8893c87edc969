#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "emulator/image/picture.h"

// CPU milliseconds a picture, over pictures of all kinds. With a folder as argument, writes one of
// each there to look at.

namespace {

using emulator::image::Format;
using emulator::image::Picture;
using emulator::image::Style;

struct Row {
  const char* name;
  int width;
  int height;
  Format format;
  Style style;
  int rounds;
};

constexpr Row kRows[] = {
    {"cells 2752x1536 jpeg", 2752, 1536, Format::kJpeg, Style::kCells, 400},
    {"cells 2752x1536 png", 2752, 1536, Format::kPng, Style::kCells, 400},
    {"cells 2752x1536 webp", 2752, 1536, Format::kWebp, Style::kCells, 400},
    {"cells 1024x1024 jpeg", 1024, 1024, Format::kJpeg, Style::kCells, 400},
    {"cells 1024x1024 png", 1024, 1024, Format::kPng, Style::kCells, 400},
    {"cells 1024x1024 webp", 1024, 1024, Format::kWebp, Style::kCells, 400},
    {"cells 4096x3072 jpeg", 4096, 3072, Format::kJpeg, Style::kCells, 100},
    {"cells 8192x8192 png", 8192, 8192, Format::kPng, Style::kCells, 10},
    {"smooth 1024x1024 jpeg", 1024, 1024, Format::kJpeg, Style::kSmooth, 4},
    {"smooth 1024x1024 png", 1024, 1024, Format::kPng, Style::kSmooth, 4},
    {"smooth 1024x1024 webp", 1024, 1024, Format::kWebp, Style::kSmooth, 4},
    {"noise 1024x1024 jpeg", 1024, 1024, Format::kJpeg, Style::kNoise, 4},
    {"noise 1024x1024 png", 1024, 1024, Format::kPng, Style::kNoise, 4},
    {"noise 1024x1024 webp", 1024, 1024, Format::kWebp, Style::kNoise, 4},
    {"smooth 2752x1536 jpeg", 2752, 1536, Format::kJpeg, Style::kSmooth, 2},
    {"noise 2752x1536 jpeg", 2752, 1536, Format::kJpeg, Style::kNoise, 2},
};

double cpu_ms() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

Picture picture_of(const Row& row, int round) {
  Picture picture;
  picture.width = row.width;
  picture.height = row.height;
  picture.format = row.format;
  picture.style = row.style;
  picture.model = "flux-pro-1.1-ultra";
  picture.prompt =
      "A lighthouse on a cliff above a stormy sea at dusk, long exposure, dramatic clouds, a lone "
      "gull, cinematic light, 35 mm";
  picture.seed = static_cast<std::uint64_t>(round);
  return picture;
}

}  // namespace

int main(int count, char** arguments) {
  for (const Row& row : kRows) {
    std::size_t bytes = 0;
    const double start = cpu_ms();
    for (int round = 0; round < row.rounds; ++round) {
      bytes += emulator::image::render(picture_of(row, round)).size();
    }
    const double each = (cpu_ms() - start) / row.rounds;
    std::printf("%-24s %9.3f ms %9.1f KB\n", row.name, each,
                static_cast<double>(bytes) / row.rounds / 1e3);
    if (count < 2) continue;
    std::ofstream out(std::string(arguments[1]) + "/" + row.name, std::ios::binary);
    const std::string file = emulator::image::render(picture_of(row, 0));
    out.write(file.data(), static_cast<std::streamsize>(file.size()));
  }
}
