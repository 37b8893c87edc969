# A provider is a folder: its sources, compiled together, and its contract, read and compiled in.
# provider_folder(TARGET NAME FOLDER)
function(provider_folder target name folder)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cc)
  target_sources(${target} PRIVATE ${sources})
  set_source_files_properties(${sources} PROPERTIES UNITY_GROUP ${name})
  embed_yaml(${target} ${folder}/contract.yaml contract_${name})
endfunction()

# Lays out what scripts/new-provider does, below the folder OUT: provider/ and fixtures/; without the
# files that are named besides.
# lay_out_provider(NAME OUT [FILE...])
function(lay_out_provider NAME out)
  set(layout ${PROJECT_SOURCE_DIR}/scripts/lib/new-provider)
  set(TODAY 2026-01-01)
  file(GLOB files RELATIVE ${layout} CONFIGURE_DEPENDS ${layout}/*/*.in)
  foreach(file IN LISTS files)
    string(REGEX REPLACE "\\.in$" "" made ${file})
    get_filename_component(plain ${made} NAME)
    if(NOT plain IN_LIST ARGN)
      configure_file(${layout}/${file} ${out}/${made} @ONLY)
    endif()
  endforeach()
endfunction()

# The library emulator_<NAME>: a provider that is not built in, from its folder.
# `emulator::test::<NAME>_provider()` is its entry for a Registry.
function(provider_library NAME folder)
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${NAME}_provider.h @ONLY CONTENT [[
#pragma once
#include "emulator/pipeline/registry.h"
namespace emulator::test {
Registry::Entry @NAME@_provider();
}
]])
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${NAME}_provider.cc @ONLY CONTENT [[
#include "@NAME@_provider.h"
namespace emulator {
namespace embedded {
extern const std::string_view contract_@NAME@;  // NOLINT(readability-identifier-naming): its file's
}
ProviderCode code_of_@NAME@();
Registry::Entry test::@NAME@_provider() {
  return {"@NAME@",
          {"providers/@NAME@/contract.yaml", {}, embedded::contract_@NAME@},
          code_of_@NAME@()};
}
}
]])
  add_library(emulator_${NAME} STATIC ${CMAKE_CURRENT_BINARY_DIR}/${NAME}_provider.cc)
  emulator_settings(emulator_${NAME})
  precompiled(emulator_${NAME} common)
  set_target_properties(emulator_${NAME} PROPERTIES UNITY_BUILD_MODE GROUP)
  target_include_directories(emulator_${NAME} PUBLIC ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(emulator_${NAME} PUBLIC emulator_pipeline)
  provider_folder(emulator_${NAME} ${NAME} ${folder})
endfunction()

# Writes the files that a page shows, below the folder OUT: those of its blocks that name one behind
# the language, in emulator/providers/NAME or fixtures/NAME. NAMES is set to what they are called.
# files_of_page(PAGE NAME OUT NAMES)
function(files_of_page page name out names)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page})
  file(READ ${page} text)
  set(found "")
  while(TRUE)
    string(FIND "${text}" "\n```" open)
    if(open EQUAL -1)
      break()
    endif()
    math(EXPR open "${open} + 4")
    string(SUBSTRING "${text}" ${open} -1 text)
    string(FIND "${text}" "\n" end)
    string(SUBSTRING "${text}" 0 ${end} info)
    string(SUBSTRING "${text}" ${end} -1 text)
    string(FIND "${text}" "\n```" close)
    if(close EQUAL -1)
      message(FATAL_ERROR "${page}: a block begins with \"${info}\" and does not end")
    endif()
    string(SUBSTRING "${text}" 1 ${close} block)
    math(EXPR close "${close} + 4")
    string(SUBSTRING "${text}" ${close} -1 text)
    if(info MATCHES "^[a-z]+ (emulator/providers|fixtures)/${name}/(.+)$")
      set(file ${CMAKE_MATCH_2})
      set(folder provider)
      if(CMAKE_MATCH_1 STREQUAL fixtures)
        set(folder fixtures)
      endif()
      file(WRITE ${out}/page/${file} "${block}")
      file(MAKE_DIRECTORY ${out}/${folder})
      file(COPY_FILE ${out}/page/${file} ${out}/${folder}/${file} ONLY_IF_DIFFERENT)
      list(APPEND found ${file})
    endif()
  endwhile()
  set(${names} ${found} PARENT_SCOPE)
endfunction()
