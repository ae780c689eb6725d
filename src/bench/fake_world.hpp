// A world in memory: a clock that each turn moves by a millisecond, and a small broker that can be told to lose, repeat, mix up, alter or refuse. So
// the scenarios run without sockets, and their checks are checked.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/world.hpp"
#include "protocol/codec.hpp"
#include "protocol/topic.hpp"

namespace tepore::bench::testing {

enum class deed : std::uint8_t {
    deliver,
    lose,
    repeat,
    repeat_later,  // 100 ms
    swap_with_next,
    alter_payload,
    alter_stamp,
    to_the_next_client,
    also_to_the_next_client,
    wrong_topic,
    wrong_retain,
    unasked_ack,  // goes before the message
    say_goodbye,  // in place of the message: DISCONNECT (5.0), and the end
};

class fake_world final : public world {
public:
    /// What becomes of the n-th delivery, counted from 0 over all clients.
    std::function<deed(std::uint64_t n)> sabotage = [](std::uint64_t) { return deed::deliver; };
    bool refuse_connections = false;
    bool close_after_connack = false;
    /// Whether the n-th PUBACK, counted from 0 over all clients, is not sent.
    std::function<bool(std::uint64_t n)> withholds_ack = [](std::uint64_t) { return false; };
    std::uint16_t receive_maximum = 65'535;
    /// Between these the broker stands still towards everybody.
    monotonic frozen_from = monotonic::max();
    monotonic frozen_until = monotonic::max();
    bool refuse_subscriptions = false;
    bool forget_sessions = false;
    protocol::version version = protocol::version::v3_1_1;

    [[nodiscard]] monotonic now() override { return now_; }
    [[nodiscard]] turn_list& awake() noexcept override { return awake_; }
    [[nodiscard]] std::uint64_t deliveries() const noexcept { return deliveries_; }
    [[nodiscard]] std::size_t retained_messages() const noexcept { return retained_.size(); }
    /// Messages of QoS 1 and 2 that came while as many as the broker takes were unanswered [MQTT5-3.3.4-7].
    [[nodiscard]] std::uint64_t too_many() const noexcept { return too_many_; }
    /// At once.
    [[nodiscard]] std::size_t connections_max() const noexcept { return connections_max_; }
    /// Of clients that are away.
    [[nodiscard]] std::size_t kept_sessions() const noexcept {
        return static_cast<std::size_t>(std::ranges::count_if(sessions_, [](const auto& one) { return !one.second.clean; }));
    }
    [[nodiscard]] std::size_t queued_messages() const noexcept {
        std::size_t out = 0;
        for (const auto& [id, s] : sessions_) out += s.queued.size();
        return out;
    }

    [[nodiscard]] usage look() override {
        return {.at = now_,
                .own_cpu = now_.time_since_epoch(),
                .broker_known = true,
                .broker_cpu = now_.time_since_epoch() / 2,
                .broker_rss_bytes = 1'000'000 + 100 * deliveries_};
    }

    void open(lean_client& client) override {
        auto& l = lines_[client.serial()];
        connections_max_ = std::max(connections_max_, lines_.size());
        l = std::make_unique<connection>();
        l->client = &client;
        client.opened();
    }

    void drop(lean_client& client) override {
        client.reset();
        const auto* l = find(client);
        if (l == nullptr) return;
        if (const auto s = sessions_.find(l->id); s != sessions_.end() && s->second.clean) sessions_.erase(s);
        lines_.erase(client.serial());
    }

    void want_bytes(lean_client& client, bool wanted) override {
        if (auto* l = find(client)) l->reading = wanted;
    }

    void turn(duration) override {
        now_ += std::chrono::milliseconds(1);
        end_turn();
        const bool frozen = now_ >= frozen_from && now_ < frozen_until;
        for (auto& [serial, l] : lines_) {
            if (now_ >= l->late_at) {
                append(*l, l->late);
                l->late_at = monotonic::max();
            }
            if (frozen || !l->reading || l->to_client.empty()) continue;
            const auto bytes = std::exchange(l->to_client, {});
            l->unanswered -= std::exchange(l->answers, 0);
            l->client->take(bytes, now_);
            if (l->close) l->client->ended("the fake broker hangs up");
        }
        end_turn();
    }

private:
    struct session {
        std::map<std::string, protocol::qos> filters;
        struct message {
            std::string topic;
            std::vector<std::uint8_t> payload;
            protocol::qos qos;
        };
        std::deque<message> queued;
        bool clean = true;
    };
    struct connection {
        lean_client* client = nullptr;
        std::vector<std::uint8_t> from_client;
        std::vector<std::uint8_t> to_client;
        std::string id;
        protocol::packet_id next_id = 1;
        std::vector<std::uint8_t> late;
        monotonic late_at = monotonic::max();
        bool reading = true;
        bool close = false;
        std::uint32_t unanswered = 0;  // whose last answer has not been read
        std::uint32_t answers = 0;     // that lie in to_client
    };
    struct held {
        connection* to;
        std::vector<std::uint8_t> bytes;
    };

    connection* find(const lean_client& c) {
        const auto found = lines_.find(c.serial());
        return found == lines_.end() ? nullptr : found->second.get();
    }

    void end_turn() {
        for (std::size_t i = 0; i < awake_.size(); ++i) {
            auto& client = *awake_[i];
            client.end_turn();
            auto* l = find(client);
            if (l == nullptr) continue;
            const auto bytes = client.output().waiting();
            l->from_client.insert(l->from_client.end(), bytes.begin(), bytes.end());
            client.output().sent(bytes.size());
            hear(*l);
        }
        awake_.clear();
    }

    void hear(connection& from) {
        const auto bytes = std::exchange(from.from_client, {});
        byte_view rest = bytes;
        while (!rest.empty()) {
            const auto found = protocol::next_frame(rest, packet_bytes_max);
            REQUIRE(found.state == protocol::frame_state::complete);
            hear(from, found.frame);
            rest = rest.subspan(found.frame.whole.size());
        }
    }

    void hear(connection& from, const protocol::frame& f) {
        using enum protocol::packet_type;
        switch (f.type) {
            case connect: return hear_connect(from, protocol::decode_connect(f).value());
            case subscribe: return hear_subscribe(from, protocol::decode_subscribe(f, version).value());
            case unsubscribe: {
                const auto p = protocol::decode_unsubscribe(f, version).value();
                std::vector<std::uint8_t> codes;
                for (const auto filter : p.filters) {
                    sessions_[from.id].filters.erase(std::string(filter));
                    codes.push_back(0);
                }
                return say(from, protocol::unsuback{.id = p.id, .codes = codes});
            }
            case publish: return hear_publish(from, protocol::decode_publish(f, version).value());
            case pubrec: return say(from, protocol::ack{.type = pubrel, .id = protocol::decode_ack(f, version).value().id});
            case pubrel: return answer(from, pubcomp, protocol::decode_ack(f, version).value().id);
            default: return;
        }
    }

    void hear_connect(connection& from, const protocol::connect& p) {
        version = p.version;
        from.id = p.client_id;
        if (p.clean_start || forget_sessions) sessions_.erase(from.id);
        const bool present = sessions_.contains(from.id);
        protocol::property_builder properties;
        if (version == protocol::version::v5) properties.number(protocol::property_id::receive_maximum, receive_maximum);
        say(from, protocol::connack{
                      .session_present = present, .code = static_cast<std::uint8_t>(refuse_connections ? 5 : 0), .properties = properties.view()});
        from.close = close_after_connack;
        sessions_[from.id].clean = p.clean_start;
        auto queued = std::exchange(sessions_[from.id].queued, {});
        for (const auto& [topic, payload, qos] : queued) deliver(from, {.topic = topic, .payload = payload, .qos = qos});
    }

    void hear_subscribe(connection& from, const protocol::subscribe& p) {
        std::vector<std::uint8_t> codes;
        for (const auto& request : p.requests) {
            sessions_[from.id].filters[std::string(request.filter)] = request.options.qos;
            codes.push_back(refuse_subscriptions ? 0x80 : static_cast<std::uint8_t>(request.options.qos));
        }
        say(from, protocol::suback{.id = p.id, .codes = codes});
        for (const auto& request : p.requests) {
            for (const auto& [topic, payload] : retained_) {
                if (protocol::matches(request.filter, topic)) {
                    deliver(from,
                            {.topic = topic, .payload = payload, .qos = std::min(request.options.qos, protocol::qos::at_least_once), .retain = true});
                }
            }
        }
    }

    void hear_publish(connection& from, const protocol::publish& p) {
        if (p.qos != protocol::qos::at_most_once && ++from.unanswered > receive_maximum) ++too_many_;
        if (p.retain) {
            if (p.payload.empty()) {
                retained_.erase(std::string(p.topic));
            } else {
                retained_[std::string(p.topic)].assign(p.payload.begin(), p.payload.end());
            }
        }
        for (auto& [id, s] : sessions_) {
            for (const auto& [filter, granted] : s.filters) {
                if (!protocol::matches(filter, p.topic)) continue;
                auto* to = connection_of(id);
                if (to != nullptr) {
                    deliver(*to, {.topic = p.topic, .payload = p.payload, .qos = std::min(granted, p.qos)});
                } else if (p.qos != protocol::qos::at_most_once) {
                    s.queued.push_back({std::string(p.topic), {p.payload.begin(), p.payload.end()}, std::min(granted, p.qos)});
                }
            }
        }
        if (p.qos == protocol::qos::at_least_once) {
            if (!withholds_ack(acks_++)) answer(from, protocol::packet_type::puback, p.id);
        }
        if (p.qos == protocol::qos::exactly_once) say(from, protocol::ack{.type = protocol::packet_type::pubrec, .id = p.id});
    }

    /// The last one to a message.
    void answer(connection& to, protocol::packet_type type, protocol::packet_id id) {
        ++to.answers;
        say(to, protocol::ack{.type = type, .id = id});
    }

    connection* connection_of(const std::string& id) {
        for (auto& [serial, l] : lines_) {
            if (l->id == id) return l.get();
        }
        return nullptr;
    }

    connection* another_than(const connection& not_this) {
        for (auto& [serial, l] : lines_) {
            if (l.get() != &not_this && sessions_[l->id].filters.size() == sessions_[not_this.id].filters.size()) return l.get();
        }
        return nullptr;
    }

    void deliver(connection& to, protocol::publish p) {
        const auto what = sabotage(deliveries_++);
        std::vector<std::uint8_t> payload(p.payload.begin(), p.payload.end());
        if (what == deed::alter_payload) payload.back() ^= 1;
        if (what == deed::alter_stamp) payload[12] ^= 1;  // the sequence number
        p.payload = payload;
        std::string topic(p.topic);
        if (what == deed::wrong_topic) topic += "x";
        p.topic = topic;
        if (what == deed::wrong_retain) p.retain = !p.retain;
        if (what == deed::unasked_ack) say(to, protocol::ack{.type = protocol::packet_type::puback, .id = 7});
        if (what == deed::say_goodbye) {
            to.close = true;
            if (version != protocol::version::v5) return;
            return say(to, protocol::disconnect{.code = protocol::reason::quota_exceeded});
        }
        auto* receiver = what == deed::to_the_next_client ? another_than(to) : &to;
        REQUIRE(receiver != nullptr);
        if (p.qos != protocol::qos::at_most_once) p.id = receiver->next_id++;
        if (receiver->next_id == 0) receiver->next_id = 1;
        if (what == deed::lose) return;
        if (what == deed::swap_with_next) {
            held_ = std::make_unique<held>(receiver, encoded(p));
            return;
        }
        append(*receiver, encoded(p));
        if (what == deed::also_to_the_next_client) append(*another_than(to), encoded(p));
        if (what == deed::repeat || what == deed::repeat_later) {
            if (p.qos != protocol::qos::at_most_once) p.id = receiver->next_id++;
            what == deed::repeat ? append(*receiver, encoded(p)) : append_later(*receiver, encoded(p));
        }
        if (held_ && held_->to == receiver) append(*receiver, std::exchange(held_, nullptr)->bytes);
    }

    template <class Packet>
    [[nodiscard]] std::vector<std::uint8_t> encoded(const Packet& p) const {
        std::vector<std::uint8_t> out(protocol::encoded_size(p, version));
        protocol::encode(p, version, out);
        return out;
    }
    static void append(connection& to, const std::vector<std::uint8_t>& bytes) {
        to.to_client.insert(to.to_client.end(), bytes.begin(), bytes.end());
    }
    void append_later(connection& to, const std::vector<std::uint8_t>& bytes) const {
        to.late = bytes;
        to.late_at = now_ + std::chrono::milliseconds(100);
    }
    template <class Packet>
    void say(connection& to, const Packet& p) {
        append(to, encoded(p));
    }

    monotonic now_{std::chrono::seconds(1000)};
    turn_list awake_;
    std::map<std::uint32_t, std::unique_ptr<connection>> lines_;
    std::map<std::string, session> sessions_;
    std::map<std::string, std::vector<std::uint8_t>> retained_;
    std::unique_ptr<held> held_;
    std::uint64_t deliveries_ = 0;
    std::size_t connections_max_ = 0;
    std::uint64_t acks_ = 0;
    std::uint64_t too_many_ = 0;
};

}  // namespace tepore::bench::testing
