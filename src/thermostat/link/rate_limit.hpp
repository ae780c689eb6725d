// At most so many commands a second: a bucket of tokens, refilled as wall time passes.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.hpp"

namespace tepore::thermostat {

class rate_limit {
public:
    explicit rate_limit(double a_second) noexcept : a_second_(a_second), tokens_(a_second) {}

    [[nodiscard]] bool allows(monotonic now) noexcept {
        if (now > seen_) {
            tokens_ = std::min(a_second_, tokens_ + a_second_ * std::chrono::duration<double>(now - seen_).count());
            seen_ = now;
        }
        if (tokens_ < 1.0) return false;
        tokens_ -= 1.0;
        return true;
    }

private:
    double a_second_;
    double tokens_;
    monotonic seen_{};
};

}  // namespace tepore::thermostat
