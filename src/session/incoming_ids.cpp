#include "session/incoming_ids.hpp"

namespace tepore::session {
namespace {

constexpr std::uint64_t bit(protocol::packet_id id) noexcept {
    return std::uint64_t{1} << (id % 64);
}

}  // namespace

bool incoming_ids::insert(protocol::packet_id id) {
    if (!table_) table_ = std::make_unique<table>();
    auto& p = table_->pages[id / page_bits];
    if (!p) p = std::make_unique<page>();
    auto& word = p->words[id % page_bits / 64];
    if ((word & bit(id)) != 0) return false;
    word |= bit(id);
    ++p->used;
    ++table_->size;
    return true;
}

bool incoming_ids::erase(protocol::packet_id id) noexcept {
    if (!contains(id)) return false;
    auto& p = table_->pages[id / page_bits];
    p->words[id % page_bits / 64] &= ~bit(id);
    --table_->size;
    // The last page stays while the flow goes on; a page that others left behind is given back.
    if (--p->used == 0 && table_->size != 0) p.reset();
    return true;
}

bool incoming_ids::contains(protocol::packet_id id) const noexcept {
    if (!table_) return false;
    const auto& p = table_->pages[id / page_bits];
    return p && (p->words[id % page_bits / 64] & bit(id)) != 0;
}

void incoming_ids::clear() noexcept {
    table_.reset();
}

}  // namespace tepore::session
