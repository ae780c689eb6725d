// Packets sent that wait for an answer, in the order they were sent, found by packet identifier in O(1). One rule set for the
// broker's deliveries and the client's publishes (4.3, 4.4).
//
// The life of an entry is a table:
//
//   sent            phase              answer            then
//   PUBLISH QoS 1   awaiting_puback    PUBACK            gone
//   PUBLISH QoS 2   awaiting_pubrec    PUBREC            awaiting_pubcomp (the caller sends PUBREL)
//                                      PUBREC >= 0x80    gone                     [MQTT5-4.3.3-4]
//                   awaiting_pubcomp   PUBREC again      stays (send PUBREL again)
//                                      PUBCOMP           gone
//   SUBSCRIBE       awaiting_suback    SUBACK            gone
//   UNSUBSCRIBE     awaiting_unsuback  UNSUBACK          gone
//
// Identifiers are given out in sequence 1, 2, … 65535, 1, … and entries live in a ring indexed by that sequence, so an identifier is never
// given out while it is in use [MQTT-2.3.1-2] and no search is needed. The price: an entry that is never answered stops the
// window after 65,535 later ones; limits on unanswered packets (receive maximum) are far below that.
// Memory: none while empty at the start; grows by doubling to at most 65,536 entries; given back when it empties above keep_entries.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/types.hpp"

namespace tepore::session {

enum class phase : std::uint8_t { gone, awaiting_puback, awaiting_pubrec, awaiting_pubcomp, awaiting_suback, awaiting_unsuback };

[[nodiscard]] constexpr phase first_phase(protocol::qos q) noexcept {
    return q == protocol::qos::at_least_once ? phase::awaiting_puback : phase::awaiting_pubrec;
}

/// Item: what is remembered for a packet; default-constructible, movable.
template <class Item>
class outgoing_window {
public:
    struct entry {
        [[no_unique_address]] Item item{};  // the phase may stand in its last bytes
        session::phase phase = phase::gone;
    };

    /// Entries that wait for an answer.
    [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
    [[nodiscard]] bool empty() const noexcept { return in_flight_ == 0; }
    /// No identifier is free.
    [[nodiscard]] bool exhausted() const noexcept { return tail_ - head_ >= ids; }

    /// Adds an entry at the end and gives it the next identifier. REQUIRES !exhausted().
    protocol::packet_id add(Item item, phase first) {
        const auto id = next_id();
        add(first) = std::move(item);
        return id;
    }
    /// The same with a new item, which the caller fills at once.
    Item& add(phase first) {
        assert(!exhausted() && first != phase::gone);
        if (tail_ - head_ == ring_.size()) grow();
        auto& e = ring_[tail_++ & (ring_.size() - 1)];
        e.phase = first;
        next_id_ = after(next_id_);
        ++in_flight_;
        return e.item;
    }

    /// The identifier that add() gives next.
    [[nodiscard]] protocol::packet_id next_id() const noexcept { return next_id_; }

    /// nullptr when no packet with this identifier waits. Valid until the next add() or remove().
    [[nodiscard]] entry* find(protocol::packet_id id) noexcept {
        if (id == 0 || head_ == tail_) return nullptr;
        const std::uint64_t distance = id >= oldest_id_ ? id - oldest_id_ : id + ids - oldest_id_;
        if (distance >= tail_ - head_) return nullptr;
        auto& e = ring_[(head_ + distance) & (ring_.size() - 1)];
        return e.phase == phase::gone ? nullptr : &e;
    }

    /// Ends the entry and hands out its item. REQUIRES find(id) != nullptr.
    Item remove(protocol::packet_id id) {
        auto* e = find(id);
        assert(e != nullptr);
        Item item = std::move(e->item);
        remove(*e);
        return item;
    }
    /// Ends an entry that was found.
    void remove(entry& e) {
        e.item = Item{};
        e.phase = phase::gone;
        --in_flight_;
        while (head_ != tail_ && ring_[head_ & (ring_.size() - 1)].phase == phase::gone) {
            ++head_;
            oldest_id_ = after(oldest_id_);
        }
        if (head_ == tail_ && ring_.size() > keep_entries) [[unlikely]]
            ring_ = {};
    }

    /// Visits waiting entries in the order they were sent [MQTT-4.6.0-1]: visit(id, entry&).
    template <class Visit>
    void for_each(Visit&& visit) {
        for (auto seq = head_; seq != tail_; ++seq) {
            auto& e = ring_[seq & (ring_.size() - 1)];
            if (e.phase != phase::gone) visit(id_of(seq), e);
        }
    }

    /// The oldest waiting entry at or after a position; 0 is before all of them, `after` continues. Positions hold while entries come and go.
    struct found {
        entry* at = nullptr;  // null: there is none
        protocol::packet_id id = 0;
        std::uint64_t after = 0;
    };
    [[nodiscard]] found from(std::uint64_t position) noexcept {
        for (auto seq = position > head_ ? position : head_; seq < tail_; ++seq) {
            auto& e = ring_[seq & (ring_.size() - 1)];
            if (e.phase != phase::gone) return {&e, id_of(seq), seq + 1};
        }
        return {nullptr, 0, tail_};
    }

    void clear() noexcept {
        ring_ = {};
        head_ = tail_;
        oldest_id_ = next_id_;
        in_flight_ = 0;
    }

    /// A ring of at most this many entries is kept for reuse when the window empties.
    static constexpr std::size_t keep_entries = 32;

private:
    static constexpr std::uint64_t ids = 65'535;
    [[nodiscard]] static protocol::packet_id id_of(std::uint64_t seq) noexcept { return static_cast<protocol::packet_id>(seq % ids + 1); }
    [[nodiscard]] static protocol::packet_id after(protocol::packet_id id) noexcept {
        return static_cast<protocol::packet_id>(id == ids ? 1 : id + 1);
    }

    void grow() {
        std::vector<entry> bigger(ring_.empty() ? 4 : ring_.size() * 2);
        for (auto seq = head_; seq != tail_; ++seq) bigger[seq & (bigger.size() - 1)] = std::move(ring_[seq & (ring_.size() - 1)]);
        ring_ = std::move(bigger);
    }

    std::vector<entry> ring_;  // size is 0 or a power of two; slot of a sequence number: its low bits
    std::uint64_t head_ = 0;   // oldest waiting entry
    std::uint64_t tail_ = 0;   // next to be given
    std::uint32_t in_flight_ = 0;
    protocol::packet_id oldest_id_ = 1;  // id_of(head_)
    protocol::packet_id next_id_ = 1;    // id_of(tail_)
};

}  // namespace tepore::session
