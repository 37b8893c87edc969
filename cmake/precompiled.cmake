# The headers that nearly every source reads are compiled once: a build without a cache takes a quarter
# less. No source depends on it: each includes what it uses, which the preset tidy, without it, proves.
option(EMULATOR_PRECOMPILED "Compile the common headers once" ON)

set(precompiled_standard
  <algorithm> <array> <charconv> <chrono> <cmath> <cstdint> <cstdio> <cstdlib> <deque> <filesystem> <fstream>
  <functional> <map> <memory> <mutex> <optional> <set> <string> <string_view> <thread> <unordered_map> <utility>
  <vector>)

# A set of headers, that of the library emulator_<name>, and what they are linked with; everything
# that is compiled with it must have the same options.
function(precompiled_headers name)
  if(EMULATOR_PRECOMPILED)
    set(libraries ${ARGN})
    list(FILTER libraries INCLUDE REGEX "^(emulator_|[a-z_]+::)")
    set(headers ${ARGN})
    list(FILTER headers EXCLUDE REGEX "^(emulator_|[a-z_]+::)")
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc "")
    add_library(emulator_${name} STATIC ${CMAKE_CURRENT_BINARY_DIR}/${name}.cc)
    emulator_settings(emulator_${name})
    target_link_libraries(emulator_${name} PRIVATE ${libraries})
    target_precompile_headers(emulator_${name} PRIVATE ${precompiled_standard} ${headers})
  endif()
endfunction()

function(precompiled target name)
  if(EMULATOR_PRECOMPILED)
    target_precompile_headers(${target} REUSE_FROM emulator_${name})
  endif()
endfunction()
