// Bytes to frames to handlers.
#include <algorithm>
#include <array>
#include <bit>
#include <cassert>

#include "broker/shard.hpp"
#include "broker/shard_send.hpp"

namespace tepore::broker {

using protocol::packet_type;
using protocol::reason;

namespace {

/// MQTT 3.1 sets DUP in PUBREL, SUBSCRIBE and UNSUBSCRIBE that are sent again; 3.1.1 took that back.
constexpr std::uint8_t dup_of_3_1 = 8;

/// Whoever publishes to many, most of whom do not read, is heard once in so long at least.
constexpr std::chrono::seconds pause_max{1};

/// What a connection publishes is measured in periods of 2^22 ns, about four milliseconds, so that it makes no difference in how many reads it comes.
std::uint32_t period_of(monotonic now) noexcept {
    return static_cast<std::uint32_t>(std::chrono::nanoseconds(now.time_since_epoch()).count() >> 22);
}

}  // namespace

void shard::receive(connection& c, byte_view bytes, monotonic now) {
    count().bytes_received.add(bytes.size());
    if (c.state == connection_state::established && !c.put_off) [[likely]]
        return read_on(c, bytes, now);
    if (c.state == connection_state::closing) return;
    if (c.state == connection_state::moving || c.state == connection_state::authenticating) {
        // The client may send on before our CONNACK (3.1.4); what it sends waits behind its CONNECT, up to one packet.
        if (c.partial.size() + bytes.size() > shared_.limits.packet_bytes_max) {
            break_off(c, {reason::packet_too_large, "MQTT5 3.1.4", "too many bytes before CONNACK"}, now);
            return;
        }
        c.partial.insert(c.partial.end(), bytes.begin(), bytes.end());
        return;
    }

    if (c.put_off) {  // read ahead by the loop
        c.partial.insert(c.partial.end(), bytes.begin(), bytes.end());
        waiting_.put_off += bytes.size();
        return;
    }
    read_on(c, bytes, now);
}

/// Handles the packets of `partial` and `bytes` together, as far as they are whole and it is this connection's turn.
void shard::read_on(connection& c, byte_view bytes, monotonic now) {
    judge_memory_again();
    const bool continued = !c.partial.empty();
    if (continued) {
        c.partial.insert(c.partial.end(), bytes.begin(), bytes.end());
        bytes = byte_view(c.partial).subspan(c.handled);
    }
    auto rest = bytes;
    if (const auto period = period_of(now); period != c.period) {
        c.period = period;
        c.published = 0;
    }
    const auto& limits = shared_.limits;
    strain_ = {};
    made_room_ = false;
    const auto deliveries_before = deliveries_;
    auto look_at = deliveries_ + limits.share_deliveries - std::min<std::size_t>(c.published, limits.share_deliveries);
    while (!rest.empty()) {
        if (protocol::ack a; protocol::next_short_ack(rest, a) && c.state == connection_state::established) {
            c.last_packet = now;
            count().packets_received.add();
            promise_ = 0;
            if (!handle_ack(c, a, now)) return;
            rest = rest.subspan(protocol::short_ack_bytes);
            continue;
        }
        const bool stranger = c.state == connection_state::awaiting_connect || c.state == connection_state::exchanging;
        const auto limit = stranger ? limits.connect_packet_bytes_max : limits.packet_bytes_max;
        protocol::frame frame;
        if (!protocol::next_short_frame(rest, limit, frame)) {
            const auto found = protocol::next_frame(rest, limit);
            if (found.state == protocol::frame_state::incomplete) break;
            if (found.state == protocol::frame_state::broken) return break_off_stream(c, rest, found.fault, now);
            frame = found.frame;
        }
        c.last_packet = now;
        count().packets_received.add();
        if (!handle(c, frame, now)) return;
        // CONNECT and what follows it is kept.
        if (c.state == connection_state::moving || c.state == connection_state::authenticating) break;
        if (c.put_off) [[unlikely]] {  // by the handler
            rest = rest.subspan(frame.whole.size());
            break;
        }
        if (as_it_came_ == nullptr) {
            rest = rest.subspan(frame.whole.size());
        } else {
            const bool freely = frame.flags == 0 && all_keep_up(*as_it_came_, now);  // what will not wait anywhere needs no slowing down
            const auto share_left = look_at - std::min(look_at, deliveries_);
            const auto deliveries_max = freely ? std::max(share_left, turn_left(deliveries_ - deliveries_before)) : share_left;
            const auto passed_on = pass_on(c, frame, rest, deliveries_max, now);
            if (passed_on == 0) return;  // the connection is done for
            rest = rest.subspan(passed_on);
        }
        if (deliveries_ >= look_at) {  // a share, and once more for each that follows
            look_at = deliveries_ + limits.share_deliveries;
            const auto pause = pause_now(now);
            const bool waits = pause != duration::zero() || (!rest.empty() && turn_left(deliveries_ - deliveries_before) == 0);
            if (waits && !last_words_) {
                put_off(c, pause, now);
                break;
            }
        }
    }
    if (made_room_) use_room(c, now);
    c.published += static_cast<std::uint32_t>(deliveries_ - deliveries_before);
    if (continued || !rest.empty()) keep_rest(c, rest, continued);
    if (c.slow) [[unlikely]]
        judge_reading(c);  // its answers wait: no flush says how many there are by now
}

/// What was not handled of the bytes that came, or of `partial`, which they are part of.
void shard::keep_rest(connection& c, byte_view rest, bool of_partial) {
    if (of_partial) {
        c.handled = static_cast<std::uint32_t>(c.partial.size() - rest.size());
        if (rest.empty()) {
            c.partial = {};  // an idle connection holds no buffer
            c.handled = 0;
        } else if (c.handled > rest.size() || !c.put_off) {  // a long rest that goes in many small steps is not moved with each
            c.partial.erase(c.partial.begin(), c.partial.begin() + c.handled);
            c.handled = 0;
        }
    } else {
        c.partial.assign(rest.begin(), rest.end());
    }
    if (c.put_off) waiting_.put_off += c.partial.size();
}

/// How long publishers of what has met with this should wait, to be no faster than their receivers. Not at all, if few of these are behind; if most
/// are, in proportion, so that `together` of them have a share of deliveries in each stuck_slow_down, however many receivers a message has; but no
/// longer than pause_max.
duration shard::pause_for(const strain& met, std::size_t together) const noexcept {
    const auto& limits = shared_.limits;
    if (met.behind > met.tried / 2)
        return std::min<duration>(pause_max, limits.stuck_slow_down * (1 + met.tried / limits.share_deliveries) * together);
    return met.crowded ? duration(limits.slow_down) : duration::zero();
}

/// The same for the connection that is being read, for the sake of its receivers here and on other shards, and of memory.
duration shard::pause_now(monotonic now) const noexcept {
    auto pause = pause_for(strain_, 1 + slowed_);
    if (memory_ != memory_state::free) pause = std::max<duration>(pause, shared_.limits.slow_down);
    for (auto others = strain_.remote_shards; others != 0; others &= others - 1) {
        const auto to = static_cast<unsigned>(std::countr_zero(others));
        const auto& load = shared_.loads[to];
        if (load.backlog() > shared_.limits.backlog_messages_max) pause = std::max<duration>(pause, shared_.limits.slow_down);
        pause = std::max(pause, std::chrono::nanoseconds(static_cast<std::int64_t>(load.strained_until[index_].get()) - in_ns(now)));
    }
    return pause;
}

/// How many deliveries more a connection with so many in this turn may have before it leaves the rest of it to others.
std::size_t shard::turn_left(std::size_t deliveries) const noexcept {
    const auto all = shared_.limits.turn_deliveries_max;
    const auto its_part = all / (1 + put_offs_ - slowed_);
    const auto left = std::min(all - std::min(all, deliveries_), its_part - std::min(its_part, deliveries));
    const auto share = shared_.limits.share_deliveries;
    return std::max(left, share - std::min(share, deliveries));
}

/// For so long, or until the next turn, nothing more is read from the connection, and what it has sent waits.
void shard::put_off(connection& c, duration pause, monotonic now) {
    assert(!c.put_off);
    c.put_off = true;
    c.slowed = pause != duration::zero();
    ++put_offs_;
    slowed_ += c.slowed;
    set_timer({now + std::max(pause, duration(1)), timer_kind::put_off, c.slot, c.serial});
    judge_reading(c);
}

void shard::end_put_off(connection& c) noexcept {
    c.put_off = false;
    --put_offs_;
    slowed_ -= c.slowed;
    waiting_.put_off -= c.partial.size();
}

void shard::go_on(connection& c, monotonic now) {
    end_put_off(c);
    if (c.state == connection_state::closing) return;
    if (c.session != nullptr && c.session->flow) grant_more(c, now);
    if (c.put_off) {
        waiting_.put_off += c.partial.size();
        c.last_packet = now;  // what it sends meanwhile is not looked at: it cannot be called silent
    } else {
        read_on(c, {}, now);
    }
    judge_reading(c);
}

/// What came is not a packet, so nothing after it can be understood either.
void shard::break_off_stream(connection& c, byte_view rest, const packet_fault& fault, monotonic now) {
    if (c.state == connection_state::awaiting_connect && protocol::begins_connect_5(rest)) {
        c.version = protocol::version::v5;
        c.problem_information = false;  // what it takes is not known
        refuse(c, protocol::return_code::accepted, fault.code, fault.what, now);
    } else {
        break_off(c, fault, now);
    }
}

bool shard::handle(connection& c, const protocol::frame& f, monotonic now) {
    using handler = bool (shard::*)(connection&, const protocol::frame&, monotonic);
    static constexpr std::array<handler, 16> handlers{
        &shard::on_forbidden,                          // 0: refused by next_frame()
        &shard::on_connect,     &shard::on_forbidden,  // CONNECT, CONNACK
        &shard::on_publish,     &shard::on_ack,       &shard::on_ack,       &shard::on_ack,
        &shard::on_ack,         &shard::on_subscribe, &shard::on_forbidden,  // SUBSCRIBE, SUBACK
        &shard::on_unsubscribe, &shard::on_forbidden,                        // UNSUBSCRIBE, UNSUBACK
        &shard::on_pingreq,     &shard::on_forbidden,                        // PINGREQ, PINGRESP
        &shard::on_disconnect,  &shard::on_auth,
    };
    if (c.state != connection_state::established) [[unlikely]] {
        if (c.state == connection_state::awaiting_connect && f.type != packet_type::connect)
            return break_off(c, {reason::protocol_error, "MQTT-3.1.0-1", "the first packet is not CONNECT"}, now);
        if (c.state == connection_state::exchanging) return while_exchanging(c, f, now);
    }
    promise_ = 0;
    if (c.version == protocol::version::v3_1 && (f.flags & dup_of_3_1) != 0 &&
        (f.type == packet_type::pubrel || f.type == packet_type::subscribe || f.type == packet_type::unsubscribe)) [[unlikely]] {
        auto first = f;
        first.flags &= static_cast<std::uint8_t>(~dup_of_3_1);
        return (this->*handlers[static_cast<std::size_t>(f.type)])(c, first, now);
    }
    return (this->*handlers[static_cast<std::size_t>(f.type)])(c, f, now);
}

bool shard::on_forbidden(connection& c, const protocol::frame&, monotonic now) {
    return break_off(c, {reason::protocol_error, "MQTT-4.8.0-1", "a packet that only a server sends"}, now);
}

bool shard::on_pingreq(connection& c, const protocol::frame& f, monotonic now) {
    if (const auto p = protocol::decode_pingreq(f, c.version); !p) return break_off(c, p.error(), now);
    send(c, protocol::pingresp{});  // [MQTT-3.12.4-1]
    return true;
}

}  // namespace tepore::broker
