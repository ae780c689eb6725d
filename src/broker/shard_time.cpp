// Deadlines. One heap of timers; a connection has exactly one in it for its deadline, which is looked at when it is due and set again for what the
// deadline has become meanwhile, so that a packet costs no timer work at all; and one more while it is put off.
#include <algorithm>
#include <string>

#include "broker/shard.hpp"
#include "protocol/topic.hpp"

namespace tepore::broker {

namespace {

/// How long a closing connection may take to accept its last bytes.
constexpr std::chrono::seconds linger{5};

/// Below this many timers a clean-up is not worth it.
constexpr std::size_t stale_timers_kept = 1'024;

}  // namespace

/// Whether the connection or session still waits for this timer; a later one may have taken its place.
bool shard::counts(const timer& t) const noexcept {
    if (t.kind == timer_kind::sys) return true;
    if (t.kind == timer_kind::connection) {
        const auto* c = connections_.find(t.slot);
        return c != nullptr && c->generation == t.generation;
    }
    if (t.kind == timer_kind::put_off) {
        const auto* c = connections_.find(t.slot);
        return c != nullptr && c->serial == t.generation && c->put_off;
    }
    const auto* s = sessions_.find(t.slot);
    return s != nullptr && s->connection == nullptr && s->deadline() == t.when;
}

void shard::set_timer(timer t) {
    // Timers that no longer count stay until they are due, which may be a day away; when they are the greater part, they are thrown out together.
    // So the heap is bounded by the connections and sessions there are, at a cost that is constant on average.
    const auto live_max = static_cast<std::size_t>(count().connections.get() + put_offs_ + count().sessions.get()) + 1;
    if (timers_.size() > 2 * live_max + stale_timers_kept) {
        std::erase_if(timers_, [this](const timer& old) { return !counts(old); });
        std::make_heap(timers_.begin(), timers_.end());
    }
    timers_.push_back(t);
    std::push_heap(timers_.begin(), timers_.end());
}

void shard::arm_timer(connection& c) {
    c.timer_due = connection_deadline(c);
    set_timer({c.timer_due, timer_kind::connection, c.slot, c.generation});
}

/// The deadline became another one. If it is an earlier one, the timer in the heap no longer counts; else that one finds it when it is due.
void shard::restart_timer(connection& c) {
    if (connection_deadline(c) >= c.timer_due) return;
    c.generation = next_generation_++;
    arm_timer(c);
}

monotonic shard::next_deadline() const noexcept {
    return timers_.empty() ? never : timers_.front().when;
}

void shard::advance(monotonic now) {
    while (!timers_.empty() && timers_.front().when <= now) {
        std::pop_heap(timers_.begin(), timers_.end());
        const auto due = timers_.back();
        timers_.pop_back();
        promise_ = 0;
        switch (due.kind) {
            case timer_kind::connection:
                if (auto* c = connections_.find(due.slot); c != nullptr && c->generation == due.generation) on_connection_timer(*c, now);
                break;
            case timer_kind::session:
                if (counts(due)) on_session_timer(sessions_[due.slot], now);
                break;
            case timer_kind::put_off:
                if (counts(due)) go_on(connections_[due.slot], now);
                break;
            case timer_kind::sys: publish_sys(now); break;
        }
    }
}

monotonic shard::connection_deadline(const connection& c) const noexcept {
    switch (c.state) {
        case connection_state::awaiting_connect:
        case connection_state::authenticating:
        case connection_state::moving: return c.last_packet + shared_.limits.connect_timeout;
        case connection_state::exchanging: return c.login->deadline;
        case connection_state::established: {
            // One and a half times the keep alive [MQTT-3.1.2-24]; without keep alive the timer idles.
            const auto silent =
                c.keep_alive_s == 0 ? c.last_packet + std::chrono::hours(24) : c.last_packet + std::chrono::milliseconds(1'500) * c.keep_alive_s;
            return c.login ? std::min(silent, c.login->deadline) : silent;
        }
        case connection_state::closing: return c.last_packet + linger;
    }
    return never;
}

void shard::on_connection_timer(connection& c, monotonic now) {
    if (connection_deadline(c) > now) return arm_timer(c);
    c.timer_due = never;  // it has gone off: whoever closes the connection now sets the next
    switch (c.state) {
        case connection_state::closing:
            c.abandoned = true;
            touch(c);
            return;
        case connection_state::exchanging: fail_authentication(c, protocol::reason::not_authorized, "it took too long", now); return;
        case connection_state::established:
            if (c.login && c.login->deadline <= now) {
                fail_authentication(c, protocol::reason::not_authorized, "it took too long", now);
                return;
            }
            if (c.keep_alive_s == 0) {
                c.last_packet = now;
            } else {
                log_.write(log_level::notice, c.session->name() + " (" + std::string(c.peer) + ") sent nothing within 1.5 times its keep alive of " +
                                                  std::to_string(c.keep_alive_s) + " s and is disconnected [MQTT-3.1.2-24]");
                say_goodbye(c, protocol::reason::keep_alive_timeout, "");
                detach(c, true, now);
                close(c, now);
                return;
            }
            break;
        default:
            log_.write(log_level::notice, "the connection from " + std::string(c.peer) + " sent no whole CONNECT in time and is closed");
            close(c, now);
            return;
    }
    arm_timer(c);
}

/// REQUIRES that the session is away, and its deadline has come.
void shard::on_session_timer(session& s, monotonic now) {
    if (s.expires <= now) return end_session(s, now);
    if (s.will && s.will->due <= now) publish_will(s, now);
    if (const auto next = s.deadline(); next != never) set_timer({next, timer_kind::session, slot_of(s.self), 0});
}

void shard::publish_sys(monotonic now) {
    const auto total = [&](counter statistics::*which) {
        std::uint64_t sum = 0;
        for (auto& of_shard : shared_.statistics) sum += (of_shard.*which).get();
        return std::to_string(sum);
    };
    const auto say = [&](std::string_view topic, const std::string& value) {
        publish({topic, {}, as_bytes(value), protocol::qos::at_most_once, shared_.limits.retain_available}, {}, now);
    };
    say("$SYS/broker/version", "tepore " TEPORE_VERSION);
    say("$SYS/broker/uptime", std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - started_).count()) + " seconds");
    say("$SYS/broker/clients/connected", total(&statistics::connections));
    say("$SYS/broker/clients/total", total(&statistics::sessions));
    say("$SYS/broker/messages/received", total(&statistics::packets_received));
    say("$SYS/broker/messages/sent", total(&statistics::packets_sent));
    say("$SYS/broker/publish/messages/received", total(&statistics::publishes_received));
    say("$SYS/broker/publish/messages/sent", total(&statistics::publishes_sent));
    say("$SYS/broker/publish/messages/dropped", total(&statistics::publishes_dropped));
    say("$SYS/broker/bytes/received", total(&statistics::bytes_received));
    say("$SYS/broker/bytes/sent", total(&statistics::bytes_sent));
    say("$SYS/broker/waiting/bytes", std::to_string(waiting_bytes()));
    say("$SYS/broker/subscriptions/count", std::to_string(shared_.subscriptions.size()));
    shared_.retained.expire(now);
    say("$SYS/broker/retained messages/count", std::to_string(shared_.retained.size()));
    set_timer({now + shared_.limits.sys_interval, timer_kind::sys});
}

}  // namespace tepore::broker
