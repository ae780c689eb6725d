#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "includes/includes.hpp"

namespace fs = std::filesystem;
using namespace tepore::includes;

namespace {

const fs::path tree = TEPORE_SOURCE_DIR;

std::string content_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

law the_law() {
    std::vector<std::string> bad_lines;
    auto read = read_law(content_of(tree / "tests/includes/allowed.txt"), bad_lines);
    REQUIRE(bad_lines.empty());
    return read;
}

/// What the law says of one line in one file.
std::vector<std::string> verdict(const char* path, const char* line) {
    return complaints(the_law(), path, line);
}

}  // namespace

TEST_CASE("no file of the tree includes against the layout") {
    const auto law = the_law();
    std::size_t files = 0;
    std::vector<std::string> all;
    for (const char* root : {"src", "include", "apps"}) {
        for (const auto& entry : fs::recursive_directory_iterator(tree / root)) {
            const auto extension = entry.path().extension();
            if (!entry.is_regular_file() || (extension != ".hpp" && extension != ".cpp")) continue;
            ++files;
            for (auto& complaint : complaints(law, fs::relative(entry.path(), tree).generic_string(), content_of(entry.path()))) {
                all.push_back(std::move(complaint));
            }
        }
    }
    for (const auto& complaint : all) FAIL_CHECK(complaint);
    CHECK(files > 10);
}

TEST_CASE("the arrows have no cycle and name rooms that exist in the table") {
    const auto law = the_law();
    CHECK(cycles(law).empty());
    for (const auto& [room, targets] : law.may_include) {
        for (const auto& target : targets) CHECK_MESSAGE(law.may_include.contains(target), room << " -> " << target);
    }
    for (const auto& room : law.pure) CHECK_MESSAGE(law.may_include.contains(room), room);
}

TEST_CASE("a forbidden arrow is found, with file and line") {
    CHECK(verdict("src/protocol/codec.cpp", "#pragma once\n#include \"broker/router.hpp\"\n") ==
          std::vector<std::string>{"src/protocol/codec.cpp:2: protocol may not include broker (\"broker/router.hpp\")"});
    CHECK(verdict("src/net/tcp.cpp", "#include \"protocol/packet.hpp\"").size() == 1);
    CHECK(verdict("src/thermostat/control/pi.cpp", "#include \"net/loop.hpp\"").size() == 1);
    CHECK(verdict("src/thermostat/house/house.hpp", "  #  include <tepore/client.hpp>").size() == 1);
    CHECK(verdict("src/remote/terminal/view.cpp", "#include \"client/engine.hpp\"").size() == 1);
    CHECK(verdict("include/tepore/client.hpp", "#include \"base/result.hpp\"").size() == 1);
}

TEST_CASE("what the layout allows is not complained about") {
    CHECK(verdict("src/broker/router.cpp", "#include \"protocol/topic.hpp\"\n#include \"broker/router.hpp\"\n#include <vector>\n").empty());
    CHECK(verdict("src/thermostat/link/link.cpp", "#include <tepore/client.hpp>\n#include <nlohmann/json.hpp>\n").empty());
    CHECK(verdict("src/broker/router_test.cpp", "#include \"support/conversation.hpp\"\n#include <doctest/doctest.h>").empty());
    CHECK(verdict("src/net/tcp.cpp", "// #include \"broker/x.hpp\"").empty());
}

TEST_CASE("pure rooms stay pure, expensive headers stay out of headers, paths start at the root") {
    CHECK(verdict("src/session/flow.cpp", "#include <thread>").size() == 1);
    CHECK(verdict("src/protocol/wire.hpp", "#include <sys/uio.h>").size() == 1);
    CHECK(verdict("src/protocol/wire_test.cpp", "#include <fstream>").empty());
    CHECK(verdict("src/settings/table.hpp", "#include <toml++/toml.h>").size() == 1);
    CHECK(verdict("src/settings/file.cpp", "#include <toml++/toml.h>").empty());
    CHECK(verdict("src/thermostat/link/conversation.hpp", "#include <nlohmann/json.hpp>").empty());
    CHECK(verdict("src/net/tcp.cpp", "#include \"loop.hpp\"").size() == 1);
    CHECK(verdict("src/net/tcp.cpp", "#include \"support/conversation.hpp\"").size() == 1);
    CHECK(verdict("src/utils/strings.cpp", "").size() == 1);
}

TEST_CASE("a cycle in the table is found") {
    std::vector<std::string> bad_lines;
    CHECK(cycles(read_law("a: b\nb: c\nc: a\nd: a\n", bad_lines)) == std::vector<std::string>{"a", "b", "c"});
    CHECK(bad_lines.empty());
    [[maybe_unused]] const auto law = read_law("no colon here\n", bad_lines);
    CHECK(bad_lines == std::vector<std::string>{"no colon here"});
}
