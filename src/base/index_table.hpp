// An open-addressing hash table of 32-bit indices into an array that the caller owns: the compact way to find a record by key when the record
// itself lives elsewhere. Linear probing, deletion by shifting back (no tombstones), load at most 3/4, 4 bytes a slot.
// The caller says how to hash the record with a given index and whether it equals a key.
#pragma once

#include <cstdint>
#include <vector>

namespace tepore {

class index_table {
public:
    static constexpr std::uint32_t none = 0xffff'ffff;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// equals(index): is the record the one that is searched?
    template <class Equals>
    [[nodiscard]] std::uint32_t find(std::uint64_t hash, Equals&& equals) const noexcept {
        if (slots_.empty()) return none;
        for (auto at = hash & mask();; at = (at + 1) & mask()) {
            const auto index = slots_[at];
            if (index == none) return none;
            if (equals(index)) return index;
        }
    }

    /// REQUIRES that no equal record is in the table. hash_of(index) gives the hash of a record already in it.
    template <class HashOf>
    void insert(std::uint64_t hash, std::uint32_t index, HashOf&& hash_of) {
        if ((size_ + 1) * 4 > slots_.size() * 3) rebuild(slots_.empty() ? 8 : slots_.size() * 2, hash_of);
        put(hash, index);
        ++size_;
    }

    /// REQUIRES that the record is in the table and hash_of() still works for it.
    template <class HashOf>
    void erase(std::uint64_t hash, std::uint32_t index, HashOf&& hash_of) {
        auto hole = hash & mask();
        while (slots_[hole] != index) hole = (hole + 1) & mask();
        for (auto at = (hole + 1) & mask(); slots_[at] != none; at = (at + 1) & mask()) {
            const auto home = hash_of(slots_[at]) & mask();
            // The record at `at` may move into the hole unless its home lies between the hole and itself.
            if (((at - home) & mask()) >= ((at - hole) & mask())) {
                slots_[hole] = slots_[at];
                hole = at;
            }
        }
        slots_[hole] = none;
        --size_;
    }

private:
    [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }

    void put(std::uint64_t hash, std::uint32_t index) noexcept {
        auto at = hash & mask();
        while (slots_[at] != none) at = (at + 1) & mask();
        slots_[at] = index;
    }

    template <class HashOf>
    void rebuild(std::size_t capacity, HashOf&& hash_of) {
        std::vector<std::uint32_t> old(capacity, none);
        old.swap(slots_);
        for (const auto index : old)
            if (index != none) put(hash_of(index), index);
    }

    std::vector<std::uint32_t> slots_;
    std::size_t size_ = 0;
};

}  // namespace tepore
