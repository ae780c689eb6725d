#include "broker/message.hpp"

#include <cstring>
#include <new>

#include "broker/message_memory.hpp"

namespace tepore::broker {

message_ref message_ref::make(const message_view& m) {
    const auto properties = m.properties.bytes();
    const auto property_bytes = static_cast<std::uint32_t>(properties.size());
    const auto size = message::bytes_of(m);
    auto* block = ::new (take_message_memory(size)) message;  // header and bytes in one piece
    block->payload_bytes_ = static_cast<std::uint32_t>(m.payload.size());
    block->topic_bytes_ = static_cast<std::uint16_t>(m.topic.size());
    block->publisher_ = m.publisher;
    block->qos_ = m.qos;
    block->retain_ = m.retain;
    block->expires_ = m.expires != never;
    block->has_properties_ = property_bytes != 0;
    auto* at = reinterpret_cast<std::uint8_t*>(block + 1);
    const auto append = [&at](const void* from, std::size_t count) {
        if (count != 0) std::memcpy(at, from, count);
        at += count;
    };
    if (block->expires_) {
        append(&m.expires, sizeof m.expires);
        append(&m.expiry_s, sizeof m.expiry_s);
    }
    if (block->has_properties_) append(&property_bytes, sizeof property_bytes);
    append(m.topic.data(), m.topic.size());
    append(properties.data(), properties.size());
    append(m.payload.data(), m.payload.size());
    message_ref ref;
    ref.block_ = block;
    return ref;
}

void message_ref::release() noexcept {
    // Who has the only reference there is need not take it away: nobody can add another.
    if (block_->references_.load(std::memory_order_acquire) != 1 && block_->references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    const auto size = block_->bytes();
    block_->~message();
    give_message_memory(block_, size);
}

}  // namespace tepore::broker
