# What every target of ours has in common.
function(emulator_settings target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:emulator_warnings>)
  if(EMULATOR_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${EMULATOR_SANITIZE} -fno-omit-frame-pointer
                           -fno-sanitize-recover=undefined)
    target_link_options(${target} PUBLIC -fsanitize=${EMULATOR_SANITIZE})
  endif()
  if(EMULATOR_FUZZ)
    target_compile_options(${target} PUBLIC -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# A layer: the static library emulator_<name> from the sources of this folder.
function(emulator_layer name)
  add_library(emulator_${name} STATIC ${ARGN})
  emulator_settings(emulator_${name})
endfunction()

# The unit tests of a layer: test_<name>, from the sources of this folder.
function(emulator_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(test_${name} ${arg_SOURCES})
  emulator_settings(test_${name})
  target_link_libraries(test_${name} PRIVATE emulator_test_main ${arg_LIBRARIES})
  add_test(NAME ${name} COMMAND test_${name})
endfunction()
