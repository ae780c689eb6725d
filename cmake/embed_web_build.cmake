# Run at build time (cmake -P): npm ci if the lock file changed, npm run build, then one .cpp that holds the files.
# Arguments: NPM, SOURCE_DIR (the npm project), OUTPUT_DIR (where its files go), GENERATED (the .cpp; GENERATED.d beside it).
cmake_minimum_required(VERSION 3.25)

include("${CMAKE_CURRENT_LIST_DIR}/npm_ci.cmake")

run_or_stop("npm run build" "${CMAKE_COMMAND}" -E env "TEPORE_DEPFILE=${GENERATED}.d" "TEPORE_DEPFILE_TARGET=${GENERATED}"
            "${NPM}" run build -- --outDir "${OUTPUT_DIR}" --emptyOutDir)

set(content_type_html "text/html; charset=utf-8")
set(content_type_js "text/javascript; charset=utf-8")
set(content_type_css "text/css; charset=utf-8")
set(content_type_svg "image/svg+xml")

set(blobs "")
set(table "")
set(number 0)
file(GLOB_RECURSE files RELATIVE "${OUTPUT_DIR}" "${OUTPUT_DIR}/*")
list(FILTER files EXCLUDE REGEX "\\.gz$")
list(SORT files)
foreach(file IN LISTS files)
  cmake_path(GET file EXTENSION LAST_ONLY extension)
  string(SUBSTRING "${extension}" 1 -1 extension)
  if(NOT DEFINED content_type_${extension})
    message(FATAL_ERROR "embed_web_build.cmake knows no content type for ${file}")
  endif()
  file(SHA256 "${OUTPUT_DIR}/${file}" digest)
  string(SUBSTRING "${digest}" 0 16 etag)
  set(path "/${file}")
  set(immutable "false")
  if(file STREQUAL "index.html")
    set(path "/")
  elseif(file MATCHES "^assets/")  # vite puts the content's hash into these names
    set(immutable "true")
  endif()
  string(APPEND blobs "TEPORE_BLOB(page_file_${number}, \"${OUTPUT_DIR}/${file}\")\n"
                      "TEPORE_BLOB(page_file_${number}_gzip, \"${OUTPUT_DIR}/${file}.gz\")\n")
  string(APPEND table "        {\"${path}\", \"${content_type_${extension}}\", TEPORE_VIEW(page_file_${number}), "
                      "TEPORE_VIEW(page_file_${number}_gzip), \"\\\"${etag}\\\"\", ${immutable}},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${GENERATED}" "// Generated from ${SOURCE_DIR} by cmake/embed_web_build.cmake.
#include \"remote/web/page.hpp\"

#include <array>

// The assembler copies the file: the compiler never sees the bytes, so half a megabyte costs no compile time.
#define TEPORE_BLOB(name, file)                                                                     \\
    __asm__(\".pushsection .rodata\\n.global tepore_\" #name \"\\n.global tepore_\" #name \"_end\\n\"        \\
            \"tepore_\" #name \":\\n.incbin \\\"\" file \"\\\"\\ntepore_\" #name \"_end:\\n.byte 0\\n.popsection\"); \\
    extern \"C\" const std::uint8_t tepore_##name[];                                                  \\
    extern \"C\" const std::uint8_t tepore_##name##_end[];
#define TEPORE_VIEW(name) tepore::byte_view(tepore_##name, static_cast<std::size_t>(tepore_##name##_end - tepore_##name))

${blobs}
namespace tepore::remote {

std::span<const page_file> page_files() noexcept {
    static const std::array<page_file, ${number}> files{{
${table}    }};
    return files;
}

}  // namespace tepore::remote
")
