# Compiles a text file into a target, byte for byte: embed_text(TARGET FILE SYMBOL) defines
# `extern const std::string_view SYMBOL` in namespace emulator::embedded.
function(embed_text target file symbol)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cc)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DSYMBOL=${symbol}
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_file.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/embed_file.cmake
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()

# Compiles what a YAML text holds into a target: embed_yaml(TARGET FILE SYMBOL) defines
# `extern const std::string_view SYMBOL` in namespace emulator::embedded, bytes for yaml::unpacked. A
# text that cannot be read ends the build.
function(embed_yaml target file symbol)
  get_property(packer GLOBAL PROPERTY emulator_pack_yaml)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/packed_${symbol}.cc)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${packer} ${file} ${symbol} ${out}
    DEPENDS ${packer} ${file}
    VERBATIM)
  target_sources(${target} PRIVATE ${out})
  if(TARGET pack_yaml)
    add_dependencies(${target} pack_yaml)
  endif()
endfunction()
