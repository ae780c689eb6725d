#include "net/ticket_keys.hpp"

#include <algorithm>

namespace tepore::net {

ticket_key ticket_keys::for_new_tickets(monotonic now) {
    const std::scoped_lock guard(lock_);
    rotate(now);
    if (!newest_) newest_ = held{make_(), now + ticket_key_life};
    return newest_->key;
}

std::optional<ticket_keys::found> ticket_keys::find(byte_view name, monotonic now) {
    const std::scoped_lock guard(lock_);
    rotate(now);
    for (const auto* one : {&newest_, &older_}) {
        if (*one && std::ranges::equal((*one)->key.name, name)) return found{(*one)->key, one == &newest_};
    }
    return std::nullopt;
}

void ticket_keys::rotate(monotonic now) {
    if (newest_ && newest_->until <= now) {
        older_ = std::exchange(newest_, std::nullopt);
        older_->until += ticket_key_life;
    }
    if (older_ && older_->until <= now) older_.reset();
}

}  // namespace tepore::net
