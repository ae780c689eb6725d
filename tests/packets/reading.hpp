// What the description says of any bytes, field after field as the standards draw them: the plainest reader there can be. It judges packets in which
// a field is left out or stands twice, so that all that follows is read as something else.
#pragma once

#include <optional>

#include "packets/description.hpp"

namespace tepore::packets {

/// The first thing that is wrong with the body of a packet that claims to be of the form `p`; taken when nothing is. Empty: another version's packet,
/// which this form cannot judge.
[[nodiscard]] std::optional<verdict> read(const packet& p, version v, const wire& body);

}  // namespace tepore::packets
