// Topic aliases that we use towards a 5.0 broker.
#include "client/conversation.hpp"

#include <map>
#include <random>

using namespace tepore;
using namespace tepore::mqtt_client;
using namespace tepore::mqtt_client::testing;
using enum mqtt_qos;
using protocol::property_id;

namespace {

/// A broker that takes aliases up to `maximum` and understands them, as 3.3.2.3.4 says.
struct understanding {
    explicit understanding(std::uint16_t taken, client_options options = with_session()) : talk(std::move(options)) { connect(taken); }

    static client_options with_session() {
        auto options = amy(mqtt_version::v5);
        options.session_expiry_s = 60;
        return options;
    }
    void connect(std::uint16_t maximum_now, bool session_present = false) {
        maximum = maximum_now;
        topics.clear();
        protocol::property_builder told;
        if (maximum != 0) told.number(property_id::topic_alias_maximum, maximum);
        talk.connect({.session_present = session_present, .properties = told.view()});
    }
    /// The next PUBLISH, with the topic that it stands for.
    protocol::publish expect() {
        auto p = talk.expect<protocol::publish>();
        with_topic = !p.topic.empty();
        alias = static_cast<std::uint16_t>(p.properties.number(property_id::topic_alias).value_or(0));
        REQUIRE(alias <= maximum);
        if (alias == 0) return p;
        if (with_topic) topics[alias] = p.topic;
        REQUIRE(topics.contains(alias));
        p.topic = topics[alias];
        return p;
    }

    conversation talk;
    std::uint16_t maximum = 0;
    std::map<std::uint16_t, std::string> topics;
    bool with_topic = false;
    std::uint16_t alias = 0;
};

}  // namespace

TEST_CASE("[MQTT5-3.3.2-9] [MQTT5-3.2.2-17] [MQTT5-3.3.2-8] the topics used last go by aliases, within the broker's maximum") {
    understanding broker(2);
    const auto sends = [&](const std::string& topic, bool topic_goes_with_it) {
        broker.talk.publish(topic);
        CHECK(broker.expect().topic == topic);
        CHECK(broker.alias != 0);
        CHECK(broker.with_topic == topic_goes_with_it);
    };
    sends("house/kitchen", true);
    sends("house/kitchen", false);
    sends("house/garden", true);
    sends("house/kitchen", false);
    sends("house/cellar", true);  // in place of the garden, which was used longest ago
    sends("house/kitchen", false);
    sends("house/cellar", false);
    sends("house/garden", true);
}

TEST_CASE("[MQTT5-3.2.2-18] no aliases where the broker takes none, or the user wants none") {
    auto none = understanding::with_session();
    none.topic_aliases_used_max = 0;
    for (auto* broker : {std::make_unique<understanding>(0).release(), std::make_unique<understanding>(10, none).release()}) {
        const std::unique_ptr<understanding> owner(broker);
        for (int i = 0; i < 3; ++i) {
            broker->talk.publish("same/long/topic");
            CHECK(broker->expect().topic == "same/long/topic");
            CHECK(broker->alias == 0);
        }
    }
}

TEST_CASE("our own maximum of aliases holds below the broker's; a short topic needs none") {
    auto one = understanding::with_session();
    one.topic_aliases_used_max = 1;
    understanding broker(65'535, one);
    for (int i = 0; i < 10; ++i) {
        broker.talk.publish("topic/number/" + std::to_string(i));
        CHECK(broker.expect().topic == "topic/number/" + std::to_string(i));
        CHECK(broker.alias == 1);
    }
    broker.talk.publish("short");
    CHECK(broker.expect().topic == "short");
    CHECK(broker.alias == 0);
}

TEST_CASE("[MQTT5-3.3.2-7] aliases end with the connection, and what is sent again has none") {
    understanding broker(5);
    auto& talk = broker.talk;
    talk.publish("house/kitchen", "1", exactly_once);
    talk.publish("house/kitchen", "2", at_least_once);
    CHECK(broker.expect().topic == "house/kitchen");
    CHECK(broker.expect().topic == "house/kitchen");
    CHECK(!broker.with_topic);
    talk.drop();
    broker.connect(5, true);
    for (const auto* payload : {"1", "2"}) {
        const auto again = broker.expect();
        CHECK(again.dup);
        CHECK(again.topic == "house/kitchen");
        CHECK(as_text(again.payload) == payload);
        CHECK(broker.alias == 0);
    }
    talk.publish("house/kitchen", "3");
    CHECK(broker.expect().topic == "house/kitchen");
    CHECK(broker.with_topic);
}

TEST_CASE("[MQTT5-3.2.2-15] an alias that would make a packet too large is left out; one that makes it small enough does not count") {
    understanding broker(5);
    auto& talk = broker.talk;
    talk.drop();
    protocol::property_builder told;
    told.number(property_id::topic_alias_maximum, 5).number(property_id::maximum_packet_size, 30);
    broker.maximum = 5;
    talk.connect({.properties = told.view()});
    const std::string topic(10, 't');
    talk.publish(topic, std::string(15, 'x'));  // 30 bytes: 2 + 2 + topic + 1 + payload
    CHECK(talk.expect_bytes().size() == 30);
    talk.publish(topic, "x");
    CHECK(broker.expect().topic == topic);
    CHECK(broker.alias != 0);
    const auto id = talk.publish(topic, std::string(16, 'x'), at_most_once);
    CHECK(talk.result(id).code == static_cast<std::uint8_t>(reason::packet_too_large));
    CHECK(talk.silent());
}

TEST_CASE("whatever is published in whatever order, the broker understands it") {
    std::mt19937 random(7);
    understanding broker(7);
    for (int i = 0; i < 5000; ++i) {
        const auto topic = "some/topic/" + std::to_string(random() % 12);
        if (random() % 100 == 0) {
            broker.talk.drop();
            broker.connect(static_cast<std::uint16_t>(random() % 9));
        }
        broker.talk.publish(topic, std::to_string(i));
        CHECK(broker.expect().topic == topic);
    }
}
