# One target per room (folder): tepore_<room>. What it may see is what it links: the target graph is the arrow list of
# docs/architecture.md. Flags live on the targets, never globally.
include_guard(GLOBAL)

set(TEPORE_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, e.g. address,undefined")
set(TEPORE_OPTIMISE "" CACHE STRING "Overrides the build type's optimisation level")

# Programs of one thread: ThreadSanitizer has nothing to see in them. tools/dev/tests.sh leaves them out with it, and so does the build.
set(TEPORE_ONE_THREAD_TESTS
  "^(base|session|settings|bench|tools|includes|install)_test|^(sasl|protocol|remote|conformance|model|mutations|load_ledger)|^thermostat_(air|control|schedule|house|zone|contract|link)_test|^client_(test|cases)"
  CACHE INTERNAL "Tests that have one thread")

add_library(tepore_flags INTERFACE)
target_include_directories(tepore_flags INTERFACE "${CMAKE_SOURCE_DIR}/src" "${CMAKE_SOURCE_DIR}/include")
target_compile_options(tepore_flags INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wextra-semi
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op -Wno-missing-field-initializers>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-designated-field-initializers -Wno-missing-field-initializers>
  -fstack-protector-strong $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection>
  $<$<CONFIG:Release>:-O2 -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS>)
target_link_options(tepore_flags INTERFACE -Wl,-z,relro,-z,now)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(TEPORE_OPTIMISE)
  target_compile_options(tepore_flags INTERFACE ${TEPORE_OPTIMISE})
endif()
if(TEPORE_FUZZ)
  target_compile_definitions(tepore_flags INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(TEPORE_SANITIZE)
  target_compile_options(tepore_flags INTERFACE -fsanitize=${TEPORE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tepore_flags INTERFACE -fsanitize=${TEPORE_SANITIZE})
endif()

# tepore_room(base SOURCES a.cpp b.cpp [USES protocol net] [LIBRARIES fmt::fmt] [TESTS a_test.cpp])
function(tepore_room name)
  cmake_parse_arguments(room "" "" "SOURCES;USES;LIBRARIES;TESTS" ${ARGN})
  add_library(tepore_${name} STATIC ${room_SOURCES})
  target_link_libraries(tepore_${name} PRIVATE tepore_flags ${room_LIBRARIES})
  foreach(used IN LISTS room_USES)
    target_link_libraries(tepore_${name} PUBLIC tepore_${used})
  endforeach()
  if(TEPORE_TESTS AND room_TESTS)
    tepore_test(${name}_test SOURCES ${room_TESTS} USES ${name})
  endif()
endfunction()

function(tepore_maybe_left_out test)
  if(TEPORE_SANITIZE STREQUAL "thread" AND test MATCHES "${TEPORE_ONE_THREAD_TESTS}")
    set_target_properties(${test} PROPERTIES EXCLUDE_FROM_ALL TRUE)
  endif()
endfunction()

# tepore_test(base_test SOURCES a_test.cpp USES base [OPTIMISED]): one doctest program, registered with CTest under its name. Its own sources are
# compiled without optimisation, in half the time; OPTIMISED is for those that compute much themselves. What they test is compiled as ever.
function(tepore_test name)
  cmake_parse_arguments(test "OPTIMISED" "" "SOURCES;USES;LIBRARIES;LABELS" ${ARGN})
  add_executable(${name} ${test_SOURCES})
  if(TEPORE_OPTIMISE AND NOT TEPORE_SANITIZE AND NOT test_OPTIMISED)
    set_source_files_properties(${test_SOURCES} PROPERTIES COMPILE_OPTIONS -O0)
  endif()
  target_link_libraries(${name} PRIVATE tepore_flags tepore_doctest_main ${test_LIBRARIES})
  foreach(used IN LISTS test_USES)
    target_link_libraries(${name} PRIVATE tepore_${used})
  endforeach()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS "${test_LABELS}")
  tepore_maybe_left_out(${name})
endfunction()

if(TEPORE_TESTS)
  file(WRITE "${CMAKE_BINARY_DIR}/doctest_main.cpp.in" "#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN\n#include <doctest/doctest.h>\n")
  configure_file("${CMAKE_BINARY_DIR}/doctest_main.cpp.in" "${CMAKE_BINARY_DIR}/doctest_main.cpp" COPYONLY)
  add_library(tepore_doctest_main STATIC "${CMAKE_BINARY_DIR}/doctest_main.cpp")
  if(TEPORE_SANITIZE)
    target_compile_options(tepore_doctest_main PRIVATE -fsanitize=${TEPORE_SANITIZE})
  endif()
endif()
