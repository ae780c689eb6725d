#include "broker/level_texts.hpp"

#include <cassert>
#include <memory>

namespace tepore::broker {

void level_texts::entry::set(std::string_view text) {
    if (text.size() <= sizeof bytes) {
        size = static_cast<std::uint8_t>(text.size());
        if (!text.empty()) std::memcpy(bytes, text.data(), text.size());
        return;
    }
    auto copy = std::make_unique_for_overwrite<char[]>(text.size());
    std::memcpy(copy.get(), text.data(), text.size());
    const char* at = copy.release();
    const auto length = static_cast<std::uint32_t>(text.size());
    std::memcpy(bytes, &at, sizeof at);
    std::memcpy(bytes + sizeof at, &length, sizeof length);
    size = elsewhere;
}

void level_texts::entry::reset() noexcept {
    if (size == elsewhere) delete[] view().data();
    size = 0;
}

level_texts::level_texts() {
    [[maybe_unused]] const auto plus = use("+");
    [[maybe_unused]] const auto hash = use("#");
    assert(plus == plus_level && hash == hash_level);
}

level_texts::~level_texts() {
    for (std::size_t id = 0; id < entries_.size(); ++id) entries_[id].reset();
}

level_id level_texts::use(std::string_view text) {
    auto id = find(text);
    if (id == no_level) {
        if (free_ == no_level) {
            id = static_cast<level_id>(entries_.size());
            entries_.add();
        } else {
            id = free_;
            free_ = entries_[id].users;
        }
        entries_[id].set(text);
        entries_[id].users = 0;
        index_.insert(hash_bytes(text, seed_), id, hash_of());
    }
    ++entries_[id].users;
    return id;
}

void level_texts::release(level_id id) noexcept {
    auto& e = entries_[id];
    assert(e.users != 0);
    if (--e.users != 0) return;
    index_.erase(hash_bytes(e.view(), seed_), id, hash_of());
    e.reset();
    e.users = free_;
    free_ = id;
}

}  // namespace tepore::broker
