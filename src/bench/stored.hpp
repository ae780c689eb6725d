// What retained and offline share: messages that a broker keeps, published as fast as it acknowledges them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "bench/crew.hpp"

namespace tepore::bench {

/// `publish(by, n)` publishes message n of `by`, at QoS 1 or 2; each of them has `each`. Ends when all are acknowledged. False: trouble says why.
[[nodiscard]] bool publish_all(crew& with, const options& asked, std::span<lean_client* const> publishers, std::uint32_t each,
                               const std::function<void(lean_client& by, std::uint32_t n)>& publish);

}  // namespace tepore::bench
