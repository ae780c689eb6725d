#include "apps/tools/manual.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

TEST_CASE("docs/man/tepore.1 is what the tables say; ./dev docs writes it") {
    std::ifstream in(TEPORE_SOURCE_DIR "/docs/man/tepore.1", std::ios::binary);
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    CHECK((page == tepore::tools::manual_page()));
}
