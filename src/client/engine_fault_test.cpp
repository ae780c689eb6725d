// Brokers that break the protocol: the connection ends, the reason is told in words, 5.0 brokers are told the code.
#include "client/conversation.hpp"

#include <random>

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;

namespace {

/// Says `bytes` to a connected client of each version and expects the end.
void breaks(std::initializer_list<std::uint8_t> bytes, std::optional<reason> code = {}) {
    conversation old;
    old.connect();
    old.broker_says_bytes(bytes);
    CHECK(old.silent());
    CHECK(old.expect_close().starts_with("the broker broke the protocol: "));

    if (!code) return;
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    talk.broker_says_bytes(bytes);
    CHECK(talk.expect<protocol::disconnect>().code == *code);
    CHECK(talk.silent());
    CHECK(talk.expect_close().starts_with("the broker broke the protocol: "));
}

}  // namespace

TEST_CASE("[MQTT-4.8.0-1] packets that only clients send") {
    SUBCASE("SUBSCRIBE") {
        breaks({0x82, 6, 0, 1, 0, 1, 'a', 0}, reason::protocol_error);
    }
    SUBCASE("UNSUBSCRIBE") {
        breaks({0xA2, 5, 0, 1, 0, 1, 'a'}, reason::protocol_error);
    }
    SUBCASE("PINGREQ") {
        breaks({0xC0, 0}, reason::protocol_error);
    }
    SUBCASE("CONNECT") {
        breaks({0x10, 2, 0, 4}, reason::protocol_error);
    }
    SUBCASE("DISCONNECT in 3.1.1") {
        breaks({0xE0, 0});
    }
    SUBCASE("AUTH in 3.1.1") {
        breaks({0xF0, 0});
    }
}

TEST_CASE("[MQTT5-4.12.0-7] AUTH that we did not ask for is answered by no AUTH") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    talk.broker_says_bytes({0xF0, 0});
    CHECK(talk.expect<protocol::disconnect>().code == reason::protocol_error);
    CHECK(talk.silent());
}

TEST_CASE("[MQTT-3.2.0-1] anything before CONNACK, and a second CONNACK") {
    conversation talk;
    talk.open();
    (void)talk.expect<protocol::connect>();
    talk.broker_publishes("a", "too early");
    CHECK(talk.expect_close().find("MQTT-3.2.0-1") != std::string::npos);
    CHECK(talk.messages.empty());
    breaks({0x20, 2, 0, 0});
}

TEST_CASE("[MQTT-2.2.2-2] [MQTT-3.6.1-1] [MQTT5-2.1.3-1] wrong flags") {
    SUBCASE("PUBREL") {
        breaks({0x60, 2, 0, 1}, reason::malformed_packet);
    }
    SUBCASE("PUBACK") {
        breaks({0x41, 2, 0, 1}, reason::malformed_packet);
    }
    SUBCASE("SUBACK") {
        breaks({0x92, 3, 0, 1, 0}, reason::malformed_packet);
    }
    SUBCASE("PINGRESP") {
        breaks({0xD1, 0}, reason::malformed_packet);
    }
}

TEST_CASE("[MQTT-3.3.1-4] [MQTT-3.3.1-2] impossible PUBLISH flags") {
    SUBCASE("QoS 3") {
        breaks({0x36, 5, 0, 1, 'a', 0, 1}, reason::malformed_packet);
    }
    SUBCASE("DUP with QoS 0") {
        breaks({0x38, 3, 0, 1, 'a'});
    }
}

TEST_CASE("[MQTT-1.5.3-1] [MQTT-1.5.3-2] ill-formed strings") {
    SUBCASE("surrogate") {
        breaks({0x30, 5, 0, 3, 0xED, 0xA0, 0x80});
    }
    SUBCASE("U+0000") {
        breaks({0x30, 3, 0, 1, 0});
    }
    SUBCASE("overlong") {
        breaks({0x30, 4, 0, 2, 0xC1, 0x81});
    }
}

TEST_CASE("[MQTT-3.3.2-2] a wildcard in a topic name") {
    breaks({0x30, 3, 0, 1, '#'});
}

TEST_CASE("[MQTT-2.3.1-1] an identifier of 0") {
    breaks({0x32, 5, 0, 1, 'a', 0, 0});
    breaks({0x40, 2, 0, 0});
}

TEST_CASE("fixed headers that are none") {
    SUBCASE("type 0") {
        breaks({0x00, 0}, reason::malformed_packet);
    }
    SUBCASE("a fifth length byte") {
        breaks({0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1}, reason::malformed_packet);
    }
}

TEST_CASE("a packet above our maximum ends the connection as soon as its length is known") {
    for (const auto v : {mqtt_version::v3_1_1, mqtt_version::v5}) {
        auto options = amy(v);
        options.packet_bytes_max = 1000;
        conversation talk(options);
        talk.connect();
        talk.broker_says_bytes({0x30, 0xE8, 0x07});
        if (v == mqtt_version::v5) CHECK(talk.expect<protocol::disconnect>().code == reason::packet_too_large);
        CHECK(talk.engine.wants_close());
    }
}

TEST_CASE("answers of the wrong kind") {
    conversation talk;
    talk.connect();
    SUBCASE("PUBACK for QoS 2") {
        talk.publish("a", "", mqtt_qos::exactly_once);
        talk.broker_acks(packet_type::puback, 1);
    }
    SUBCASE("PUBREC for QoS 1") {
        talk.publish("a", "", mqtt_qos::at_least_once);
        talk.broker_acks(packet_type::pubrec, 1);
    }
    SUBCASE("PUBCOMP before PUBREC") {
        talk.publish("a", "", mqtt_qos::exactly_once);
        talk.broker_acks(packet_type::pubcomp, 1);
    }
    SUBCASE("PUBACK for SUBSCRIBE") {
        talk.subscribe("a");
        talk.broker_acks(packet_type::puback, 1);
    }
    SUBCASE("SUBACK with two codes for one filter") {
        talk.subscribe("a");
        talk.broker_grants(1, {0, 0});
    }
    CHECK(talk.expect_close().starts_with("the broker broke the protocol: "));
}

TEST_CASE("answers to nothing change nothing") {
    conversation talk(amy(mqtt_version::v5));
    talk.connect();
    const std::vector<std::uint8_t> codes{0};
    talk.broker_acks(packet_type::puback, 77);
    talk.broker_acks(packet_type::pubcomp, 77);
    talk.broker_grants(77, {0});
    talk.broker_says(protocol::unsuback{.id = 77, .codes = codes});
    talk.broker_says(protocol::pingresp{});
    CHECK(talk.silent());
    CHECK(talk.engine.online());
}

TEST_CASE("random bytes, also behind true packets: an end in words or nothing, never anything else") {
    std::mt19937 random(20'261'122);
    for (int round = 0; round < 3000; ++round) {
        conversation talk(amy(round % 2 == 0 ? mqtt_version::v3_1_1 : mqtt_version::v5));
        if (round % 3 == 0) {
            talk.open();
            (void)talk.expect<protocol::connect>();
        } else {
            talk.connect();
            talk.publish("a", "", mqtt_qos::at_least_once);
            talk.publish("a", "", mqtt_qos::exactly_once);
            talk.subscribe("a");
        }
        std::vector<std::uint8_t> noise(random() % 64);
        for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
        if (noise.size() > 2 && round % 5 == 0) {  // a plausible fixed header
            noise[0] = static_cast<std::uint8_t>(random() % 16 << 4);
            noise[1] = static_cast<std::uint8_t>(noise.size() - 2);
        }
        talk.broker_says_bytes(noise);
        if (talk.engine.wants_close()) CHECK(!talk.expect_close().empty());
    }
}
