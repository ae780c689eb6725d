// An array that grows without moving what is in it: chunks of a fixed number of entries, found through a short table. Beside a vector that doubles
// it has no slack of up to half its memory, no moment in which old and new exist both, and its entries keep their addresses.
#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <vector>

namespace tepore {

/// T: default-constructible. The entries of a chunk are made together, before they are used.
template <class T>
class chunked_array {
public:
    static constexpr std::size_t chunk_entries = 512;

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] T& operator[](std::size_t at) noexcept {
        assert(at < size_);
        return chunks_[at / chunk_entries][at % chunk_entries];
    }
    [[nodiscard]] const T& operator[](std::size_t at) const noexcept {
        assert(at < size_);
        return chunks_[at / chunk_entries][at % chunk_entries];
    }

    /// One more entry at the end, as T{} makes it.
    T& add() {
        if (size_ == chunks_.size() * chunk_entries) chunks_.push_back(std::make_unique<T[]>(chunk_entries));
        const auto at = size_++;
        return chunks_[at / chunk_entries][at % chunk_entries];
    }

private:
    std::vector<std::unique_ptr<T[]>> chunks_;
    std::size_t size_ = 0;
};

}  // namespace tepore
