#include "broker/shard.hpp"

#include <algorithm>
#include <cassert>

namespace tepore::broker {

shard::shard(unsigned index, commons& shared, session_store& store, log_sink& log)
    : index_(index), shared_(shared), store_(store), log_(log), outgoing_(shared.shards), errands_(shared.shards) {
    assert(index < shared.shards && shared.shards <= shards_max);
}

shard::~shard() {
    connections_.for_each([this](connection& c) { c.out.clear(pool_); });
}

unsigned shard::owner_of(std::string_view client_id) const noexcept {
    // Unseeded: the owner must be the same on every shard and after every start.
    return static_cast<unsigned>(hash_bytes(client_id, 0) % shared_.shards);
}

void shard::start(monotonic now) {
    started_ = now;
    if (index_ == 0 && shared_.limits.sys_interval.count() != 0) publish_sys(now);
}

connection& shard::open(std::string_view peer, monotonic now) {
    const auto slot = connections_.make();
    auto& c = connections_[slot];
    c.slot = slot;
    c.serial = next_serial_++;
    c.peer = peer;
    c.last_packet = now;
    restart_timer(c);
    count().connections.add();
    count().connections_total.add();
    return c;
}

void shard::release(connection& c) {
    assert(c.session == nullptr);
    c.out.clear(pool_);
    if (c.dirty_at != 0) dirty_[c.dirty_at - 1] = nullptr;
    std::erase_if(authentication_requests_, [&](const auto& r) { return r.connection == &c; });
    count().connections.sub();
    connections_.destroy(c.slot);
}

connection* shard::find(connection_id id) noexcept {
    auto* c = connections_.find(id.slot);
    return c != nullptr && c->serial == id.serial ? c : nullptr;
}

void shard::closed(connection& c, monotonic now) {
    detach(c, true, now);
    release(c);
}

connection* shard::take_dirty() noexcept {
    while (dirty_taken_ < dirty_.size()) {
        auto* c = dirty_[dirty_taken_++];
        if (c == nullptr) continue;
        c->dirty_at = 0;
        return c;
    }
    dirty_.clear();
    dirty_taken_ = 0;
    return nullptr;
}

void shard::deliver(const std::vector<message_ref>& batch, monotonic now) {
    for (auto block : batch) {
        const auto m = block->view();
        route_local(m, block, route_of(m.topic), now);
    }
}

void shard::settled(monotonic now) {
    connections_.for_each([&](connection& c) {
        if (!c.held || c.held->empty()) return;
        while (!c.held->empty() && c.held->front().needs <= store_.settled()) {
            const auto ack = c.held->pop();
            std::ranges::copy(ack.bytes, c.out.append(ack.bytes.size(), pool_));
            if (ack.is_puback) --c.pubacks_held;
            touch(c);
        }
        if (c.state != connection_state::established) return;
        if (c.session->flow) pump(c, now);
        has_room(*c.session, now);
    });
}

}  // namespace tepore::broker
