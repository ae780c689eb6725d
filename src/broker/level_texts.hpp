// The texts of topic levels, each stored once however many nodes of a tree use it, and named by a number. Most are short ("kitchen", "temp", a
// device's number): up to 15 bytes stand in the entry itself, which has 20; only longer ones have memory of their own. Threads: none of its own; the
// owner locks.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/chunked_array.hpp"
#include "base/hash.hpp"
#include "base/index_table.hpp"

namespace tepore::broker {

using level_id = std::uint32_t;
inline constexpr level_id no_level = index_table::none;
// The wildcards are always there, so that nobody needs to compare texts to know them.
inline constexpr level_id plus_level = 0;
inline constexpr level_id hash_level = 1;

class level_texts {
public:
    level_texts();
    ~level_texts();
    level_texts(const level_texts&) = delete;
    level_texts& operator=(const level_texts&) = delete;

    /// no_level when nobody uses this text.
    [[nodiscard]] level_id find(std::string_view text) const noexcept {
        return index_.find(hash_bytes(text, seed_), [&](level_id id) { return entries_[id].view() == text; });
    }
    /// Valid while the text is used.
    [[nodiscard]] std::string_view operator[](level_id id) const noexcept { return entries_[id].view(); }

    /// One more user of the text.
    level_id use(std::string_view text);
    /// One user less; with the last one the text is forgotten.
    void release(level_id id) noexcept;

private:
    struct entry {
        static constexpr std::uint8_t elsewhere = 0xff;
        std::uint32_t users = 0;  // of a free entry: the next free one
        std::uint8_t size = 0;    // elsewhere: `bytes` has a pointer, and then 32 bits of size
        char bytes[15]{};

        [[nodiscard]] std::string_view view() const noexcept;
        void set(std::string_view text);
        void reset() noexcept;
    };
    static_assert(sizeof(entry) == 20);

    [[nodiscard]] auto hash_of() const noexcept {
        return [this](level_id id) { return hash_bytes(entries_[id].view(), seed_); };
    }

    chunked_array<entry> entries_;
    level_id free_ = no_level;
    index_table index_;
    std::uint64_t seed_ = hash_seed();
};

inline std::string_view level_texts::entry::view() const noexcept {
    if (size != elsewhere) [[likely]]
        return {bytes, size};
    const char* text;
    std::uint32_t length;
    std::memcpy(&text, bytes, sizeof text);
    std::memcpy(&length, bytes + sizeof text, sizeof length);
    return {text, length};
}

}  // namespace tepore::broker
