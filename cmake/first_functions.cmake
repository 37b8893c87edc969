include(CheckLinkerFlag)

# Lays the functions that LIST names together at the beginning of a program's code: a page of a file
# is in memory with its neighbours, so what is used should have what is used beside it. A line is a
# function, or ARCHIVE:OBJECT for all of an object; what is not there is passed over.
# first_functions(TARGET LIST)
function(first_functions target list)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${list})
  file(STRINGS ${list} lines REGEX "^[^#]")
  set(functions "")
  set(objects "")
  foreach(line IN LISTS lines)
    if(line MATCHES ":")
      string(APPEND objects "    *${line}(.text .text.*)\n")
    else()
      string(APPEND functions "      .text.${line}\n")
    endif()
  endforeach()
  set(script ${CMAKE_CURRENT_BINARY_DIR}/first_functions.ld)
  set(probe ${CMAKE_CURRENT_BINARY_DIR}/no_functions.ld)
  _laid_together(${probe} "" "")
  _laid_together(${script} "${functions}" "${objects}")
  # Other linkers than GNU's do not know scripts that add to their own.
  check_linker_flag(CXX -Wl,-T,${probe} LINKER_ADDS_SCRIPTS)
  if(LINKER_ADDS_SCRIPTS)
    target_link_options(${target} PRIVATE -Wl,-T,${script})
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${script})
  endif()
endfunction()

function(_laid_together script functions objects)
  file(CONFIGURE OUTPUT ${script} CONTENT
    "SECTIONS\n{\n  .text.first :\n  {\n    *(\n      .text.first\n${functions}    )\n${objects}  }\n}\nINSERT BEFORE .text;\n")
endfunction()
