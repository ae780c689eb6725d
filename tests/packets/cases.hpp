// From the description of a packet to packets that are wrong in one way each, and to those that are unusual but right.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "packets/description.hpp"

namespace tepore::packets {

enum class way : std::uint8_t { good, missing, truncated, surplus, out_of_range, duplicated, misplaced, wrong_flags, wrong_length };
inline constexpr std::array way_names{"good",       "missing",   "truncated",   "surplus",     "out of range",
                                      "duplicated", "misplaced", "wrong flags", "wrong length"};

struct one_case {
    packets::way way{};
    std::string name;  // "Topic Filter 1: empty"
    wire bytes;
    verdict says;
};

/// What the receiver has told the sender, as far as it decides what is wrong.
struct receiver {
    unsigned topic_alias_maximum = 0;
    bool subscription_identifiers = true;
    std::size_t packet_bytes_max = 0;
};

[[nodiscard]] wire good_form(const packet& p, version v);
[[nodiscard]] std::vector<one_case> cases_of(const packet& p, version v, side sender, const receiver& to);

}  // namespace tepore::packets
