#include "settings/document.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

TEST_CASE("docs/configuration.md is what the table says; ./dev docs writes it") {
    std::ifstream in(TEPORE_SOURCE_DIR "/docs/configuration.md", std::ios::binary);
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    CHECK((page == tepore::settings::configuration_page()));
}
