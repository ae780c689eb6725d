// Objects that are named by a number and keep their address: 64 of them in one piece of memory, without a pointer or a malloc header for each. A
// piece whose objects are all gone is given back.
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/watched_memory.hpp"

#ifdef TEPORE_WATCHES_MEMORY
#include <sanitizer/asan_interface.h>
#endif

namespace tepore {

template <class T>
class slot_pool {
public:
    slot_pool() = default;
    slot_pool(const slot_pool&) = delete;
    slot_pool& operator=(const slot_pool&) = delete;
    ~slot_pool() { clear(); }

    /// Makes an object in a free slot, which is one that was used before if there is any.
    template <class... Args>
    std::uint32_t make(Args&&... args) {
        if (with_room_.empty()) {
            with_room_.push_back(static_cast<std::uint32_t>(pieces_.size()));
            pieces_.emplace_back();
        }
        const auto number = with_room_.back();
        auto& p = pieces_[number];
        if (p.objects == nullptr) {
            p.objects = std::allocator<T>().allocate(objects_per_piece);
            poison(p.objects, objects_per_piece);
        }
        const auto place = static_cast<std::uint32_t>(std::countr_zero(p.free));
        unpoison(p.objects + place);
        ::new (static_cast<void*>(p.objects + place)) T(std::forward<Args>(args)...);
        p.free &= p.free - 1;
        if (p.free == 0) with_room_.pop_back();
        ++size_;
        return number * objects_per_piece + place;
    }

    /// REQUIRES an object there.
    void destroy(std::uint32_t slot) noexcept {
        auto* object = find(slot);
        assert(object != nullptr);
        object->~T();  // may make or destroy others
        poison(object, 1);
        auto& p = pieces_[slot / objects_per_piece];
        if (p.free == 0) with_room_.push_back(slot / objects_per_piece);
        p.free |= std::uint64_t{1} << slot % objects_per_piece;
        if (p.free == all_free) give_back(p);
        --size_;
    }

    /// Null when there is none.
    [[nodiscard]] T* find(std::uint32_t slot) noexcept {
        const auto piece_number = slot / objects_per_piece;
        if (piece_number >= pieces_.size()) return nullptr;
        auto& p = pieces_[piece_number];
        return (p.free >> slot % objects_per_piece & 1) != 0 ? nullptr : p.objects + slot % objects_per_piece;
    }
    [[nodiscard]] const T* find(std::uint32_t slot) const noexcept { return const_cast<slot_pool*>(this)->find(slot); }

    /// REQUIRES an object there.
    [[nodiscard]] T& operator[](std::uint32_t slot) noexcept {
        assert(find(slot) != nullptr);
        return pieces_[slot / objects_per_piece].objects[slot % objects_per_piece];
    }
    [[nodiscard]] const T& operator[](std::uint32_t slot) const noexcept { return const_cast<slot_pool&>(*this)[slot]; }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// visit(object), by slot. It may destroy the object, and make others.
    template <class Visit>
    void for_each(Visit&& visit) {
        for (std::uint32_t slot = 0; slot < pieces_.size() * objects_per_piece; ++slot)
            if (auto* object = find(slot)) visit(*object);
    }

    void clear() noexcept {
        for_each([&](T& object) { object.~T(); });
        for (auto& p : pieces_)
            if (p.objects != nullptr) give_back(p);
        pieces_.clear();
        with_room_.clear();
        size_ = 0;
    }

private:
    static constexpr std::uint32_t objects_per_piece = 64;
    static constexpr std::uint64_t all_free = ~std::uint64_t{0};
    struct piece {
        T* objects = nullptr;  // null while all are free
        std::uint64_t free = all_free;
    };

    void give_back(piece& p) noexcept {
        for (std::uint32_t i = 0; i < objects_per_piece; ++i) unpoison(p.objects + i);
        std::allocator<T>().deallocate(std::exchange(p.objects, nullptr), objects_per_piece);
    }

    // A free slot is no object: AddressSanitizer is told, as malloc() would tell it.
    static void poison([[maybe_unused]] T* from, [[maybe_unused]] std::size_t count) noexcept {
#ifdef TEPORE_WATCHES_MEMORY
        __asan_poison_memory_region(from, count * sizeof(T));
#endif
    }
    static void unpoison([[maybe_unused]] T* object) noexcept {
#ifdef TEPORE_WATCHES_MEMORY
        __asan_unpoison_memory_region(object, sizeof(T));
#endif
    }

    std::vector<piece> pieces_;
    std::vector<std::uint32_t> with_room_;  // pieces with a free slot; the last one is used first
    std::size_t size_ = 0;
};

}  // namespace tepore
