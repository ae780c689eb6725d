// A broker core with one shard and without a network: clients are connected, packets go in as bytes, and what comes out is thrown away, as by a
// network that takes everything.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/shard.hpp"
#include "protocol/codec.hpp"
#include "protocol/wire.hpp"

namespace tepore::bench {

template <class Packet>
[[nodiscard]] std::vector<std::uint8_t> wire(const Packet& p, protocol::version v = protocol::version::v3_1_1) {
    std::vector<std::uint8_t> bytes(protocol::encoded_size(p, v));
    protocol::encode(p, v, bytes);
    return bytes;
}

/// A PUBLISH of 64 bytes.
[[nodiscard]] inline std::vector<std::uint8_t> publish_of(std::string_view topic, protocol::qos q, protocol::packet_id id = 0) {
    static const std::string payload(64, 'x');
    return wire(protocol::publish{.topic = topic, .payload = as_bytes(payload), .qos = q, .id = id});
}

class one_shard {
public:
    explicit one_shard(broker::limits limits = {}) : shared_(1, std::move(limits)), shard_(0, shared_, store_, silent_log()) {
        shard_.start(now_);
        turn();
    }
    ~one_shard() {
        for (auto* c : connections_) shard_.closed(*c, now_);
    }
    one_shard(const one_shard&) = delete;
    one_shard& operator=(const one_shard&) = delete;

    broker::connection& connect(std::string_view id, bool clean = true, std::uint16_t keep_alive_s = 0) {
        auto& c = shard_.open("127.0.0.1:1", now_);
        connections_.push_back(&c);
        protocol::connect p;
        p.client_id = id;
        p.clean_start = clean;
        p.keep_alive_s = keep_alive_s;
        std::vector<std::uint8_t> bytes(protocol::encoded_size(p));
        protocol::encode(p, bytes);
        receive(c, bytes);
        turn();
        return c;
    }

    /// The network fails: the session stays if it was not a clean one.
    void drop(broker::connection& c) {
        std::erase(connections_, &c);
        shard_.closed(c, now_);
    }

    void subscribe(broker::connection& c, std::string_view filter, protocol::qos q) {
        std::vector<std::uint8_t> list;
        protocol::subscription_list::append(list, filter, {.qos = q});
        receive(c, wire(protocol::subscribe{1, {}, protocol::subscription_list(list)}));
        turn();
    }

    void receive(broker::connection& c, byte_view bytes) { shard_.receive(c, bytes, now_); }

    /// The network takes nothing any more.
    void get_stuck(broker::connection& c) {
        *c.out.append(1, shard_.pool()) = 0;
        shard_.flushed(c, now_);
    }

    /// One turn of the loop, so much later.
    void turn_after(duration pause) {
        shard_.advance(now_ += pause);
        while (auto* c = shard_.take_dirty()) {
            c->out.clear(shard_.pool());
            shard_.flushed(*c, now_);
        }
        shard_.turn_over();
    }
    [[nodiscard]] std::size_t put_offs() const noexcept { return shard_.put_offs(); }

    /// The end of the loop's turn, and those that follow while packets wait for one.
    void turn() {
        while (auto* c = shard_.take_dirty()) {
            c->out.clear(shard_.pool());
            shard_.flushed(*c, now_);
        }
        shard_.turn_over();
        if (shard_.put_offs() == 0) return;
        shard_.advance(now_ = std::max(now_ + duration(1), shard_.next_deadline()));
        turn();
    }

private:
    monotonic now_{std::chrono::seconds(1)};
    broker::memory_store store_;
    broker::commons shared_;
    broker::shard shard_;
    std::vector<broker::connection*> connections_;
};

}  // namespace tepore::bench
