#include "remote/web/page.hpp"

#include <algorithm>

namespace tepore::remote {

const page_file* find_page_file(std::string_view path) noexcept {
    if (path == "/index.html") {
        path = "/";
    }
    const auto files = page_files();
    const auto found = std::ranges::find(files, path, &page_file::path);
    return found == files.end() ? nullptr : &*found;
}

}  // namespace tepore::remote
