# The warnings every target of ours is built with. Linked privately, so that nobody else's code is
# judged by them; they are errors only where EMULATOR_WERROR says so (the presets do).
option(EMULATOR_WERROR "Treat warnings as errors" OFF)

add_library(emulator_warnings INTERFACE)
target_compile_options(emulator_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  $<$<BOOL:${EMULATOR_WERROR}>:-Werror>)
