# tepore_embed_web(tepore_remote_web SOURCE_DIR web): builds the npm project once per change of its sources and puts the
# files into the target as bytes, through one generated .cpp. Each build tree has its own output, so presets do not disturb
# each other; node_modules is shared and guarded by a lock file.
include_guard(GLOBAL)

set(TEPORE_EMBED_WEB_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed_web_build.cmake")
set(TEPORE_NPM_CI_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/npm_ci.cmake")

function(tepore_embed_web target)
  cmake_parse_arguments(web "" "SOURCE_DIR" "" ${ARGN})
  find_program(TEPORE_NPM npm)
  find_program(TEPORE_NODE node)
  if(NOT TEPORE_NPM OR NOT TEPORE_NODE)
    message(FATAL_ERROR "The remote control page needs node (18 or newer) and npm: apt-get install nodejs npm, or configure with -DTEPORE_WEB=OFF for a binary without the page.")
  endif()

  set(output_dir "${CMAKE_CURRENT_BINARY_DIR}/page")
  set(generated "${CMAKE_CURRENT_BINARY_DIR}/page_files.cpp")
  add_custom_command(
    OUTPUT "${generated}"
    COMMAND "${CMAKE_COMMAND}" "-DNPM=${TEPORE_NPM}" "-DSOURCE_DIR=${web_SOURCE_DIR}" "-DOUTPUT_DIR=${output_dir}"
            "-DGENERATED=${generated}" -P "${TEPORE_EMBED_WEB_SCRIPT}"
    DEPENDS "${TEPORE_EMBED_WEB_SCRIPT}" "${TEPORE_NPM_CI_SCRIPT}" "${web_SOURCE_DIR}/package.json" "${web_SOURCE_DIR}/package-lock.json"
            "${web_SOURCE_DIR}/.npmrc" "${web_SOURCE_DIR}/tsconfig.json" "${web_SOURCE_DIR}/vite.config.ts"
            "${web_SOURCE_DIR}/index.html"
    DEPFILE "${generated}.d"  # vite names the modules it read: no list of TypeScript files to keep in step by hand
    COMMENT "Building the remote control page"
    VERBATIM)
  target_sources(${target} PRIVATE "${generated}")
endfunction()
