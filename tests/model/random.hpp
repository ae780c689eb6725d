// Pseudo-random numbers that are the same everywhere (the standard library's distributions are not). SplitMix64, public domain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace tepore::model {

class random_source {
public:
    explicit random_source(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15u;
        auto z = state_;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        return z ^ z >> 31;
    }
    /// 0 to n - 1.
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
    /// True once in n times.
    bool one_in(std::size_t n) { return below(n) == 0; }
    template <class List>
    const auto& among(const List& list) {
        return list[below(std::size(list))];
    }

private:
    std::uint64_t state_;
};

}  // namespace tepore::model
