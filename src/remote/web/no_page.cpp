#include "remote/web/page.hpp"

namespace tepore::remote {

std::span<const page_file> page_files() noexcept {
    return {};
}

}  // namespace tepore::remote
