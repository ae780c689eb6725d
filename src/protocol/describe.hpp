// One line of words for a packet, the same that tools/vectors/describe.mjs writes for the codec we compare with.
#pragma once

#include <string>

#include "protocol/codec.hpp"

namespace tepore::protocol::testing {

[[nodiscard]] std::string describe(const packet& p, version v);

}  // namespace tepore::protocol::testing
