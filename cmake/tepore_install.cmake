# What `cmake --install` gives to users of the library (component `library`): one static library with everything the client needs, its headers,
# find_package(tepore) and pkg-config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

find_package(OpenSSL 3 REQUIRED)
set(client_rooms base sasl protocol session net client)
# The client asks for epoll by name. What chooses and makes io_uring's loop stays out, so that users of the library need no liburing.
list(TRANSFORM client_rooms REPLACE "(.+)" "$<FILTER:$<TARGET_OBJECTS:tepore_\\1>,EXCLUDE,/tepore_net\\\\.dir/(uring|uring_loop|loop)\\\\.cpp>"
  OUTPUT_VARIABLE client_objects)

# `tepore` is the program's name already.
add_library(tepore_library STATIC ${client_objects})
add_library(tepore::tepore ALIAS tepore_library)
set_target_properties(tepore_library PROPERTIES OUTPUT_NAME tepore EXPORT_NAME tepore LINKER_LANGUAGE CXX)
target_compile_features(tepore_library INTERFACE cxx_std_20)
target_include_directories(tepore_library INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(tepore_library INTERFACE OpenSSL::SSL OpenSSL::Crypto Threads::Threads http_parser)

install(TARGETS tepore_library EXPORT tepore ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT library)
install(DIRECTORY include/tepore DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT library FILES_MATCHING PATTERN "*.hpp")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT library)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/tepore")
install(EXPORT tepore NAMESPACE tepore:: FILE tepore-targets.cmake DESTINATION "${package_dir}" COMPONENT library)
configure_package_config_file(cmake/tepore-config.cmake.in tepore-config.cmake INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(tepore-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/tepore-config.cmake" "${CMAKE_CURRENT_BINARY_DIR}/tepore-config-version.cmake"
  DESTINATION "${package_dir}" COMPONENT library)

# The .pc file finds its prefix from where it lies, so that an installed tree can be moved.
file(RELATIVE_PATH prefix_from_pc "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/tepore.pc.in tepore.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/tepore.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT library)
