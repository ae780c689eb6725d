#include "broker/outbox.hpp"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <new>

namespace tepore::broker {
namespace {

void destroy(out_block* block) noexcept {
    block->~out_block();
    std::free(block);
}

}  // namespace

block_pool::~block_pool() {
    for (auto* list : {&small_, &large_}) {
        while (list->head != nullptr) {
            auto* next = list->head->next;
            destroy(list->head);
            list->head = next;
        }
    }
}

out_block* block_pool::take(std::uint32_t capacity) {
    bytes_in_use_ += sizeof(out_block) + capacity;
    auto* list = capacity == small_bytes ? &small_ : capacity == large_bytes ? &large_ : nullptr;
    if (list != nullptr && list->head != nullptr) {
        auto* block = list->head;
        list->head = block->next;
        --list->count;
        block->next = nullptr;
        return block;
    }
    void* memory = std::malloc(sizeof(out_block) + capacity);
    if (memory == nullptr) throw std::bad_alloc();
    auto* block = ::new (memory) out_block;
    block->capacity = capacity;
    return block;
}

void block_pool::give(out_block* block) noexcept {
    bytes_in_use_ -= sizeof(out_block) + block->capacity;
    block->begin = block->end = 0;
    auto* list = block->capacity == small_bytes ? &small_ : block->capacity == large_bytes ? &large_ : nullptr;
    if (list == nullptr || list->count >= (list == &small_ ? small_kept : large_kept)) return destroy(block);
    block->next = list->head;
    list->head = block;
    ++list->count;
}

void outbox::link(out_block* block) noexcept {
    (tail_ == nullptr ? head_ : tail_->next) = block;
    tail_ = block;
}

void outbox::add_block(std::size_t size, block_pool& pool) {
    const bool little = (tail_ == nullptr || tail_->external != nullptr) && size <= block_pool::small_bytes;
    link(pool.take(little ? block_pool::small_bytes : std::max(block_pool::large_bytes, static_cast<std::uint32_t>(size))));
}

/// As many to a block as have room in it.
void outbox::append_pieces(byte_view packets, std::size_t packet_bytes, block_pool& pool) {
    while (!packets.empty()) {
        const bool fits_nowhere = tail_ == nullptr || tail_->external != nullptr || tail_->capacity - tail_->end < packet_bytes;
        const std::size_t room = fits_nowhere ? block_pool::large_bytes : tail_->capacity - tail_->end;
        const auto piece = packets.size() <= room ? packets : packets.first(std::max(room - room % packet_bytes, packet_bytes));
        std::memcpy(append(piece.size(), pool), piece.data(), piece.size());
        packets = packets.subspan(piece.size());
    }
}

void outbox::append_payload(const message_ref& m, block_pool& pool) {
    const auto payload = m->view().payload;
    auto* block = pool.take(0);
    block->external = payload.data();
    block->end = static_cast<std::uint32_t>(payload.size());
    block->message = m;
    link(block);
    bytes_ += payload.size();
}

std::size_t outbox::gather(std::span<iovec> parts) const noexcept {
    std::size_t count = 0;
    for (auto* block = head_; block != nullptr && count < parts.size(); block = block->next) {
        // iovec has no const: the kernel only reads.
        parts[count++] = {const_cast<std::uint8_t*>(block->data()) + block->begin, block->end - block->begin};
    }
    return count;
}

void outbox::consume(std::size_t size, block_pool& pool) noexcept {
    assert(size <= bytes_);
    bytes_ -= size;
    while (size != 0) {
        const std::size_t here = head_->end - head_->begin;
        if (size < here) {
            head_->begin += static_cast<std::uint32_t>(size);
            return;
        }
        size -= here;
        auto* next = head_->next;
        pool.give(head_);
        head_ = next;
    }
    if (head_ == nullptr) tail_ = nullptr;
}

}  // namespace tepore::broker
