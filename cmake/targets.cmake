# The few shapes of target there are: a folder's library, its unit tests, its fuzz targets.

set(AGENTMESH_WARNINGS
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough -Wformat=2 -Wundef -Wextra-semi)
if(AGENTMESH_WERROR)
  list(APPEND AGENTMESH_WARNINGS -Werror)
endif()

add_library(agentmesh_options INTERFACE)
target_include_directories(agentmesh_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(agentmesh_options INTERFACE ${AGENTMESH_WARNINGS})
target_compile_definitions(agentmesh_options INTERFACE SIMDJSON_EXCEPTIONS=0)
target_link_libraries(agentmesh_options INTERFACE tl::expected fmt::fmt Threads::Threads)
if(AGENTMESH_SANITIZE)
  target_compile_options(agentmesh_options INTERFACE
    -fsanitize=${AGENTMESH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(agentmesh_options INTERFACE -fsanitize=${AGENTMESH_SANITIZE})
  if(AGENTMESH_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(agentmesh_options INTERFACE -Wno-tsan)  # Asio uses fences
  endif()
endif()
if(AGENTMESH_FUZZ)
  target_compile_options(agentmesh_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# library(folder SOURCES a.cc … LINKS target …): the static library agentmesh_<folder>.
function(library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(agentmesh_${folder} STATIC ${ARG_SOURCES})
  target_link_libraries(agentmesh_${folder} PUBLIC agentmesh_options ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
endfunction()

# A sanitizer makes a test several times slower.
set(unit_test_timeout 120)
set(slow_test_timeout 300)  # of those that start many processes
if(AGENTMESH_SANITIZE)
  set(unit_test_timeout 900)
  set(slow_test_timeout 1800)
endif()

# unit_tests(folder SOURCES a_test.cc … LINKS target …): one Catch2 binary, one ctest entry per test case.
function(unit_tests folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${folder}_test ${ARG_SOURCES})
  target_link_libraries(${folder}_test PRIVATE agentmesh_${folder} ${ARG_LINKS} Catch2::Catch2WithMain)
  catch_discover_tests(${folder}_test TEST_PREFIX "${folder}: " WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
                       DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${unit_test_timeout})
endfunction()

# fuzz_target(name SOURCES x_fuzz.cc LINKS target … CORPUS dir [MUTATIONS n]): with AGENTMESH_FUZZ a libFuzzer binary, which
# the target fuzz_targets builds and scripts/fuzz runs; else an ordinary test <name>_replay that runs the corpus and n
# mutations of it (default 10000: about a second) through the same entry point. A target whose corpus lies
# elsewhere as well gives several directories.
if(AGENTMESH_FUZZ)
  add_custom_target(fuzz_targets)
else()
  add_library(fuzz_replay STATIC ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc ${PROJECT_SOURCE_DIR}/tests/fuzz/mutator.cc)
  target_link_libraries(fuzz_replay PUBLIC agentmesh_options)
endif()
function(fuzz_target name)
  cmake_parse_arguments(ARG "" "MUTATIONS" "SOURCES;LINKS;CORPUS" ${ARGN})
  if(NOT ARG_MUTATIONS)
    set(ARG_MUTATIONS 10000)
  endif()
  if(AGENTMESH_FUZZ)
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LINKS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
    add_dependencies(fuzz_targets ${name})
    # For scripts/fuzz: where a target's seeds are.
    list(JOIN ARG_CORPUS "\n" seeds)
    file(WRITE ${PROJECT_BINARY_DIR}/fuzz/${name}.seeds "${seeds}\n")
  else()
    add_executable(${name}_replay ${ARG_SOURCES})
    target_link_libraries(${name}_replay PRIVATE fuzz_replay ${ARG_LINKS})
    add_test(NAME "fuzz corpus: ${name}" COMMAND ${name}_replay --mutations ${ARG_MUTATIONS} ${ARG_CORPUS})
    set_tests_properties("fuzz corpus: ${name}" PROPERTIES TIMEOUT ${slow_test_timeout})
  endif()
endfunction()
