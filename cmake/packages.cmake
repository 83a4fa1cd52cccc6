# Where each third-party package comes from. Debian's packages only; nothing is downloaded.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)  # used as headers alone: its shared library has exceptions on
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)

if(NOT TARGET yaml-cpp::yaml-cpp)  # yaml-cpp 0.7 as Debian 12 packs it
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

if(AGENTMESH_TESTS)
  find_package(Catch2 REQUIRED)
  if(NOT TARGET Catch2::Catch2WithMain)  # Catch2 2.x as Debian 12 packs it
    find_library(CATCH2_MAIN_LIBRARY Catch2WithMain REQUIRED)
    add_library(Catch2::Catch2WithMain INTERFACE IMPORTED)
    target_link_libraries(Catch2::Catch2WithMain INTERFACE ${CATCH2_MAIN_LIBRARY} Catch2::Catch2)
  endif()
  include(Catch)
endif()
