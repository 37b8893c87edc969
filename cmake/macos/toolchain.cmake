# Compiles for macOS with Zig's Clang, which brings the system's headers and links by itself. All of
# it is below build/macos, where scripts/lib/macos.sh has put it. Include it with `macos_arch` set to
# arm64 or x86_64.
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_PROCESSOR ${macos_arch})
get_filename_component(macos ${CMAKE_CURRENT_LIST_DIR}/../../build/macos ABSOLUTE)
set(CMAKE_C_COMPILER ${macos}/${macos_arch}/bin/clang)
set(CMAKE_CXX_COMPILER ${macos}/${macos_arch}/bin/clang++)
set(CMAKE_AR ${macos}/${macos_arch}/bin/ar CACHE FILEPATH "")
set(CMAKE_RANLIB ${macos}/${macos_arch}/bin/ranlib CACHE FILEPATH "")
# There is nothing to install, and no SDK of Apple's to look for.
set(CMAKE_INSTALL_NAME_TOOL /bin/false CACHE FILEPATH "")
set(CMAKE_OSX_SYSROOT "")
set(CMAKE_OSX_ARCHITECTURES "")
set(CMAKE_OSX_DEPLOYMENT_TARGET "")
set(CMAKE_C_COMPILER_WORKS ON)
set(CMAKE_CXX_COMPILER_WORKS ON)
set(CMAKE_FIND_ROOT_PATH ${macos}/${macos_arch}/root)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
# The same pictures and texts on every machine: no multiplication is fused with an addition.
set(CMAKE_C_FLAGS_INIT "-ffp-contract=off -fsigned-char")
set(CMAKE_CXX_FLAGS_INIT "-ffp-contract=off -fsigned-char")
