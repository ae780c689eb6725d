// For tests: the engine and, on the other side, a broker whose every word the test speaks. Virtual time, no sockets.
//
//   conversation talk;
//   talk.open();
//   CHECK(talk.expect<protocol::connect>().client_id == "amy");
//   talk.broker_says(protocol::connack{});
//   const auto id = talk.publish("a", "1", mqtt_qos::at_least_once);
//   const auto sent = talk.expect<protocol::publish>();
//   talk.broker_acks(packet_type::puback, sent.id);
//   CHECK(talk.result(id).ok());
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "client/engine.hpp"
#include "protocol/codec.hpp"

namespace tepore::mqtt_client::testing {

using namespace std::chrono_literals;
using protocol::packet_id;
using protocol::packet_type;
using protocol::reason;
using protocol::version;

inline client_options amy(mqtt_version v = mqtt_version::v3_1_1) {
    client_options options;
    options.client_id = "amy";
    options.version = v;
    return options;
}

class conversation {
public:
    explicit conversation(client_options options = amy()) : engine(options), version_(static_cast<version>(options.version)) {}

    mqtt_client::engine engine;
    monotonic now = monotonic(1h);

    // ---- the network
    void open() {
        engine.opened(now, now + 10s);
        look();
    }
    void drop(std::string_view why = "the network failed") {
        engine.closed(why, now);
        frames_.clear();
        tail_.clear();
        look();
    }
    void advance(duration by) {
        const auto until = now + by;
        for (int turn = 0; turn < 1000 && engine.deadline() <= until; ++turn) {
            now = std::max(now, engine.deadline());
            engine.tick(now);
            look();
        }
        now = until;
    }
    /// What the engine wants to send stays in its output buffer.
    void block(bool yes) {
        blocked_ = yes;
        look();
    }

    // ---- the broker speaks
    template <class Packet>
    void broker_says(const Packet& p) {
        std::vector<std::uint8_t> bytes(protocol::encoded_size(p, version_));
        REQUIRE(!bytes.empty());
        REQUIRE(protocol::encode(p, version_, bytes) == bytes.size());
        broker_says_bytes(bytes);
    }
    void broker_says_bytes(byte_view bytes) {
        engine.received(bytes, now);
        look();
    }
    void broker_says_bytes(std::initializer_list<std::uint8_t> bytes) { broker_says_bytes(byte_view(bytes.begin(), bytes.size())); }
    void broker_acks(packet_type type, packet_id id, reason code = reason::success) { broker_says(protocol::ack{type, id, code, {}}); }
    void broker_publishes(std::string_view topic, std::string_view payload, protocol::qos qos = protocol::qos::at_most_once, packet_id id = 0,
                          bool dup = false) {
        broker_says(protocol::publish{.topic = topic, .payload = as_bytes(payload), .qos = qos, .dup = dup, .id = id});
    }
    void broker_grants(packet_id id, std::vector<std::uint8_t> codes) { broker_says(protocol::suback{id, {}, codes}); }

    /// CONNECT, CONNACK. Returns the CONNECT; valid until the conversation ends.
    protocol::connect connect(protocol::connack answer = {}) {
        open();
        const auto hello = expect<protocol::connect>();
        broker_says(answer);
        REQUIRE(engine.online());
        return hello;
    }

    // ---- the client speaks
    /// The next packet, which must be a Packet. Its views live as long as the conversation.
    template <class Packet>
    Packet expect() {
        REQUIRE_MESSAGE(!frames_.empty(), "the client says nothing");
        const auto& bytes = kept_.emplace_back(std::move(frames_.front()));
        frames_.pop_front();
        const auto frame = protocol::next_frame(bytes, protocol::remaining_length_max);
        REQUIRE(frame.state == protocol::frame_state::complete);
        const auto packet = protocol::decode(frame.frame, version_, protocol::direction::client_to_server);
        REQUIRE_MESSAGE(packet.has_value(), packet.error().what);
        const auto* wanted = std::get_if<Packet>(&*packet);
        REQUIRE_MESSAGE(wanted != nullptr, "the client says something else: packet type ", static_cast<int>(frame.frame.type));
        if constexpr (!std::is_same_v<Packet, protocol::connect>) REQUIRE_MESSAGE(frame.frame.type != packet_type::connect, "a second CONNECT");
        return *wanted;
    }
    protocol::ack expect_ack(packet_type type) {
        const auto ack = expect<protocol::ack>();
        CHECK(ack.type == type);
        return ack;
    }
    /// The next packet as bytes.
    std::vector<std::uint8_t> expect_bytes() {
        REQUIRE(!frames_.empty());
        auto bytes = std::move(frames_.front());
        frames_.pop_front();
        return bytes;
    }
    [[nodiscard]] bool silent() const { return frames_.empty(); }

    // ---- the user
    operation_id publish(std::string topic, std::string payload = "", mqtt_qos qos = mqtt_qos::at_most_once) {
        message m;
        m.topic = std::move(topic);
        m.payload = std::move(payload);
        m.qos = qos;
        return publish_message(std::move(m));
    }
    operation_id publish_message(message m) {
        const auto id = engine.publish(std::move(m), now);
        look();
        return id;
    }
    operation_id subscribe(std::string filter, mqtt_qos qos = mqtt_qos::at_most_once) { return subscribe_all({{std::move(filter), qos}}); }
    operation_id subscribe_all(std::vector<subscription> filters) {
        const auto id = engine.subscribe(std::move(filters), now);
        look();
        return id;
    }
    operation_id subscribe_with(std::vector<subscription> filters, request_details details) {
        const auto id = engine.subscribe(std::move(filters), now, true, std::move(details));
        look();
        return id;
    }
    operation_id unsubscribe(std::vector<std::string> filters, user_properties user = {}) {
        const auto id = engine.unsubscribe(std::move(filters), now, true, std::move(user));
        look();
        return id;
    }
    /// SUBSCRIBE, SUBACK.
    void subscribed(std::string filter, mqtt_qos qos = mqtt_qos::at_most_once) {
        const auto id = subscribe(std::move(filter), qos);
        broker_grants(expect<protocol::subscribe>().id, {static_cast<std::uint8_t>(qos)});
        REQUIRE(result(id).ok());
    }

    void disconnect(const disconnect_options& how = {}) {
        engine.disconnect(now, how);
        look();
    }

    [[nodiscard]] bool done(operation_id id) const { return results_.contains(id); }
    [[nodiscard]] const operation_result& result(operation_id id) const {
        REQUIRE_MESSAGE(results_.contains(id), "the operation is not completed");
        return results_.at(id);
    }
    [[nodiscard]] outcome outcome_of(operation_id id) const { return result(id).outcome; }
    message expect_message() {
        REQUIRE_MESSAGE(!messages.empty(), "no message for the user");
        auto m = std::move(messages.front());
        messages.pop_front();
        return m;
    }
    /// The engine wants to close, and says why; the network is closed.
    std::string expect_close() {
        REQUIRE_MESSAGE(engine.wants_close(), "the client does not close the connection");
        drop("");
        return last_why;
    }

    std::deque<message> messages;
    std::deque<authentication_asked> asked;
    std::optional<connected_info> last_connected;
    std::string last_why;
    std::optional<std::uint8_t> last_refusal;
    std::optional<server_goodbye> last_refused;
    std::optional<server_goodbye> last_goodbye;  // the broker's DISCONNECT
    std::vector<subscription_lost> lost;

    /// Takes what the engine has to send and to tell.
    void look() {
        if (!blocked_) {
            const auto bytes = engine.output();
            tail_.insert(tail_.end(), bytes.begin(), bytes.end());
            engine.output_taken(bytes.size(), now);
            if (!engine.output().empty()) look();
        }
        for (;;) {
            const auto found = protocol::next_frame(tail_, protocol::remaining_length_max);
            if (found.state != protocol::frame_state::complete) break;
            const auto size = static_cast<std::ptrdiff_t>(found.frame.whole.size());
            frames_.emplace_back(tail_.begin(), tail_.begin() + size);
            tail_.erase(tail_.begin(), tail_.begin() + size);
        }
        for (auto& e : engine.take_events()) std::visit([this](auto& happened) { note(happened); }, e);
    }

private:
    void note(authentication_asked& e) { asked.push_back(std::move(e)); }
    void note(connected& e) { last_connected = e.info; }
    void note(connection_refused& e) {
        last_refused = e.said;
        last_refusal = e.said.code;
    }
    void note(server_said_goodbye& e) { last_goodbye = e.said; }
    void note(disconnected& e) { last_why = e.why; }
    void note(message& m) { messages.push_back(std::move(m)); }
    void note(subscription_lost& e) { lost.push_back(e); }
    void note(completed& e) {
        const bool first = results_.emplace(e.operation, e.result).second;
        REQUIRE_MESSAGE(first, "an operation completed twice");
    }

    version version_;
    bool blocked_ = false;
    std::vector<std::uint8_t> tail_;
    std::deque<std::vector<std::uint8_t>> frames_;
    std::deque<std::vector<std::uint8_t>> kept_;  // a deque: views into its elements stay valid
    std::map<operation_id, operation_result> results_;
};

}  // namespace tepore::mqtt_client::testing
