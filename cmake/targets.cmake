# What every target of ours has in common.
function(emulator_settings target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:emulator_warnings>)
  # What the compiler names a source by, in assertions as well, is its place in the project.
  target_compile_options(${target} PRIVATE -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
  # So that the compiler's cache can tell what was compiled with common headers.
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  # So that the linker can leave out what nobody calls, and lay together what a start does.
  if(EMULATOR_STATIC AND NOT APPLE)
    target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections)
  endif()
  if(EMULATOR_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=${EMULATOR_SANITIZE} -fno-omit-frame-pointer
                           -fno-sanitize-recover=undefined)
    target_link_options(${target} PUBLIC -fsanitize=${EMULATOR_SANITIZE})
    target_compile_definitions(${target} PUBLIC EMULATOR_SANITIZED)
    # What the sanitizers add to the code makes GCC see paths on which a value would not be set; its
    # manual says so. The build without them knows better.
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
  endif()
endfunction()

# What a fuzzer is to find its way through counts where it has been. With EMULATOR_FUZZ=light it does
# no more, which costs the builds that are not for fuzzing less; else it sees comparisons too.
function(emulator_fuzzed target)
  if(EMULATOR_FUZZ STREQUAL light)
    target_compile_options(${target} PRIVATE -fsanitize-coverage=inline-8bit-counters,pc-table)
  elseif(EMULATOR_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# What works on millions of bytes or pixels is optimized under the sanitizers as well, or its tests
# take minutes; all else is not there, because that takes twice as long to compile.
function(optimized_always)
  if(EMULATOR_SANITIZE)
    foreach(target ${ARGN})
      target_compile_options(${target} PRIVATE -O1)
      set_target_properties(${target} PROPERTIES DISABLE_PRECOMPILE_HEADERS ON)
    endforeach()
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
  emulator_fuzzed(emulator_${name})
  precompiled(emulator_${name} common)
endfunction()

# The tests' own code, which nobody looks for undefined behaviour in.
function(not_for_undefined target)
  if(EMULATOR_SANITIZE MATCHES undefined)
    target_compile_options(${target} PRIVATE -fno-sanitize=undefined)
  endif()
endfunction()

# The tests of a layer: test_<name>, from the sources of this folder. OWN_NAMES: every source is a
# world with helpers of its own, whose names need not differ from those of its neighbours: it keeps
# all of it in the namespace emulator::test::TEST_FILE, which is another one in every source.
# THREADS: the test has several threads, and so is of interest to the thread sanitizer; the target
# thread_tests builds all of these.
function(emulator_test name)
  cmake_parse_arguments(arg "OWN_NAMES;THREADS" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(test_${name} ${arg_SOURCES})
  emulator_settings(test_${name})
  # Undefined behaviour is looked for in what users get; in the tests' own code it would make a
  # third of what there is to compile.
  not_for_undefined(test_${name})
  target_link_libraries(test_${name} PRIVATE emulator_test_main ${arg_LIBRARIES})
  if(emulator_httplib IN_LIST arg_LIBRARIES)
    precompiled(test_${name} headers_of_wire_tests)
  else()
    precompiled(test_${name} headers_of_tests)
  endif()
  if(arg_OWN_NAMES)
    # A unity file defines the name anew for each source in it.
    set_target_properties(test_${name} PROPERTIES UNITY_BUILD_UNIQUE_ID TEST_FILE UNITY_BUILD_BATCH_SIZE 6)
  endif()
  add_test(NAME ${name} COMMAND test_${name})
  if(arg_THREADS)
    set_tests_properties(${name} PROPERTIES LABELS threads)
    add_dependencies(thread_tests test_${name})
  endif()
endfunction()

# A fuzz target: fuzz_<name>, from the source of this folder. It fuzzes with libFuzzer where
# EMULATOR_FUZZ says so; its test replays the folder corpus and the folders that SEEDS names.
function(emulator_fuzz name)
  cmake_parse_arguments(arg "" "SOURCE" "SEEDS;LIBRARIES" ${ARGN})
  add_executable(fuzz_${name} ${arg_SOURCE})
  set(inputs ${CMAKE_CURRENT_SOURCE_DIR}/corpus ${arg_SEEDS})
  if(EMULATOR_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz_${name} COMMAND fuzz_${name} -runs=0 -timeout=60 ${inputs})
    # For scripts/fuzz, a line each.
    list(JOIN inputs "\n" lines)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/inputs "${lines}\n")
  else()
    target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay.cc)
    add_test(NAME fuzz_${name} COMMAND fuzz_${name} ${inputs})
  endif()
  emulator_settings(fuzz_${name})
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LIBRARIES})
endfunction()
