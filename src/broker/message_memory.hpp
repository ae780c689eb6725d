// Memory for messages. A message that waits for somebody lives for a moment, and where one does, hundreds do at a time: more than what malloc has at
// hand without a lock. So a thread keeps the blocks that were let go on it for the next messages that it makes.
#pragma once

#include <cstddef>

namespace tepore::broker {

/// Blocks of up to so many bytes are kept: PUBLISH packets of the usual size. What is larger is malloc's.
inline constexpr std::size_t message_block_kept_max = 512;
/// A thread keeps so many bytes at most, beyond what limits::waiting_bytes_max counts: seven thousand messages of a hundred bytes, as many as a
/// hundred busy clients have waiting at a time.
inline constexpr std::size_t message_bytes_kept_max = 1024 * 1024;

/// What a message of `size` bytes takes of malloc's memory, with its own word, and in its steps.
[[nodiscard]] constexpr std::size_t message_allocated(std::size_t size) noexcept {
    return (size + sizeof(std::size_t) + 15) & ~std::size_t{15};
}

/// For a message of `size` bytes. Throws std::bad_alloc.
[[nodiscard]] void* take_message_memory(std::size_t size);
/// What was taken with this `size`, on this thread or another.
void give_message_memory(void* block, std::size_t size) noexcept;

/// What this thread keeps.
[[nodiscard]] std::size_t message_bytes_kept() noexcept;

/// Memory of all messages there are, as malloc gives it out, without what is kept. Any thread; while others make and drop messages, about.
[[nodiscard]] std::size_t message_bytes() noexcept;

}  // namespace tepore::broker
