#pragma once

namespace CLI {
class App;
}

namespace emulator {

// Puts the options of `serve` and `run` into groups, and makes help that people read: what an
// option takes and what it is when left out, in lines of 80 columns. Limits are shown by
// `--help-all` only.
void make_readable(CLI::App& app, bool with_limits);

}  // namespace emulator
