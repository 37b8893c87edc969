# The licences of everything that is linked into the binary, as Debian's packages have them:
# emulator_notices(VARIABLE) names a text file with all of them. `provider-emulator version
# --licences` prints it, and it lies in every package. Where the packages are not Debian's, the text
# has names, licences and addresses only.
#
# Each row: name, Debian package, SPDX licence, home, file with the licence (below share/doc, or below
# this project's root).
set(EMULATOR_COMPONENTS
  "Boost.Asio and Boost.Beast|libboost1.74-dev|BSL-1.0|https://www.boost.org|libboost-dev"
  "OpenSSL|libssl-dev|Apache-2.0|https://www.openssl.org|libssl-dev"
  "JSON for Modern C++|nlohmann-json3-dev|MIT|https://github.com/nlohmann/json|nlohmann-json3-dev"
  "yaml-cpp|libyaml-cpp-dev|MIT|https://github.com/jbeder/yaml-cpp|libyaml-cpp-dev"
  "libwebp|libwebp-dev|BSD-3-Clause|https://developers.google.com/speed/webp|libwebp-dev"
  "RE2|libre2-dev|BSD-3-Clause|https://github.com/google/re2|libre2-dev"
  "stb|libstb-dev|MIT OR Unlicense|https://github.com/nothings/stb|libstb-dev"
  "GNU Unifont|unifont|GPL-2.0-or-later WITH Font-exception-2.0 OR OFL-1.1|https://unifoundry.com/unifont|unifont"
  "FriBidi|libfribidi-dev|LGPL-2.1-or-later|https://github.com/fribidi/fribidi|libfribidi-dev"
  "hiredis|libhiredis-dev|BSD-3-Clause|https://github.com/redis/hiredis|libhiredis-dev"
  "SQLite|libsqlite3-dev|blessing|https://www.sqlite.org|libsqlite3-dev"
  "zlib|zlib1g-dev|Zlib|https://zlib.net|zlib1g-dev"
  "CLI11|libcli11-dev|BSD-3-Clause|https://github.com/CLIUtils/CLI11|libcli11-dev")
# What a program gets from its compiler is another thing for each system. For macOS it comes with Zig
# (scripts/lib/macos.sh), the other libraries from the sources of the same Debian packages.
set(EMULATOR_COMPONENTS_LINUX
  "GNU C Library|libc6-dev|LGPL-2.1-or-later|https://www.gnu.org/software/libc|libc6-dev"
  "GCC runtime libraries|libstdc++-12-dev|GPL-3.0-or-later WITH GCC-exception-3.1|https://gcc.gnu.org|gcc-12-base")
set(EMULATOR_COMPONENTS_MACOS
  "libc++ and libc++abi|zig|Apache-2.0 WITH LLVM-exception|https://libcxx.llvm.org|build/macos/zig/ziglang/lib/libcxx/LICENSE.TXT"
  "Zig's compiler runtime|zig|MIT|https://ziglang.org|build/macos/zig/ziglang/LICENSE")
if(APPLE)
  list(APPEND EMULATOR_COMPONENTS ${EMULATOR_COMPONENTS_MACOS})
else()
  list(APPEND EMULATOR_COMPONENTS ${EMULATOR_COMPONENTS_LINUX})
endif()

function(emulator_notices variable)
  set(rule "------------------------------------------------------------------------\n")
  set(text "What provider-emulator is linked with, and its licences. provider-emulator itself is under the\n")
  string(APPEND text "MIT licence; its source, and so the means to link it anew, is public.\n\n")
  foreach(row ${EMULATOR_COMPONENTS})
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 name)
    list(GET row 2 licence)
    list(GET row 3 home)
    string(APPEND text "  ${name}: ${licence}, ${home}\n")
  endforeach()
  foreach(row ${EMULATOR_COMPONENTS})
    string(REPLACE "|" ";" row "${row}")
    list(GET row 0 name)
    list(GET row 4 folder)
    set(file /usr/share/doc/${folder}/copyright)
    if(folder MATCHES /)
      set(file ${PROJECT_SOURCE_DIR}/${folder})
    endif()
    if(EXISTS ${file})
      file(READ ${file} licence)
      string(APPEND text "\n${rule}${name}\n${rule}\n${licence}")
    endif()
  endforeach()
  foreach(name Apache-2.0 LGPL-2.1 GPL-2 GPL-3)
    set(file /usr/share/common-licenses/${name})
    if(EXISTS ${file})
      file(READ ${file} licence)
      string(APPEND text "\n${rule}${name}, which is referred to above\n${rule}\n${licence}")
    endif()
  endforeach()
  set(out ${CMAKE_BINARY_DIR}/third-party-notices.txt)
  set(before "")
  if(EXISTS ${out})
    file(READ ${out} before)
  endif()
  if(NOT before STREQUAL text)
    file(WRITE ${out} "${text}")
  endif()
  set(${variable} ${out} PARENT_SCOPE)
endfunction()
