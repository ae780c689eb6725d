// Bytes on their way to one connection: a list of blocks from the shard's pool, so that an idle connection holds none. Packets are written in place
// (no copy, no allocation after warm-up); a large payload stays in its message and is only referred to.
// Threads: an outbox and its pool belong to one shard.
#pragma once

#include <sys/uio.h>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "broker/message.hpp"

namespace tepore::broker {

/// A payload of at least this many bytes is sent from its message instead of being copied: below it copying is cheaper than one more iovec.
inline constexpr std::size_t external_payload_bytes_min = 4'096;

struct out_block {
    out_block* next = nullptr;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t capacity = 0;
    const std::uint8_t* external = nullptr;  // bytes of `message` instead of own bytes
    message_ref message;

    [[nodiscard]] std::uint8_t* own() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }
    [[nodiscard]] const std::uint8_t* data() noexcept { return external != nullptr ? external : own(); }
};

/// Free blocks of two sizes. A sparse connection touches one small block for a moment; a busy one gets large ones.
class block_pool {
public:
    static constexpr std::uint32_t small_bytes = 1'024 - sizeof(out_block);
    static constexpr std::uint32_t large_bytes = 16 * 1'024 - sizeof(out_block);
    /// Free memory kept for reuse; more is given back to the system.
    static constexpr std::size_t small_kept = 4'096;  // 4 MiB
    static constexpr std::size_t large_kept = 1'024;  // 16 MiB

    block_pool() = default;
    block_pool(const block_pool&) = delete;
    block_pool& operator=(const block_pool&) = delete;
    ~block_pool();

    [[nodiscard]] out_block* take(std::uint32_t capacity);
    void give(out_block* block) noexcept;
    /// Memory of the blocks that were taken and not given back.
    [[nodiscard]] std::size_t bytes_in_use() const noexcept { return bytes_in_use_; }

private:
    struct free_list {
        out_block* head = nullptr;
        std::size_t count = 0;
    };
    free_list small_;
    free_list large_;
    std::size_t bytes_in_use_ = 0;
};

class outbox {
public:
    outbox() = default;
    outbox(const outbox&) = delete;
    outbox& operator=(const outbox&) = delete;
    ~outbox() = default;  // the owner clears it: blocks go back to the pool

    [[nodiscard]] bool empty() const noexcept { return bytes_ == 0; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// Room for exactly `size` bytes at the end, which the caller fills at once.
    [[nodiscard]] std::uint8_t* append(std::size_t size, block_pool& pool) {
        assert(size != 0);
        if (tail_ == nullptr || tail_->external != nullptr || tail_->capacity - tail_->end < size) [[unlikely]]
            add_block(size, pool);
        auto* room = tail_->own() + tail_->end;
        tail_->end += static_cast<std::uint32_t>(size);
        bytes_ += size;
        return room;
    }
    /// Copies packets of one size, of which there may be many. No packet is cut, here or elsewhere: where each begins can be told from its part.
    void append_copy(byte_view packets, std::size_t packet_bytes, block_pool& pool) {
        if (packets.size() > one_piece_bytes_max) return append_pieces(packets, packet_bytes, pool);
        std::memcpy(append(packets.size(), pool), packets.data(), packets.size());
    }
    /// The payload of `m`, without copying it.
    void append_payload(const message_ref& m, block_pool& pool);

    /// Fills `parts` from the front; returns how many were filled.
    [[nodiscard]] std::size_t gather(std::span<iovec> parts) const noexcept;
    /// Drops `size` bytes from the front. REQUIRES size <= bytes().
    void consume(std::size_t size, block_pool& pool) noexcept;
    void clear(block_pool& pool) noexcept { consume(bytes_, pool); }

private:
    void link(out_block* block) noexcept;
    void add_block(std::size_t size, block_pool& pool);
    void append_pieces(byte_view packets, std::size_t packet_bytes, block_pool& pool);

    /// So much need not be cut: what it leaves free at the end of a large block is little.
    static constexpr std::size_t one_piece_bytes_max = 1'024;

    out_block* head_ = nullptr;
    out_block* tail_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace tepore::broker
