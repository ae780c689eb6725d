// A broker to talk to in a test: the real broker core (all its shards), no sockets, no threads, time moved by hand.
// Tests read like a conversation: send this, expect that. Every call runs the broker until nothing more happens.
//
//   broker_room broker;
//   auto bob = broker.connect("bob");
//   bob.subscribe("a/+", qos::at_least_once);
//   auto amy = broker.connect("amy");
//   amy.publish("a/b", "hi");
//   CHECK(bob.expect_publish().topic == "a/b");
//   CHECK(bob.silent());
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "protocol/packet.hpp"
#include "protocol/types.hpp"

namespace tepore::broker {
struct limits;
}

namespace tepore::testing {

/// A packet from the broker, with the bytes its views point into.
struct received {
    std::shared_ptr<const std::vector<std::uint8_t>> bytes;  // the whole frame
    protocol::packet packet;
};

/// A PUBLISH in owned form.
struct received_publish {
    std::string topic;
    std::string payload;
    protocol::qos qos{};
    bool retain = false;
    bool dup = false;
    protocol::packet_id id = 0;
    std::vector<std::uint8_t> properties;  // wire bytes; protocol::property_view(properties) reads them
};

struct connect_options {
    protocol::version version = protocol::version::v3_1_1;
    bool clean = true;
    std::uint16_t keep_alive_s = 0;
    std::optional<protocol::will_message> will;
    std::optional<std::string> user_name;
    std::optional<std::string> password;
    std::vector<std::uint8_t> properties;  // 5.0
};

class broker_room;

/// One network connection to the broker. Copyable handle; a dropped or closed one stays readable.
class peer {
public:
    // Bytes and packets to the broker. Encoding uses the version given at connect (3.1.1 before).
    void send(byte_view bytes);
    void send(std::initializer_list<std::uint8_t> bytes);
    void send(const protocol::connect& p);
    void send(const protocol::publish& p);
    void send(const protocol::ack& p);
    void send(const protocol::subscribe& p);
    void send(const protocol::unsubscribe& p);
    void send(const protocol::disconnect& p);
    void send(const protocol::auth& p);
    void send_pingreq();
    /// true: the network takes nothing more from the broker. false: it does again.
    void stall(bool stalled);

    // From the broker, in order. expect_* fail the test (REQUIRE) when the next thing is not that.
    [[nodiscard]] std::optional<received> next();  // the next packet, if there is one
    [[nodiscard]] protocol::connack expect_connack();
    [[nodiscard]] received_publish expect_publish();
    protocol::ack expect_ack(protocol::packet_type type);                             // PUBACK, PUBREC, PUBREL or PUBCOMP
    [[nodiscard]] std::vector<std::uint8_t> expect_suback(protocol::packet_id id);    // its codes
    [[nodiscard]] std::vector<std::uint8_t> expect_unsuback(protocol::packet_id id);  // its codes (5.0)
    void expect_pingresp();
    [[nodiscard]] protocol::disconnect expect_disconnect();  // 5.0
    [[nodiscard]] bool silent();                             // nothing waits and the connection is open
    [[nodiscard]] bool closed();                             // nothing waits and the broker closed the connection
    [[nodiscard]] std::vector<std::uint8_t> raw();           // everything that waits, as bytes; taken

    // Shorthands that expect their answers.
    std::uint8_t subscribe(std::string_view filter, protocol::qos qos = protocol::qos::at_most_once);  // returns the SUBACK code
    void unsubscribe(std::string_view filter);
    /// Runs the whole flow of the QoS.
    void publish(std::string_view topic, std::string_view payload, protocol::qos qos = protocol::qos::at_most_once, bool retain = false);
    /// Takes the next PUBLISH and runs its flow to the end.
    received_publish take();

    /// The network fails: the broker sees the end of the stream without DISCONNECT, right behind `last` bytes.
    void drop(byte_view last = {});
    void disconnect();  // DISCONNECT, then close
    void set_version(protocol::version v);

    struct state;
    explicit peer(std::shared_ptr<state> s) : state_(std::move(s)) {}

private:
    std::shared_ptr<state> state_;
};

struct room_options {
    unsigned shards = 1;
    std::uint32_t packet_bytes_max = 1024 * 1024;
    std::uint16_t receive_maximum = 100;  // towards the broker
    std::size_t queue_messages_max = 1000;
    std::size_t queue_bytes_max = 1024 * 1024;
    std::size_t retained_messages_max = 1'000'000;
    std::map<std::string, std::string> users;     // name and password; empty: nobody is asked
    bool password_login = true;                   // with users
    bool scram = true;                            // with users: SCRAM-SHA-256 is offered, with the least of iterations
    std::set<std::string> without_verifier;       // users who can log in by password only
    std::function<void(broker::limits&)> adjust;  // any other setting of the broker (broker/limits.hpp)
};

class broker_room {
public:
    explicit broker_room(room_options options = {});
    ~broker_room();

    /// A connection on which nothing was sent yet.
    [[nodiscard]] peer open();
    /// CONNECT and an accepting CONNACK. `session_present`, when given, receives CONNACK's flag.
    [[nodiscard]] peer connect(std::string_view client_id, connect_options options = {}, bool* session_present = nullptr);

    /// The server stops: its clients are told.
    void shut_down();

    /// Timers that the broker keeps.
    [[nodiscard]] std::size_t timers() const;
    /// Moves the clock, stopping at every deadline on the way.
    void advance(duration by);

    struct impl;

private:
    std::shared_ptr<impl> impl_;
};

}  // namespace tepore::testing
