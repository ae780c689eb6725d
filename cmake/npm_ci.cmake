# npm ci in SOURCE_DIR, once for each state of its lock file. Included by embed_web_build.cmake; also runs by itself (cmake -P).
# Arguments: NPM, SOURCE_DIR. The stamp is the one of `./dev setup`, so what that has installed is not installed again.
cmake_minimum_required(VERSION 3.25)

# Output is shown only when a step fails: a build stays readable.
function(run_or_stop what)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${SOURCE_DIR}" RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(NOTICE "${output}")
    message(FATAL_ERROR "${what} failed (${status}) in ${SOURCE_DIR}; its output is above")
  endif()
endfunction()

# Two build trees may come here at the same moment and share node_modules: the second waits until the first is done.
file(LOCK "${SOURCE_DIR}/node_modules.lock" GUARD PROCESS TIMEOUT 600)
file(SHA256 "${SOURCE_DIR}/package-lock.json" hash)
set(wanted "${hash}  -\n")
set(stamp "${SOURCE_DIR}/node_modules/.installed")
set(installed "")
if(EXISTS "${stamp}")
  file(READ "${stamp}" installed)
endif()
if(NOT installed STREQUAL wanted)
  run_or_stop("npm ci" "${NPM}" ci)
  file(WRITE "${stamp}" "${wanted}")
endif()
