#include "broker/shard.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

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
    if (c.put_off) {
        --put_offs_;
        waiting_.put_off -= c.partial.size();
    }
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

std::size_t shard::deliver(std::span<const message_ref> batch, monotonic now) {
    const auto before = deliveries_;
    strain_ = {};
    std::size_t taken = 0;
    while (taken < batch.size()) {
        auto block = batch[taken++];
        const auto m = block->view();
        const auto& r = route_of(m.topic);
        deliveries_ += 1 + r.local.size();
        route_local(m, block, r, now);
        if (deliveries_ - before >= shared_.limits.share_deliveries && deliveries_ >= shared_.limits.turn_deliveries_max) break;
    }
    if (strain_.crowded || strain_.refused > (deliveries_ - before) / 2)
        count().strained_until.set(static_cast<std::uint64_t>(in_ns(now + shared_.limits.slow_down)));
    return taken;
}

/// Memory is looked at after as many deliveries as one turn may have, which cannot take much of it; always while it is scarce.
void shard::turn_over() {
    deliveries_since_judged_ += std::exchange(deliveries_, 0);
    if (deliveries_since_judged_ < shared_.limits.turn_deliveries_max && memory_ == memory_state::free) return;
    deliveries_since_judged_ = 0;
    judge_memory();
}

void shard::judge_memory() {
    const auto used = waiting_bytes();
    const auto all = shared_.limits.waiting_bytes_max;
    const auto was = std::exchange(memory_, used >= all ? memory_state::full : used >= all / 4 * 3 ? memory_state::scarce : memory_state::free);
    if (memory_ == memory_state::full && was != memory_state::full)
        log_.write(log_level::warning, "what waits for clients has reached its " + std::to_string(all) + " bytes");
}

/// Of all shards; of the others as they told last.
std::size_t shard::waiting_bytes() {
    count().waiting_bytes.set(pool_.bytes_in_use() + waiting_.queues + waiting_.put_off);
    const auto messages = message_bytes();
    const auto retained = shared_.retained.bytes();  // has a limit of its own
    auto sum = messages - std::min(messages, retained);
    for (const auto& one : shared_.statistics) sum += one.waiting_bytes.get();
    return sum;
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
