# Each library is that of the system; where one is missing, the Debian package to install is named.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

if(EMULATOR_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a ${CMAKE_FIND_LIBRARY_SUFFIXES})
  set(OPENSSL_USE_STATIC_LIBS ON)
endif()

find_path(BOOST_INCLUDE boost/beast.hpp)
if(NOT BOOST_INCLUDE)
  message(FATAL_ERROR "Boost's headers are not installed: Debian package libboost-dev (1.74 or newer).")
endif()
add_library(emulator_asio INTERFACE)
target_include_directories(emulator_asio SYSTEM INTERFACE ${BOOST_INCLUDE})
target_include_directories(emulator_asio INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(emulator_asio INTERFACE
  BOOST_ASIO_CUSTOM_HANDLER_TRACKING="emulator/http/asio_turns.h"  # every turn of the loop is watched
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY BOOST_ALL_NO_LIB)
# Boost 1.74 knows of no C++ library that is without std::result_of, as C++20 has it.
target_compile_definitions(emulator_asio INTERFACE
  $<$<PLATFORM_ID:Darwin>:BOOST_ASIO_HAS_STD_INVOKE_RESULT>)
target_link_libraries(emulator_asio INTERFACE Threads::Threads)

find_package(OpenSSL 3 REQUIRED)

find_package(nlohmann_json 3.11 QUIET)
if(NOT nlohmann_json_FOUND)
  message(FATAL_ERROR "nlohmann/json is not installed: Debian package nlohmann-json3-dev (3.11 or newer).")
endif()

find_library(YAML_CPP_LIBRARY yaml-cpp)
find_path(YAML_CPP_INCLUDE yaml-cpp/yaml.h)
add_library(emulator_yaml_cpp INTERFACE)
if(YAML_CPP_LIBRARY AND YAML_CPP_INCLUDE)
  target_include_directories(emulator_yaml_cpp SYSTEM INTERFACE ${YAML_CPP_INCLUDE})
  target_link_libraries(emulator_yaml_cpp INTERFACE ${YAML_CPP_LIBRARY})
else()
  message(FATAL_ERROR "yaml-cpp is not installed: Debian package libyaml-cpp-dev.")
endif()

find_library(WEBP_LIBRARY webp)
find_path(WEBP_INCLUDE webp/encode.h)
find_library(RE2_LIBRARY re2)
find_path(RE2_INCLUDE re2/re2.h)
find_path(STB_INCLUDE stb_image_write.h PATH_SUFFIXES stb)
find_path(CLI11_INCLUDE CLI/CLI.hpp)
find_library(SQLITE_LIBRARY NAMES libsqlite3.a sqlite3)
find_path(SQLITE_INCLUDE sqlite3.h)
find_library(HIREDIS_LIBRARY NAMES libhiredis.a hiredis)
find_path(HIREDIS_INCLUDE hiredis/hiredis.h)
find_library(FRIBIDI_LIBRARY fribidi)
find_path(FRIBIDI_INCLUDE fribidi.h PATH_SUFFIXES fribidi)
find_package(ZLIB REQUIRED)
# The letters of captions: bitmaps, which of them are marks, and what is beyond plane 0.
find_file(UNIFONT_HEX unifont.hex PATHS /usr/share/unifont /usr/local/share/unifont
          NO_CMAKE_FIND_ROOT_PATH)
find_file(UNIFONT_MARKS plane00-combining.txt PATHS /usr/share/unifont /usr/local/share/unifont
          NO_CMAKE_FIND_ROOT_PATH)
find_file(UNIFONT_UPPER unifont_upper.otf
          PATHS /usr/share/fonts/opentype/unifont /usr/local/share/fonts/opentype/unifont
          NO_CMAKE_FIND_ROOT_PATH)
set(UNIFONT_FILES ${UNIFONT_HEX} ${UNIFONT_MARKS} ${UNIFONT_UPPER})
foreach(row "WEBP_LIBRARY libwebp-dev" "WEBP_INCLUDE libwebp-dev" "RE2_LIBRARY libre2-dev"
        "RE2_INCLUDE libre2-dev" "STB_INCLUDE libstb-dev" "CLI11_INCLUDE libcli11-dev"
        "SQLITE_LIBRARY libsqlite3-dev" "SQLITE_INCLUDE libsqlite3-dev"
        "HIREDIS_LIBRARY libhiredis-dev" "HIREDIS_INCLUDE libhiredis-dev"
        "FRIBIDI_LIBRARY libfribidi-dev" "FRIBIDI_INCLUDE libfribidi-dev" "UNIFONT_HEX unifont"
        "UNIFONT_MARKS unifont" "UNIFONT_UPPER fonts-unifont")
  separate_arguments(row)
  list(GET row 0 variable)
  list(GET row 1 package)
  if(NOT ${variable})
    message(FATAL_ERROR "A library is missing: install the Debian package ${package}.")
  endif()
endforeach()

add_library(emulator_webp INTERFACE)
target_include_directories(emulator_webp SYSTEM INTERFACE ${WEBP_INCLUDE})
target_link_libraries(emulator_webp INTERFACE ${WEBP_LIBRARY})
add_library(emulator_fribidi INTERFACE)
target_include_directories(emulator_fribidi SYSTEM INTERFACE ${FRIBIDI_INCLUDE})
target_link_libraries(emulator_fribidi INTERFACE ${FRIBIDI_LIBRARY})
# Linked in, so that a binary needs no library of the machine it runs on.
add_library(emulator_sqlite INTERFACE)
target_include_directories(emulator_sqlite SYSTEM INTERFACE ${SQLITE_INCLUDE})
target_link_libraries(emulator_sqlite INTERFACE ${SQLITE_LIBRARY} Threads::Threads ${CMAKE_DL_LIBS} m)
add_library(emulator_hiredis INTERFACE)
target_include_directories(emulator_hiredis SYSTEM INTERFACE ${HIREDIS_INCLUDE})
target_link_libraries(emulator_hiredis INTERFACE ${HIREDIS_LIBRARY})
add_library(emulator_re2 INTERFACE)
target_include_directories(emulator_re2 SYSTEM INTERFACE ${RE2_INCLUDE})
target_link_libraries(emulator_re2 INTERFACE ${RE2_LIBRARY} Threads::Threads)
add_library(emulator_stb INTERFACE)
target_include_directories(emulator_stb SYSTEM INTERFACE ${STB_INCLUDE})
add_library(emulator_cli11 INTERFACE)
target_include_directories(emulator_cli11 SYSTEM INTERFACE ${CLI11_INCLUDE})

if(EMULATOR_TESTS)
  find_path(DOCTEST_INCLUDE doctest.h PATH_SUFFIXES doctest)
  find_path(HTTPLIB_INCLUDE httplib.h)
  find_library(HTTPLIB_LIBRARY NAMES cpp-httplib)
  if(NOT DOCTEST_INCLUDE OR NOT HTTPLIB_INCLUDE)
    message(FATAL_ERROR "The tests need the Debian packages doctest-dev and libcpp-httplib-dev.")
  endif()
  add_library(emulator_doctest INTERFACE)
  target_include_directories(emulator_doctest SYSTEM INTERFACE ${DOCTEST_INCLUDE})
  add_library(emulator_httplib INTERFACE)
  target_include_directories(emulator_httplib SYSTEM INTERFACE ${HTTPLIB_INCLUDE})
  if(HTTPLIB_LIBRARY)
    target_link_libraries(emulator_httplib INTERFACE ${HTTPLIB_LIBRARY})
  endif()
  # The installed library was built with it; its classes have another size without.
  target_compile_definitions(emulator_httplib INTERFACE CPPHTTPLIB_OPENSSL_SUPPORT)
  target_link_libraries(emulator_httplib INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
endif()
