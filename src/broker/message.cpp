#include "broker/message.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

namespace tepore::broker {
namespace {

/// Threads count for themselves, so that counting makes none wait; a message may be dropped on another thread than made it, so one count alone says
/// nothing.
struct alignas(64) thread_count {
    std::atomic<std::int64_t> bytes{0};
};
constexpr std::size_t counts_max = 32;  // with more threads, some share one
constinit std::array<thread_count, counts_max> counts;
constinit std::atomic<std::size_t> counting_threads{0};

void count_bytes(std::int64_t bytes) noexcept {
    thread_local auto& own = counts[counting_threads.fetch_add(1, std::memory_order_relaxed) % counts_max];
    own.bytes.fetch_add(bytes, std::memory_order_relaxed);
}

}  // namespace

std::size_t message_bytes() noexcept {
    std::int64_t sum = 0;
    for (const auto& one : counts) sum += one.bytes.load(std::memory_order_relaxed);
    return static_cast<std::size_t>(std::max<std::int64_t>(sum, 0));
}

message_ref message_ref::make(const message_view& m) {
    const auto properties = m.properties.bytes();
    const auto property_bytes = static_cast<std::uint32_t>(properties.size());
    const auto size = message::bytes_of(m);
    void* memory = std::malloc(size);  // header and bytes in one block: the one place where a message gets its memory
    if (memory == nullptr) throw std::bad_alloc();
    count_bytes(static_cast<std::int64_t>(message::allocated(size)));
    auto* block = ::new (memory) message;
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
    if (block->expires_) append(&m.expires, sizeof m.expires);
    if (block->has_properties_) append(&property_bytes, sizeof property_bytes);
    append(m.topic.data(), m.topic.size());
    append(properties.data(), properties.size());
    append(m.payload.data(), m.payload.size());
    message_ref ref;
    ref.block_ = block;
    return ref;
}

void message_ref::release() noexcept {
    if (block_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        count_bytes(-static_cast<std::int64_t>(block_->allocated_bytes()));
        block_->~message();
        std::free(block_);
    }
}

}  // namespace tepore::broker
