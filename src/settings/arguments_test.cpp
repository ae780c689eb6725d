#include "settings/arguments.hpp"

#include <doctest/doctest.h>

using namespace tepore::settings;

namespace {

const std::vector<flag> flags{
    {"-h,--host", "HOST", "Where to connect", ""},
    {"-t,--topic", "TOPIC", "What to listen to", ""},
    {"-d,--debug", "", "Tell more", "Other"},
    {"-q", "QOS", "Quality of service", "Other"},
    {"-D,--property", "COMMAND NAME VALUE", "A property", "Other", 3, 4},
    {"file", "FILE", "A file", "Other"},
};

std::string told(std::vector<std::string> arguments) {
    const auto given = parse_arguments(flags, arguments);
    if (!given) return given.error().message;
    std::string out;
    for (const auto& one : *given) out += std::string(long_name(*one.which)) + "=" + one.value + " ";
    return out;
}

}  // namespace

TEST_CASE("arguments come out in the order they were given, repeated ones too") {
    CHECK(told({"-t", "a", "--host=h", "-d", "-t", "b"}) == "--topic=a --host=h --debug=true --topic=b ");
    CHECK(told({"-dq1", "-hh"}) == "--debug=true -q=1 --host=h ");
    CHECK(told({"x.txt", "-t", "a"}) == "file=x.txt --topic=a ");
    CHECK(told({"-d", "-d", "--debug=false"}) == "--debug=true --debug=true --debug=false ");
    CHECK(told({}) == "");
}

TEST_CASE("a value may begin with a dash, and may be empty") {
    CHECK(told({"-t", "-5", "-t", "--host", "-t", ""}) == "--topic=-5 --topic=--host --topic= ");
}

TEST_CASE("a flag with several values gives its words in order") {
    CHECK(told({"-D", "publish", "user-property", "a", "b", "-d", "-D", "connect", "x", "1"}) ==
          "--property=publish --property=user-property --property=a --property=b --property=connect --property=x --property=1 --debug=true ");
    CHECK(told({"-D", "publish", "x", "-d"}).find("--property") != std::string::npos);
}

TEST_CASE("mistakes name the flag") {
    CHECK(told({"--hots", "x"}) == "there is no flag --hots; did you mean --host?");
    CHECK(told({"--hots=x"}) == "there is no flag --hots=x; did you mean --host?");
    CHECK(told({"-z"}).starts_with("there is no flag -z"));
    CHECK(told({"a", "b"}) == "\"b\" is one argument too many");
    CHECK(told({"-t"}).find("--topic") != std::string::npos);
}

TEST_CASE("the help shows every flag, in groups") {
    const auto text = flags_help(flags);
    CHECK(text.find("  -h, --host HOST             Where to connect\n") != std::string::npos);
    CHECK(text.find("\nOther:\n  -d, --debug") != std::string::npos);
}
