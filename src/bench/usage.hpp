// What processes used so far, as Linux tells it under /proc.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "bench/world.hpp"

namespace tepore::bench {

class meter {
public:
    /// `broker` is its process; 0: unknown. An error when there is no such process, or its figures may not be read.
    [[nodiscard]] static result<meter> create(std::int64_t broker);

    [[nodiscard]] usage look() const;

private:
    explicit meter(std::int64_t broker) : broker_(broker) {}
    std::int64_t broker_;
};

}  // namespace tepore::bench
