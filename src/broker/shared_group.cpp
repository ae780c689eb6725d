#include "broker/shared_group.hpp"

#include <algorithm>

#include "protocol/wire.hpp"

namespace tepore::broker {

using protocol::qos;

namespace {

/// Bytes of a PUBLISH of 5.0; one of 3.1.1 is smaller, and nobody there has said what is too much.
[[nodiscard]] std::size_t publish_bytes(const message_view& m, qos q, std::uint32_t identifier) noexcept {
    const auto properties =
        m.properties.bytes().size() + (m.expires != never ? 5u : 0u) + (identifier != 0 ? 1u + protocol::varint_size(identifier) : 0u);
    const auto remaining = 2 + m.topic.size() + (q != qos::at_most_once ? 2u : 0u) + protocol::varint_size(static_cast<std::uint32_t>(properties)) +
                           properties + m.payload.size();
    return 1 + protocol::varint_size(static_cast<std::uint32_t>(remaining)) + remaining;
}

[[nodiscard]] readiness ready(const group_member& m) noexcept {
    return m.state->ready.load(std::memory_order_acquire);
}

[[nodiscard]] bool fits(const group_member& to, const message_view& m) noexcept {
    return publish_bytes(m, std::min(m.qos, to.terms.qos()), to.terms.identifier()) <= to.state->packet_bytes_max.load(std::memory_order_relaxed);
}

[[nodiscard]] bool takes_now(const group_member& to, const message_view& m) noexcept {
    const auto needed = std::min(m.qos, to.terms.qos()) == qos::at_most_once ? readiness::qos_0 : readiness::all;
    return ready(to) >= needed && fits(to, m);
}

/// Whether a QoS 1 or 2 message waits for this member. Who is away may come back and take larger packets; at QoS 0 nothing waits.
[[nodiscard]] bool waits_for(const group_member& to, const message_view& m) noexcept {
    return to.terms.qos() != qos::at_most_once && (ready(to) == readiness::away || fits(to, m));
}

}  // namespace

bool shared_group::add(group_member m) {
    const std::scoped_lock guard(lock_);
    const auto at = std::ranges::lower_bound(members_, m.target, {}, &group_member::target);
    if (at != members_.end() && at->target == m.target) {
        *at = std::move(m);
        return false;
    }
    members_.insert(at, std::move(m));
    return true;
}

bool shared_group::remove(target who) {
    const std::scoped_lock guard(lock_);
    const auto at = std::ranges::lower_bound(members_, who, {}, &group_member::target);
    if (at == members_.end() || at->target != who) return false;
    members_.erase(at);
    if (members_.empty()) {
        queue_ = {};
        queue_bytes_ = 0;
    }
    return true;
}

bool shared_group::has(target who) const {
    const std::scoped_lock guard(lock_);
    return std::ranges::binary_search(members_, who, {}, &group_member::target);
}

bool shared_group::empty() const {
    const std::scoped_lock guard(lock_);
    return members_.empty();
}

std::size_t shared_group::waiting() const {
    const std::scoped_lock guard(lock_);
    return queue_.size();
}

/// Round robin over those that can take it. REQUIRES the lock.
target shared_group::turn(const message_view& m) {
    const auto after = std::ranges::upper_bound(members_, last_, {}, &group_member::target) - members_.begin();
    const auto first = last_ == no_target ? 0u : static_cast<std::size_t>(after);
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const auto& one = members_[(first + i) % members_.size()];
        if (takes_now(one, m)) return last_ = one.target;
    }
    return no_target;
}

/// No member takes it, now or later. REQUIRES the lock.
bool shared_group::hopeless(const message_view& m) const {
    return std::ranges::none_of(members_, [&](const auto& one) { return takes_now(one, m) || waits_for(one, m); });
}

void shared_group::pop(std::deque<message_ref>::iterator at) {
    queue_bytes_ -= (*at)->bytes();
    queue_.erase(at);
    full_told_ = false;
}

void shared_group::drop_expired(monotonic now) {
    while (!queue_.empty() && queue_.front()->expires() <= now) pop(queue_.begin());
}

shared_group::put_result shared_group::put(message_ref m, monotonic now) {
    const std::scoped_lock guard(lock_);
    put_result result;
    const auto view = m->view();
    result.fetches = turn(view);
    if (result.fetches == no_target && hopeless(view)) return result;
    drop_expired(now);
    if (queue_.size() >= limits_.messages_max || queue_bytes_ + m->bytes() > limits_.bytes_max) {
        result.full = !std::exchange(full_told_, true);
        result.fetches = no_target;
        return result;
    }
    result.kept = true;
    queue_bytes_ += m->bytes();
    queue_.push_back(std::move(m));
    return result;
}

bool shared_group::put_back(message_ref m) {
    const std::scoped_lock guard(lock_);
    if (members_.empty()) return false;
    queue_bytes_ += m->bytes();
    queue_.push_front(std::move(m));
    return true;
}

message_ref shared_group::take(target who, monotonic now, std::size_t& dropped) {
    const std::scoped_lock guard(lock_);
    const auto me = std::ranges::lower_bound(members_, who, {}, &group_member::target);
    if (me == members_.end() || me->target != who) return {};
    drop_expired(now);
    std::size_t looked_at = 0;
    for (auto at = queue_.begin(); at != queue_.end() && looked_at < entries_looked_at_max; ++looked_at) {
        const auto view = (*at)->view();
        if (view.expires > now && takes_now(*me, view)) {
            auto m = *at;
            pop(at);
            return m;
        }
        if (view.expires > now && !hopeless(view)) {
            ++at;
            continue;
        }
        if (view.expires > now) ++dropped;
        const auto place = at - queue_.begin();
        pop(at);
        at = queue_.begin() + place;
    }
    return {};
}

target shared_group::next_fetcher(monotonic now) {
    const std::scoped_lock guard(lock_);
    drop_expired(now);
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), entries_looked_at_max));
    for (auto at = queue_.begin(); at != end; ++at)
        if (const auto who = turn((*at)->view()); who != no_target) return who;
    return no_target;
}

target shared_group::choose(const message_view& m, bool& there) {
    const std::scoped_lock guard(lock_);
    there = std::ranges::any_of(members_, [](const auto& one) { return ready(one) != readiness::away; });
    return turn(m);
}

}  // namespace tepore::broker
