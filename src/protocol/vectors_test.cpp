// Packets that another codec made (tests/vectors/mqtt-packet.txt, written by tools/vectors/generate.mjs) mean the same to ours.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "protocol/describe.hpp"
#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

struct vector_line {
    version v{};
    direction from{};
    octets bytes;
    std::string words;
};

/// "5 > 30060001... | publish qos=0 ..."
vector_line parse(const std::string& line) {
    std::istringstream in(line);
    int level = 0;
    char arrow = 0;
    std::string notation;
    std::string bar;
    in >> level >> arrow >> notation >> bar;
    REQUIRE(bar == "|");
    vector_line out{static_cast<version>(level), arrow == '>' ? client : server, wire(notation), {}};
    std::getline(in >> std::ws, out.words);
    return out;
}

/// 5.0 lets these be longer than they need to be; our encoder takes the shortest form.
bool has_short_form(packet_type type, version v) {
    return v == version::v5 && ((type >= packet_type::puback && type <= packet_type::pubcomp) || type == packet_type::disconnect);
}

}  // namespace

TEST_CASE("packets of another codec decode to what that codec was given, and encode to the same bytes") {
    std::ifstream file(TEPORE_VECTORS);
    REQUIRE(file);
    int count = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        const auto vector = parse(line);
        INFO(line);
        const auto frame = frame_of(vector.bytes);
        const auto p = decode(frame, vector.v, vector.from);
        REQUIRE(verdict(p, vector.v) == "accepted");
        CHECK(describe(*p, vector.v) == vector.words);

        const auto again = encoded(*p, vector.v);
        if (has_short_form(frame.type, vector.v))
            CHECK(same(*decode(frame_of(again), vector.v, vector.from), *p));
        else
            CHECK(hex(again) == hex(vector.bytes));
        ++count;
    }
    CHECK(count > 400);
}
