// What goes from one shard to another: a message, or a run of packets that go on as they came, in one block.
// Threads: made on one shard's thread, used up on the other's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "broker/alike.hpp"
#include "broker/message.hpp"

namespace tepore::broker {

class crossing {
public:
    crossing() = default;
    explicit crossing(message_ref message) noexcept : block_(std::move(message)) {}
    /// A copy of the packets.
    crossing(const alike& all, target publisher)
        : block_(message_ref::make({{}, {}, all.packets, all.qos, false, never, publisher})),
          packets_(static_cast<std::uint16_t>(all.count())),
          size_(all.size),
          head_(all.head),
          version_(all.version) {}

    /// Also of one that was used up.
    [[nodiscard]] std::size_t messages() const noexcept { return packets_ != 0 ? packets_ : 1; }
    [[nodiscard]] bool is_run() const noexcept { return packets_ != 0; }
    /// The packets. REQUIRES is_run(), and that `m` is what take() has given, which holds them.
    [[nodiscard]] alike run(const message_view& m) const noexcept { return {m.payload, size_, head_, m.qos, version_}; }
    /// The message; of a run, a message in which the packets are, and only they, QoS and publisher mean something.
    [[nodiscard]] message_ref take() noexcept { return std::move(block_); }

private:
    message_ref block_;
    std::uint16_t packets_ = 0;  // 0: no run
    std::uint16_t size_ = 0;     // size, head and version: see alike
    std::uint16_t head_ = 0;
    protocol::version version_{};
};
static_assert(sizeof(crossing) == 16);

[[nodiscard]] inline std::size_t messages_in(std::span<const crossing> batch) noexcept {
    std::size_t sum = 0;
    for (const auto& one : batch) sum += one.messages();
    return sum;
}

}  // namespace tepore::broker
