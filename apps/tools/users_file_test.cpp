#include "apps/tools/users_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

using namespace tepore::tools;

TEST_CASE("users are added, replaced and removed; other lines stay") {
    std::string content = "# the house\namy:old\nbob:x";
    set_user(content, "amy", "new");
    CHECK(content == "# the house\namy:new\nbob:x");
    set_user(content, "am", "y");
    CHECK(content == "# the house\namy:new\nbob:x\nam:y\n");
    CHECK(remove_user(content, "bob"));
    CHECK(content == "# the house\namy:new\nam:y\n");
    CHECK(!remove_user(content, "bob"));
    CHECK(!remove_user(content, "# the house"));
}

TEST_CASE("names that the file cannot hold are refused") {
    CHECK(check_user_name("amy"));
    CHECK(check_user_name("señor müller"));
    for (const char* bad : {"", "a:b", "a\nb", "#a"}) CHECK_MESSAGE(!check_user_name(bad), bad);
}

TEST_CASE("the file is replaced whole, is private, and a missing one is empty") {
    const auto directory = std::filesystem::temp_directory_path() / ("tepore_users_test_" + std::to_string(getpid()));
    std::filesystem::create_directory(directory);
    const auto file = (directory / "users").string();
    CHECK(read_users_file(file).value().empty());
    CHECK(write_users_file(file, "amy:x\n"));
    struct stat there {};
    REQUIRE(stat(file.c_str(), &there) == 0);
    CHECK((there.st_mode & 0777) == 0600);
    REQUIRE(chmod(file.c_str(), 0640) == 0);
    CHECK(write_users_file(file, "bob:y\n"));
    REQUIRE(stat(file.c_str(), &there) == 0);
    CHECK((there.st_mode & 0777) == 0640);
    CHECK(read_users_file(file).value() == "bob:y\n");
    CHECK(!write_users_file((directory / "none" / "users").string(), "x"));
    std::filesystem::remove_all(directory);
}
