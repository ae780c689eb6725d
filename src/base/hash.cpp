#include "base/hash.hpp"

#include <random>

namespace tepore {

std::uint64_t hash_seed() noexcept {
    static const std::uint64_t seed = [] {
        std::random_device entropy;
        return std::uint64_t{entropy()} << 32 | entropy();
    }();
    return seed;
}

}  // namespace tepore
