#include "broker/shard.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "broker/message_memory.hpp"

namespace tepore::broker {

shard::shard(unsigned index, commons& shared, session_store& store, log_sink& log)
    : index_(index),
      shared_(shared),
      statistics_(shared.statistics[index]),
      load_(shared.loads[index]),
      store_(store),
      log_(log),
      outgoing_(shared.shards),
      errands_(shared.shards) {
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
    return c;
}

void shard::release(connection& c) {
    assert(c.session == nullptr);
    c.out.clear(pool_);
    if (c.put_off) end_put_off(c);
    slow_ -= c.slow;
    dirty_.remove(c);
    std::erase_if(authentication_requests_, [&](const auto& r) { return r.connection == &c; });
    count().connections.sub();
    connections_.destroy(c.slot);
}

connection* shard::find(connection_id id) noexcept {
    auto* c = connections_.find(id.slot);
    return c != nullptr && c->serial == id.serial ? c : nullptr;
}

void shard::closed(connection& c, monotonic now) {
    if (c.put_off) {  // it had sent this before it went, perhaps a DISCONNECT
        last_words_ = true;
        go_on(c, now);
        last_words_ = false;
    }
    detach(c, true, now);
    release(c);
}

std::size_t shard::deliver(std::span<crossing> batch, monotonic now) {
    judge_memory_again();
    strains_.assign(shared_.shards, {});
    const auto before = deliveries_;  // looking for routes is counted there
    std::size_t deliveries = 0;
    std::size_t taken = 0;
    // A run is a quarter of a turn at most, so that at least a quarter is left for what its own clients publish.
    while (taken < batch.size() && deliveries + (deliveries_ - before) < shared_.limits.turn_deliveries_max / 2) {
        auto& one = batch[taken++];
        auto block = one.take();
        const auto m = block->view();
        const auto run = one.is_run() ? one.run(m) : alike{};
        if (block->too_late(now)) [[unlikely]] {  // it had to wait for this shard [MQTT5-3.3.2-5]
            ++deliveries;
            continue;
        }
        const auto& r = route_of(one.is_run() ? run.topic() : m.topic);
        deliveries += one.messages() * (1 + r.local.size());
        payload_bytes_since_judged_ += m.payload.size();
        const auto from = m.publisher == no_target ? index_ : shard_of(m.publisher);
        strain_ = strains_[from];
        strain_.tried += one.messages() * r.local.size();
        if (one.is_run())
            pass_on(m.publisher, run, r, now);
        else
            route_local(m, block, r, now);
        strains_[from] = strain_;
    }
    deliveries_ += deliveries;
    for (unsigned from = 0; from < shared_.shards; ++from) {
        if (strains_[from].tried < shared_.limits.share_deliveries) continue;
        if (const auto pause = pause_for(strains_[from], 1); pause != duration::zero())
            load_.strained_until[from].set(static_cast<std::uint64_t>(in_ns(now + pause)));
    }
    return taken;
}

void shard::judge_memory() {
    deliveries_since_judged_ = payload_bytes_since_judged_ = 0;
    const auto used = waiting_bytes();
    const auto all = shared_.limits.waiting_bytes_max;
    // Full until there is some room again, so that not every byte changes it.
    const bool full = used >= (memory_ == memory_state::full ? all - all / 16 : all);
    memory_ = full ? memory_state::full : used >= all / 4 * 3 ? memory_state::scarce : memory_state::free;
    if (memory_ == memory_state::free) full_told_ = false;
    if (full && !std::exchange(full_told_, true))
        log_.write(log_level::warning, "what waits for clients has reached its " + std::to_string(all) +
                                           " bytes: messages for clients that do not keep up are dropped until there is room again");
}

/// Of all shards; of the others as they told last.
std::size_t shard::waiting_bytes() const noexcept {
    const auto messages = message_bytes();
    const auto retained = shared_.retained.allocated_bytes();  // has a limit of its own
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
