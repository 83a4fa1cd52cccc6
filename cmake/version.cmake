# AGENTMESH_VERSION: the project's version, and where the tree is not at its tag, how far from it (git describe). Asked when
# configuring; one source file knows the answer (base/version.cc), so that a commit rebuilds that and nothing else.
set(AGENTMESH_VERSION ${PROJECT_VERSION})
find_package(Git QUIET)
if(GIT_FOUND AND EXISTS ${PROJECT_SOURCE_DIR}/.git)
  execute_process(COMMAND ${GIT_EXECUTABLE} describe --tags --long --match "v[0-9]*" --abbrev=8
                  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE described RESULT_VARIABLE failed
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(failed)  # no tag yet
    execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --short=8 HEAD
                    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} OUTPUT_VARIABLE commit RESULT_VARIABLE failed
                    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT failed)
      set(AGENTMESH_VERSION "${PROJECT_VERSION}+g${commit}")
    endif()
  elseif(described MATCHES "^v([0-9.]+)-([0-9]+)-(g[0-9a-f]+)$")
    set(AGENTMESH_VERSION ${CMAKE_MATCH_1})
    if(NOT CMAKE_MATCH_2 EQUAL 0)
      set(AGENTMESH_VERSION "${CMAKE_MATCH_1}+${CMAKE_MATCH_2}.${CMAKE_MATCH_3}")
    endif()
  endif()
endif()
