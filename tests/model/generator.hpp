// Random client behaviour from a seed. The same seed gives the same script on every machine.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/step.hpp"

namespace tepore::model {

/// What the broker under test offers, as its CONNACK says.
struct features {
    bool subscription_identifiers = true;
    bool shared_subscriptions = true;
    std::uint32_t alias_maximum = 0;
};

[[nodiscard]] script make_script(std::uint64_t seed, unsigned shards, std::size_t steps, const features& offered);

}  // namespace tepore::model
