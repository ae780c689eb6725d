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
    bool insert(protocol::packet_id id);
    /// True when `id` was in the set.
    bool erase(protocol::packet_id id) noexcept;
    [[nodiscard]] bool contains(protocol::packet_id id) const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return table_ ? table_->size : 0; }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    void clear() noexcept;

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
    };
    struct table {
        std::array<std::unique_ptr<page>, 65'536 / page_bits> pages;
        std::size_t size = 0;
    };

    std::unique_ptr<table> table_;
};

}  // namespace tepore::session
