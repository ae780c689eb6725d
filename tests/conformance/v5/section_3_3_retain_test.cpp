// MQTT 5.0, 3.3.1.3: RETAIN. What subscriptions make of it (Retain Handling, Retain As Published) is asked in section 3.8.
#include "conformance/v5/dialogue5.hpp"

using namespace tepore::conformance;

namespace {

/// The payloads of what is retained, as a new client sees it.
std::vector<std::string> retained(broker_room& broker, std::string_view filter) {
    auto late = broker.connect("late", client5());
    late.subscribe(filter, qos_2);
    const auto found = look(late);
    for (const auto& p : found.publishes) CHECK(p.retain);
    return found.payloads();
}

using payloads = std::vector<std::string>;

}  // namespace

TEST_CASE("[MQTT5-3.3.1-5] a retained message is stored, and replaces the one before, whatever the QoS") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    for (const auto q : every_qos) {
        amy.publish("a", "first", q, true);
        amy.publish("a", "second", q, true);
        CHECK(retained(broker, "a") == payloads{"second"});
    }
}

TEST_CASE("[MQTT5-3.3.1-6] [MQTT5-3.3.1-7] an empty payload removes the retained message, is passed on as any other, and is not stored") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("a", qos_1);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "x", qos_1, true);
    CHECK(bob.take().payload == "x");
    amy.publish("a", "", qos_1, true);
    const auto removal = bob.take();
    CHECK(removal.payload.empty());
    CHECK_FALSE(removal.retain);
    CHECK(retained(broker, "a").empty());
    amy.publish("never/there", "", qos_1, true);
    CHECK(retained(broker, "never/there").empty());
}

TEST_CASE("[MQTT5-3.3.1-8] a message without RETAIN neither stores, nor replaces, nor removes") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "kept", qos_1, true);
    amy.publish("a", "passing", qos_1);
    amy.publish("a", "", qos_1);
    amy.publish("b", "passing", qos_1);
    CHECK(retained(broker, "#") == payloads{"kept"});
}

TEST_CASE("[MQTT5-3.3.1-5] a retained message that is refused replaces nothing") {
    broker_room broker(options([](auto& l) { l.validate_payload_format = true; }));
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "kept", qos_1, true);
    amy.send(publish5_bytes(0x33, "a", "\xFF", 1, properties({byte_property(property_id::payload_format_indicator, 1)})));
    CHECK(code_of(amy.expect_ack(packet_type::puback).code) == 0x99);
    CHECK(retained(broker, "a") == payloads{"kept"});
}

TEST_CASE("3.1.1 and 5.0: retained messages are for both") {
    broker_room broker(options());
    auto old_one = broker.connect("old");
    old_one.publish("from/old", "x", qos_1, true);
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x31, "from/new", "y", 0, properties({user_property("a", "b")})));
    auto late = broker.connect("late", client5());
    late.subscribe("from/old");
    CHECK(late.raw() == publish5_bytes(0x31, "from/old", "x"));
    auto late_old = broker.connect("late_old");
    late_old.subscribe("from/new");
    CHECK(late_old.raw() == publish_bytes(0x31, "from/new", "y"));
}
