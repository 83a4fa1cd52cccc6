# What `cmake --install` puts where, and the Debian package that CPack makes of it (cpack -G DEB in the build directory).
include(GNUInstallDirs)

# Man pages and completions come from the declarations of the command line, by the program itself.
set(generated ${PROJECT_BINARY_DIR}/generated)
add_custom_command(OUTPUT ${generated}/stamp
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${generated}
  COMMAND agentmesh generate man --out ${generated}/man
  COMMAND agentmesh generate bash --out ${generated}/agentmesh
  COMMAND agentmesh generate zsh --out ${generated}/_agentmesh
  COMMAND agentmesh generate fish --out ${generated}/agentmesh.fish
  COMMAND ${CMAKE_COMMAND} -E touch ${generated}/stamp
  DEPENDS agentmesh COMMENT "Man pages and completions" VERBATIM)
add_custom_target(generated ALL DEPENDS ${generated}/stamp)

install(TARGETS agentmesh RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${generated}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${generated}/agentmesh DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${generated}/_agentmesh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${generated}/agentmesh.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs FILES_MATCHING PATTERN "*.md")
install(DIRECTORY integrations/examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
  PATTERN node_modules EXCLUDE PATTERN __pycache__ EXCLUDE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME agentmesh)
set(CPACK_PACKAGE_VENDOR AgentMesh)
set(CPACK_PACKAGE_CONTACT "AgentMesh <maintainers@agentmesh.invalid>")
set(CPACK_PACKAGE_VERSION ${AGENTMESH_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "governance proxy for MCP servers: policy, trust and a verifiable log")
set(CPACK_PACKAGE_DESCRIPTION
  "AgentMesh stands between an AI agent and the MCP servers it can reach, in the place of the server's command. It decides every tool call by policy before the server sees it, reads what comes back, and writes a signed record of both.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)  # asks dpkg-shlibdeps which libraries the binary needs
include(CPack)
