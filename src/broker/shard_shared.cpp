// Shared subscriptions: what a shard does for those of its sessions that are members, and for what its clients publish to groups.
// shared_group.hpp tells how the shards agree.
#include <algorithm>

#include "broker/shard.hpp"

namespace tepore::broker {

using protocol::qos;
using tepore::session::phase;

namespace {

[[nodiscard]] auto place_of(std::vector<membership>& list, const shared_group& group) {
    return std::ranges::lower_bound(list, &group, std::less<>{}, [](const membership& one) -> const shared_group* { return one.group.get(); });
}

}  // namespace

/// The session's membership; null when it is no member, or there is no such session any more.
membership* shard::share_of(const shared_group& group, target who) noexcept {
    auto* s = sessions_.find(slot_of(who));
    if (s == nullptr || !s->shares) return nullptr;
    const auto at = place_of(s->shares->list, group);
    return at != s->shares->list.end() && at->group.get() == &group ? &*at : nullptr;
}

readiness shard::readiness_of(const session& s) const noexcept {
    const auto* c = s.connection;
    if (c == nullptr || c->state != connection_state::established) return readiness::away;
    if (!outbox_has_room(*c, shared_.limits.outbox_bytes_turn) || holds_qos_0_back(*c)) return readiness::busy;
    if (c->out.bytes() >= shared_.limits.outbox_bytes_high) return readiness::qos_0;
    if (s.flow && (!s.flow->queue.empty() || !window_open(*c, *s.flow, qos::exactly_once))) return readiness::qos_0;
    return readiness::all;
}

/// Makes known to all shards what the session can take; true when it is more than before.
bool shard::tell_readiness(session& s) noexcept {
    auto& state = *s.shares->state;
    const auto now = readiness_of(s);
    if (s.connection != nullptr) state.packet_bytes_max.store(s.connection->packet_bytes_max, std::memory_order_relaxed);
    return state.ready.exchange(now, std::memory_order_acq_rel) < now;
}

/// The same for whoever does not look into the groups' queues afterwards: more is not told, or what waits there would be overlooked.
void shard::tell_less(session& s) noexcept {
    auto& ready = s.shares->state->ready;  // written by this shard only
    if (const auto now = readiness_of(s); now < ready.load(std::memory_order_relaxed)) ready.store(now, std::memory_order_release);
}

bool shard::join(session& s, const protocol::shared_filter& which, subscription_terms terms) {
    if (!s.shares) s.shares = std::make_unique<session_shares>();
    tell_readiness(s);
    auto [group, existed] = shared_.subscriptions.join(which.group, which.filter, {s.self, terms, s.shares->state},
                                                       {shared_.limits.queue_messages_max, shared_.limits.queue_bytes_max});
    subscription_note note{{}, group};
    append_identifier(note.identifiers, terms.identifier());
    auto& list = s.shares->list;
    auto at = place_of(list, *group);
    if (!existed) at = list.insert(at, membership{});
    *at = {std::move(group), terms, note_ref::make(std::move(note))};
    return existed;
}

bool shard::leave(session& s, const protocol::shared_filter& which) {
    const auto group = shared_.subscriptions.leave(which.group, which.filter, s.self);
    if (group) s.shares->list.erase(place_of(s.shares->list, *group));
    return group != nullptr;
}

/// The session ends. QoS 1 messages of a group that it has not acknowledged go to other members; one of QoS 2 is never given to another once it was
/// sent [MQTT5-4.8.2-5].
void shard::leave_all(session& s, monotonic now) {
    if (!s.shares) return;
    for (const auto& one : s.shares->list) shared_.subscriptions.leave(*one.group, s.self);
    s.shares->list.clear();
    if (!s.flow) return;

    struct orphan {
        std::shared_ptr<shared_group> group;
        message_ref message;
    };
    std::vector<orphan> orphans;
    s.flow->window.for_each([&](protocol::packet_id, auto& e) {
        if (e.phase == phase::awaiting_puback && e.item.note && e.item.note->group && e.item.message->expires() > now)
            orphans.push_back({e.item.note->group, e.item.message});
    });
    // Each to the front, the last one first: their order stays.
    std::ranges::reverse(orphans);
    std::erase_if(orphans, [](const orphan& one) { return !one.group->put_back(one.message); });
    for (const auto& one : orphans) {
        store_.shared_queued(*one.group, one.message);
        fetch(one.group, one.group->next_fetcher(now), now);
    }
}

/// A message is published to the groups of `r`.
void shard::share(const message_view& m, message_ref& block, const route& r, monotonic now) {
    if (!block) block = message_ref::make(m);
    for (const auto& group : r.groups) {
        if (m.qos == qos::at_most_once) {
            share_qos_0(group, block, now);
            continue;
        }
        if (memory_ == memory_state::full && group->waiting() != 0) {  // its members do not keep up
            count().publishes_dropped.add();
            ++strain_.behind;
            continue;
        }
        const auto put = group->put(block, now);
        if (put.kept) {
            promise_ = std::max(promise_, store_.shared_queued(*group, block));
            fetch(group, put.fetches, now);
        } else {
            count().publishes_dropped.add();
            if (put.full) {
                ++strain_.behind;
                log_.write(log_level::warning, "the queue of the shared subscription '$share/" + group->name + '/' + group->filter +
                                                   "' is full: further messages for it are dropped");
            }
        }
    }
}

/// `who` takes one of the waiting messages, or the next member that can. Who cannot is not asked again: it takes them when it has room (has_room()).
void shard::fetch(const std::shared_ptr<shared_group>& group, target who, monotonic now) {
    while (who != no_target) {
        if (shard_of(who) != index_) {
            errands_[shard_of(who)].push_back({group, who, {}});
            return;
        }
        if (fetch_one(*group, who, now)) return;
        who = group->next_fetcher(now);
    }
}

bool shard::fetch_one(shared_group& group, target who, monotonic now) {
    const auto* mine = share_of(group, who);
    if (mine == nullptr) return false;
    auto& s = sessions_[slot_of(who)];
    tell_less(s);
    std::size_t dropped = 0;
    const auto m = group.take(who, now, dropped);
    count().publishes_dropped.add(dropped);
    if (!m) return false;
    const auto q = std::min(m->qos(), mine->terms.qos());
    store_.shared_taken(group, m);
    if (q != qos::at_most_once && s.persistent()) promise_ = std::max(promise_, store_.queued(s, m, q));
    send_new(*s.connection, {m, mine->note, q, mine->terms.retain_as_published() && m->view().retain}, now);
    return true;
}

/// The session has room: it takes from its groups in turn until it has none, or nothing waits.
void shard::fetch_waiting(session& s, monotonic now) {
    auto& shares = *s.shares;
    for (std::size_t without = 0; without < shares.list.size();) {
        if (readiness_of(s) < readiness::qos_0) return;
        const auto group = shares.list[shares.next_turn++ % shares.list.size()].group;
        without = fetch_one(*group, s.self, now) ? 0 : without + 1;
    }
}

/// QoS 0 is for those who are there, one of them.
void shard::share_qos_0(const std::shared_ptr<shared_group>& group, const message_ref& block, monotonic now) {
    for (;;) {
        bool there = false;
        const auto who = group->choose(block->view(), there);
        if (who == no_target) {
            if (there) count().publishes_dropped.add();
            return;
        }
        if (shard_of(who) != index_) {
            errands_[shard_of(who)].push_back({group, who, block});
            return;
        }
        if (give_qos_0(group, who, block, now)) return;
    }
}

bool shard::give_qos_0(const std::shared_ptr<shared_group>& group, target who, const message_ref& block, monotonic now) {
    const auto* mine = share_of(*group, who);
    if (mine == nullptr) return false;
    auto& s = sessions_[slot_of(who)];
    tell_less(s);
    if (readiness_of(s) < readiness::qos_0) return false;
    const auto m = block->view();
    write_publish(*s.connection, m, block, mine->note.get(), qos::at_most_once, mine->terms.retain_as_published() && m.retain, false, 0, now);
    return true;
}

void shard::run(const std::vector<errand>& batch, monotonic now) {
    for (const auto& e : batch) {
        if (!e.message)
            fetch(e.group, e.member, now);
        else if (e.message->too_late(now))  // [MQTT5-3.3.2-5]
            continue;
        else if (!give_qos_0(e.group, e.member, e.message, now))
            share_qos_0(e.group, e.message, now);
    }
}

}  // namespace tepore::broker
