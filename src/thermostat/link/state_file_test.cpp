#include "thermostat/link/state_file.hpp"

#include <doctest/doctest.h>
#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace tepore;
using namespace tepore::thermostat;

namespace {

struct scratch {
    std::string path;
    scratch() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tepore-state-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~scratch() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("a new directory has no state; what is saved is loaded") {
    scratch dir;
    const auto file = state_file::open(dir.path + "/a/b", "home1");
    REQUIRE(file);
    CHECK_FALSE(file->load()->has_value());
    REQUIRE(file->save("one"));
    REQUIRE(file->save("two"));
    CHECK(**file->load() == "two");
    CHECK_FALSE(std::filesystem::exists(file->path() + ".new"));
}

TEST_CASE("two thermostats of one uid do not share a directory, of two uids they may") {
    scratch dir;
    const auto first = state_file::open(dir.path, "home1");
    REQUIRE(first);
    const auto second = state_file::open(dir.path, "home1");
    REQUIRE_FALSE(second);
    CHECK(second.error().message.find("another thermostat") != std::string::npos);
    CHECK(state_file::open(dir.path, "home2"));
}

TEST_CASE("the lock ends with its holder") {
    scratch dir;
    { const auto first = state_file::open(dir.path, "home1"); }
    CHECK(state_file::open(dir.path, "home1"));
}

TEST_CASE("a directory that cannot be used is an error that names it") {
    scratch dir;
    std::ofstream(dir.path + "/file") << "x";
    const auto in_a_file = state_file::open(dir.path + "/file", "home1");
    REQUIRE_FALSE(in_a_file);
    CHECK(in_a_file.error().message.find(dir.path + "/file") != std::string::npos);
    CHECK_FALSE(state_file::open(dir.path + "/file/below", "home1"));
    const auto impossible = state_file::open("/proc/tepore", "home1");  // not writable, not even for root
    REQUIRE_FALSE(impossible);
    CHECK(impossible.error().message.find("/proc/tepore") != std::string::npos);
}

TEST_CASE("a file that was not understood is kept under another name") {
    scratch dir;
    const auto file = state_file::open(dir.path, "home1");
    REQUIRE(file->save("garbage"));
    const auto aside = file->set_aside();
    REQUIRE(aside);
    CHECK_FALSE(file->load()->has_value());
    std::string kept;
    std::ifstream(*aside) >> kept;
    CHECK(kept == "garbage");
}

TEST_CASE("a giant file is cut, not swallowed") {
    scratch dir;
    const auto file = state_file::open(dir.path, "home1");
    REQUIRE(file->save(std::string(3 * state_file::bytes_max, 'x')));
    CHECK((*file->load())->size() == state_file::bytes_max);
}
