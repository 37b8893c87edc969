# What every target of ours has in common.
function(emulator_settings target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:emulator_warnings>)
  if(EMULATOR_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${EMULATOR_SANITIZE} -fno-omit-frame-pointer
                           -fno-sanitize-recover=undefined)
    target_link_options(${target} PUBLIC -fsanitize=${EMULATOR_SANITIZE})
    # What the sanitizers add to the code makes GCC see paths on which a value would not be set; its
    # manual says so. The build without them knows better.
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
  endif()
  if(EMULATOR_FUZZ)
    target_compile_options(${target} PUBLIC -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# Sources that are compiled by themselves in a build of unity files (CMAKE_UNITY_BUILD, which the
# presets turn on: the same heavy headers are then read once for a dozen sources). Either they take
# long and change seldom, or what they keep to themselves has the name of something else.
function(compiled_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# A layer: the static library emulator_<name> from the sources of this folder.
function(emulator_layer name)
  add_library(emulator_${name} STATIC ${ARGN})
  emulator_settings(emulator_${name})
endfunction()

# The tests of a layer: test_<name>, from the sources of this folder. EACH_ALONE: every source is a
# world with helpers of its own, whose names need not differ from those of its neighbours, so that
# none of them is compiled together with another. THREADS: the test has several threads, and so is
# of interest to the thread sanitizer; the target thread_tests builds all of these.
function(emulator_test name)
  cmake_parse_arguments(arg "EACH_ALONE;THREADS" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(test_${name} ${arg_SOURCES})
  emulator_settings(test_${name})
  target_link_libraries(test_${name} PRIVATE emulator_test_main ${arg_LIBRARIES})
  if(arg_EACH_ALONE)
    set_target_properties(test_${name} PROPERTIES UNITY_BUILD OFF)
  endif()
  add_test(NAME ${name} COMMAND test_${name})
  if(arg_THREADS)
    set_tests_properties(${name} PROPERTIES LABELS threads)
    add_dependencies(thread_tests test_${name})
  endif()
endfunction()
