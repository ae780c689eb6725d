// A client as it is simulated: turns steps into packets and remembers what it owes and is owed.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/step.hpp"
#include "protocol/packet.hpp"

namespace tepore::model {

class client {
public:
    /// Takes each packet as it leaves; returns false when the connection is gone.
    using sender = std::function<bool(const protocol::packet&)>;

    explicit client(std::string name) : name_(std::move(name)) {}

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] bool connected() const { return connected_; }

    // Steps. What needs a connection does nothing without one.
    void act(const connect_step& s, const sender& send);
    void act(const disconnect_step& s, const sender& send);
    void act(const drop_step&, const sender&) {}
    void act(const publish_step& s, const sender& send);
    void act(const repeat_step& s, const sender& send);
    void act(const answer_step& s, const sender& send);
    void act(const subscribe_step& s, const sender& send);
    void act(const unsubscribe_step& s, const sender& send);
    void act(const ping_step& s, const sender& send);
    void act(const wait_step&, const sender&) {}

    /// A packet that the client reads.
    void sees(const protocol::packet& p);
    void lost_connection();

    /// Acknowledgements that it owes.
    [[nodiscard]] std::size_t due() const { return due_.size(); }

private:
    /// A QoS 1 or 2 message of its own that is not acknowledged to the end.
    struct own_message {
        protocol::packet_id id = 0;
        publish_step what;
        bool released = false;  // PUBREC was seen
    };
    struct owed {
        protocol::packet_type type{};
        protocol::packet_id id = 0;
    };

    [[nodiscard]] protocol::packet_id free_id();
    bool send_publish(const publish_step& s, protocol::packet_id id, bool dup, const sender& send);
    void sees_ack(const protocol::ack& a);

    std::string name_;
    protocol::version version_{};
    bool connected_ = false;
    std::uint32_t receive_maximum_ = 100;  // of the broker
    std::uint32_t alias_maximum_ = 0;      // of the broker
    protocol::packet_id last_id_ = 0;
    bool nameless_ = false;
    std::deque<own_message> own_;
    std::deque<own_message> own_of_the_name_;  // while it is here without its name: that is another session
    std::deque<owed> due_;
    std::map<std::uint32_t, std::string> aliases_;
};

}  // namespace tepore::model
