// A first-in-first-out queue in a chain of chunks, for queues that may get long, and many of which get long at the same time: growing copies nothing,
// and memory is what the entries take, up to one chunk at each end. (ring_queue.hpp is for short ones.)
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace tepore {

template <class T>
class chunk_queue {
public:
    /// Entries of the first chunk, and of those after a full one: four times as many each, so that short queues are small.
    static constexpr std::uint32_t chunk_entries_min = 4;
    static constexpr std::uint32_t chunk_entries_max = 64;
    /// Empty, it keeps a chunk of so many at most.
    static constexpr std::uint32_t chunk_entries_kept = 16;

    chunk_queue() noexcept = default;
    chunk_queue(const chunk_queue&) = delete;
    chunk_queue(chunk_queue&& other) noexcept { swap(other); }
    chunk_queue& operator=(chunk_queue other) noexcept {
        swap(other);
        return *this;
    }
    ~chunk_queue() { clear(); }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// Memory that it has from the system.
    [[nodiscard]] std::size_t allocated_bytes() const noexcept { return allocated_bytes_; }

    void push(T&& value) {
        if (tail_ == nullptr || end_ == tail_->capacity) grow();
        ::new (tail_->at(end_)) T(std::move(value));
        ++end_;
        ++size_;
    }

    /// REQUIRES !empty().
    [[nodiscard]] T& front() noexcept {
        assert(!empty());
        return *head_->at(begin_);
    }

    /// What is at the front after `pops` more pop(); null when nothing is, or when it is not in this chunk or the next.
    [[nodiscard]] const T* peek(std::size_t pops) const noexcept {
        if (pops >= size_) return nullptr;
        const auto here = head_->capacity - begin_;
        if (pops < here) return head_->at(static_cast<std::uint32_t>(begin_ + pops));
        return pops - here < head_->next->capacity ? head_->next->at(static_cast<std::uint32_t>(pops - here)) : nullptr;
    }

    /// REQUIRES !empty().
    T pop() {
        T value = std::move(front());
        std::destroy_at(head_->at(begin_));
        ++begin_;
        if (--size_ == 0) {
            begin_ = end_ = 0;
            if (tail_->capacity > chunk_entries_kept) clear();
        } else if (begin_ == head_->capacity) {
            drop_head();
        }
        return value;
    }

    template <class Visit>
    void for_each(Visit&& visit) {
        auto* c = head_;
        auto at = begin_;
        for (std::size_t left = size_; left != 0; --left) {
            if (at == c->capacity) {
                c = c->next;
                at = 0;
            }
            visit(*c->at(at++));
        }
    }

    void clear() noexcept {
        for_each([](T& value) { std::destroy_at(&value); });
        while (head_ != nullptr) drop_head();
        tail_ = nullptr;
        begin_ = end_ = 0;
        size_ = 0;
    }

private:
    struct chunk {
        chunk* next;
        std::uint32_t capacity;
        [[nodiscard]] T* at(std::uint32_t index) noexcept { return reinterpret_cast<T*>(this + 1) + index; }
        [[nodiscard]] std::size_t bytes() const noexcept { return sizeof(chunk) + capacity * sizeof(T); }
    };
    static_assert(alignof(T) <= alignof(chunk) && sizeof(chunk) % alignof(T) == 0);

    void grow() {
        const auto capacity = tail_ == nullptr ? chunk_entries_min : std::min(tail_->capacity * 4, chunk_entries_max);
        auto* made = ::new (::operator new(sizeof(chunk) + capacity * sizeof(T))) chunk{nullptr, capacity};
        allocated_bytes_ += made->bytes();
        (tail_ == nullptr ? head_ : tail_->next) = made;
        tail_ = made;
        end_ = 0;
    }
    void drop_head() noexcept {
        auto* old = std::exchange(head_, head_->next);
        allocated_bytes_ -= old->bytes();
        ::operator delete(old);
        begin_ = 0;
    }
    void swap(chunk_queue& other) noexcept {
        std::swap(head_, other.head_);
        std::swap(tail_, other.tail_);
        std::swap(begin_, other.begin_);
        std::swap(end_, other.end_);
        std::swap(size_, other.size_);
        std::swap(allocated_bytes_, other.allocated_bytes_);
    }

    chunk* head_ = nullptr;
    chunk* tail_ = nullptr;
    std::uint32_t begin_ = 0;  // in head_
    std::uint32_t end_ = 0;    // in tail_
    std::size_t size_ = 0;
    std::size_t allocated_bytes_ = 0;
};

}  // namespace tepore
