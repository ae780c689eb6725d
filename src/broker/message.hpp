// A published message: one immutable block of memory with a reference count. However many sessions wait for it, there is one copy; of one that has
// crossed to other shards in a run (crossing.hpp), one on each. What differs by receiver (QoS, packet identifier, retain) is kept by the receiver.
// Threads: the block is never written after make(); references may be dropped on any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "broker/message_memory.hpp"
#include "protocol/property.hpp"
#include "protocol/types.hpp"

namespace tepore::broker {

/// Names a session across shards: 6 bits of shard, 26 bits of slot. 0xffffffff names none.
using target = std::uint32_t;
inline constexpr target no_target = 0xffff'ffff;
inline constexpr unsigned shards_max = 63;  // so that no_target names no shard
[[nodiscard]] constexpr target make_target(unsigned shard, std::uint32_t slot) noexcept {
    return shard << 26 | slot;
}
[[nodiscard]] constexpr unsigned shard_of(target t) noexcept {
    return t >> 26;
}
[[nodiscard]] constexpr std::uint32_t slot_of(target t) noexcept {
    return t & 0x03ff'ffff;
}
inline constexpr std::uint32_t sessions_per_shard_max = 1u << 26;

/// A message as views: what a PUBLISH says of it, without what is particular to one hop.
struct message_view {
    std::string_view topic;
    protocol::property_view properties;  // only those that travel with the message; no alias, no expiry
    byte_view payload;
    protocol::qos qos{};
    bool retain = false;
    monotonic expires = never;
    target publisher = no_target;  // for No Local
    std::uint32_t expiry_s = 0;    // as it was given: never is more left, also by a clock that was read before the publisher's
};

/// 16 bytes, and what the message consists of: an expiry and a size of properties only where there are any, topic, properties, payload.
class message {
public:
    [[nodiscard]] message_view view() const noexcept {
        const auto* at = expiry_place();
        std::uint32_t expiry_s = 0;
        if (expires_) {
            std::memcpy(&expiry_s, at + sizeof(monotonic), sizeof expiry_s);
            at += expiry_bytes;
        }
        std::uint32_t property_bytes = 0;
        if (has_properties_) {
            std::memcpy(&property_bytes, at, sizeof property_bytes);
            at += sizeof property_bytes;
        }
        return {{reinterpret_cast<const char*>(at), topic_bytes_},
                protocol::property_view({at + topic_bytes_, property_bytes}),
                {at + topic_bytes_ + property_bytes, payload_bytes_},
                qos_,
                retain_,
                expires(),
                publisher_,
                expiry_s};
    }
    [[nodiscard]] monotonic expires() const noexcept {
        monotonic when = never;
        if (expires_) std::memcpy(&when, expiry_place(), sizeof when);
        return when;
    }
    /// It had time, and has waited longer. One that had none may still go where it does not wait.
    [[nodiscard]] bool too_late(monotonic now) const noexcept { return expires_ && expires() <= now && view().expiry_s != 0; }
    [[nodiscard]] protocol::qos qos() const noexcept { return qos_; }
    /// What one message costs in memory, for quotas.
    [[nodiscard]] std::size_t bytes() const noexcept {
        if (!expires_ && !has_properties_) [[likely]]  // asked for at every step of a message through a queue
            return sizeof(message) + topic_bytes_ + payload_bytes_;
        return bytes_of(view());
    }

    /// Of its block, as malloc gives it out.
    [[nodiscard]] std::size_t allocated_bytes() const noexcept { return message_allocated(bytes()); }

private:
    friend class message_ref;
    message() = default;

    static constexpr std::size_t expiry_bytes = sizeof(monotonic) + sizeof(std::uint32_t);
    [[nodiscard]] static std::size_t bytes_of(const message_view& m) noexcept {
        const auto properties = m.properties.bytes().size();
        return sizeof(message) + (m.expires != never ? expiry_bytes : 0u) + (properties != 0 ? sizeof(std::uint32_t) : 0u) + m.topic.size() +
               properties + m.payload.size();
    }
    [[nodiscard]] const std::uint8_t* expiry_place() const noexcept { return reinterpret_cast<const std::uint8_t*>(this + 1); }

    std::atomic<std::uint32_t> references_{1};
    std::uint32_t payload_bytes_ = 0;
    target publisher_ = no_target;
    std::uint16_t topic_bytes_ = 0;
    protocol::qos qos_{};
    bool retain_ : 1 = false;
    bool expires_ : 1 = false;
    bool has_properties_ : 1 = false;
};
static_assert(sizeof(message) == 16);

/// An owning pointer to a message, or nothing.
class message_ref {
public:
    message_ref() noexcept = default;
    [[nodiscard]] static message_ref make(const message_view& m);
    message_ref(const message_ref& other) noexcept : block_(other.block_) {
        if (block_ != nullptr) block_->references_.fetch_add(1, std::memory_order_relaxed);
    }
    message_ref(message_ref&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    message_ref& operator=(message_ref other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~message_ref() {
        if (block_ != nullptr) release();
    }

    [[nodiscard]] explicit operator bool() const noexcept { return block_ != nullptr; }
    /// The message, if there is one, will be read soon: its first bytes may be on their way from memory meanwhile.
    void prefetch() const noexcept {
        if (block_ == nullptr) return;
        __builtin_prefetch(block_);
        __builtin_prefetch(reinterpret_cast<const char*>(block_) + 64);
    }
    [[nodiscard]] const message* operator->() const noexcept { return block_; }
    [[nodiscard]] const message& operator*() const noexcept { return *block_; }

private:
    void release() noexcept;
    message* block_ = nullptr;
};

}  // namespace tepore::broker
