// Counts the cases of a test by the way in which they are wrong, prints them, and holds the floor under them: a generator that has forgotten half of
// a packet would otherwise pass in silence.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <set>
#include <string>

#include "packets/cases.hpp"

namespace tepore::packets {

class tally {
public:
    void note(const one_case& c, version v) {
        ++counts_[static_cast<std::size_t>(c.way)];
        if (!c.says.taken(v)) rules_.emplace(c.says.rule(v));
    }

    /// The statements that the cases break are those that the name of the test cites.
    void check(const char* packet, version v, std::size_t at_least) const {
        std::size_t sum = 0;
        std::string line;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            sum += counts_[i];
            if (counts_[i] != 0) line += ", " + std::to_string(counts_[i]) + " " + way_names[i];
        }
        std::printf("%s, %s: %zu cases%s\n", packet, v == version::v5 ? "5.0" : "3.1.1", sum, line.c_str());
        CHECK(sum >= at_least);
        const std::string name = doctest::getContextOptions()->currentTest->m_name;
        for (const auto& rule : rules_) {
            if (rule.find(' ') == std::string::npos)
                CHECK_MESSAGE(name.find("[" + rule + "]") != std::string::npos, "the name of this test must cite ", rule);
        }
    }

private:
    std::array<std::size_t, way_names.size()> counts_{};
    std::set<std::string> rules_;
};

}  // namespace tepore::packets
