// Identifiers of QoS 2 messages received and not yet released by PUBREL (4.3.3): a second PUBLISH with one of them is the same message
// again, and is answered but not delivered. [MQTT-4.3.3-2]
// Memory: a pointer while it was never used; then a page of 512 bytes per 4,096 identifiers in use, 8 KiB at most.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "protocol/types.hpp"

namespace tepore::session {

class incoming_ids {
public:
    /// True when `id` was not in the set before.
    bool insert(protocol::packet_id id) {
        auto* p = page_of(id);
        if (p == nullptr) [[unlikely]]
            p = make_page(id);
        auto& word = p->word(id);
        if ((word & bit(id)) != 0) return false;
        word |= bit(id);
        ++p->used;
        ++table_->size;
        return true;
    }
    /// True when `id` was in the set.
    bool erase(protocol::packet_id id) noexcept {
        auto* p = page_of(id);
        if (p == nullptr || (p->word(id) & bit(id)) == 0) return false;
        p->word(id) &= ~bit(id);
        --table_->size;
        // The last page stays while the flow goes on; a page that others left behind is given back.
        if (--p->used == 0 && table_->size != 0) table_->pages[id / page_bits].reset();
        return true;
    }
    [[nodiscard]] bool contains(protocol::packet_id id) const noexcept {
        auto* p = page_of(id);
        return p != nullptr && (p->word(id) & bit(id)) != 0;
    }
    [[nodiscard]] std::size_t size() const noexcept { return table_ ? table_->size : 0; }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    void clear() noexcept { table_.reset(); }

    /// visit(id) in ascending order.
    template <class Visit>
    void for_each(Visit&& visit) const {
        if (!table_) return;
        for (std::uint32_t id = 1; id <= 65'535; ++id)
            if (contains(static_cast<protocol::packet_id>(id))) visit(static_cast<protocol::packet_id>(id));
    }

private:
    static constexpr std::size_t page_bits = 4'096;
    struct page {
        std::array<std::uint64_t, page_bits / 64> words{};
        std::uint32_t used = 0;
        [[nodiscard]] std::uint64_t& word(protocol::packet_id id) noexcept { return words[id % page_bits / 64]; }
    };
    struct table {
        std::array<std::unique_ptr<page>, 65'536 / page_bits> pages;
        std::size_t size = 0;
    };

    [[nodiscard]] static constexpr std::uint64_t bit(protocol::packet_id id) noexcept { return std::uint64_t{1} << (id % 64); }
    [[nodiscard]] page* page_of(protocol::packet_id id) const noexcept { return table_ ? table_->pages[id / page_bits].get() : nullptr; }
    page* make_page(protocol::packet_id id);

    std::unique_ptr<table> table_;
};

}  // namespace tepore::session
