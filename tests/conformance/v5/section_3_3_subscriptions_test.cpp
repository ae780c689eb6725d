// MQTT 5.0, 3.3.1 and 3.3.4, as far as they follow from subscriptions: overlapping ones, identifiers, retain handling, retain as published.
#include "conformance/v5/subscriptions.hpp"

using namespace tepore::conformance;

namespace {

using identifiers = std::vector<std::uint32_t>;

identifiers sorted_identifiers(const received_publish& p) {
    auto all = subscription_identifiers(p);
    std::ranges::sort(all);
    return all;
}

}  // namespace

TEST_CASE("[MQTT5-3.3.4-2] [B-20] overlapping subscriptions: the highest QoS of those that match, whatever the order") {
    for (const auto& [first, second] : {std::pair(qos_0, qos_2), std::pair(qos_2, qos_0), std::pair(qos_1, qos_2), std::pair(qos_0, qos_1)}) {
        broker_room broker(options());
        auto bob = broker.connect("bob", client5());
        bob.subscribe("a/+", first);
        bob.subscribe("a/#", second);
        auto amy = broker.connect("amy", client5());
        amy.publish("a/b", "x", qos_2);
        CHECK(bob.take().qos == std::max(first, second));
        amy.publish("a/b/c", "x", qos_2);
        CHECK(bob.take().qos == second);
        CHECK(bob.silent());
    }
}

TEST_CASE("[MQTT5-3.3.4-3] [MQTT5-3.3.4-4] [B-20] one copy carries the identifiers of all matching subscriptions that have one, equal ones too") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    subscribe5(bob, "a/b", {}, 7);
    subscribe5(bob, "a/+", {.qos = qos_1}, 268'435'455);
    subscribe5(bob, "#", {}, 7);
    subscribe5(bob, "a/#", {});  // has none
    subscribe5(bob, "b", {}, 9);
    auto amy = broker.connect("amy", client5());
    for (const auto q : every_qos) {
        amy.publish("a/b", "x", q);
        CHECK(sorted_identifiers(bob.take()) == identifiers{7, 7, 268'435'455});
        amy.publish("a/c", "x", q);
        CHECK(sorted_identifiers(bob.take()) == identifiers{7, 268'435'455});
        amy.publish("a/b/c", "x", q);
        CHECK(sorted_identifiers(bob.take()) == identifiers{7});
        CHECK(bob.silent());
    }
    CHECK(unsubscribe5(bob, "#") == 0);
    amy.publish("a/b/c", "x");
    CHECK(subscription_identifiers(bob.take()).empty());
}

TEST_CASE("[MQTT5-3.3.4-3] every identifier from 1 to 268,435,455 comes back as it was given") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    auto amy = broker.connect("amy", client5());
    for (const std::uint32_t id : {1u, 127u, 128u, 16'383u, 16'384u, 2'097'151u, 2'097'152u, 268'435'455u}) {
        subscribe5(bob, "a", {}, id);
        amy.publish("a", "x");
        CHECK(subscription_identifiers(bob.take()) == identifiers{id});
    }
}

TEST_CASE("[MQTT5-3.3.4-3] each client gets its own identifiers, and they go before none of the publisher's properties") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    subscribe5(bob, "a", {}, 1);
    auto eve = broker.connect("eve", client5());
    subscribe5(eve, "a", {}, 2);
    auto old = broker.connect("old");
    old.subscribe("a");
    auto amy = broker.connect("amy", client5());
    amy.send(publish5_bytes(0x30, "a", "x", 0, properties({user_property("k", "v"), user_property("k", "w")})));
    const auto his = bob.take();
    CHECK(subscription_identifiers(his) == identifiers{1});
    CHECK(user_properties(property_view(his.properties)) == std::vector<std::pair<std::string, std::string>>{{"k", "v"}, {"k", "w"}});
    CHECK(subscription_identifiers(eve.take()) == identifiers{2});
    CHECK(old.raw() == publish_bytes(0x30, "a", "x"));
}

TEST_CASE("[MQTT5-3.3.4-3] a retained message carries the identifier of the subscription that brought it, and of no other") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.publish("a/b", "kept", qos_1, true);
    auto bob = broker.connect("bob", client5());
    subscribe5(bob, "a/+", {.qos = qos_1}, 1);
    CHECK(subscription_identifiers(bob.take()) == identifiers{1});
    subscribe5(bob, "a/#", {.qos = qos_1}, 2);
    CHECK(subscription_identifiers(bob.take()) == identifiers{2});
    subscribe5(bob, "#", {.qos = qos_1});
    CHECK(subscription_identifiers(bob.take()).empty());
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-3.3.4-3] identifiers stay with messages that wait, in flight or in the queue") {
    broker_room broker(options());
    const auto as_bob = returning5(3'600, {short_property(property_id::receive_maximum, 1)});
    auto bob = broker.connect("bob", as_bob);
    subscribe5(bob, "a", {.qos = qos_2}, 5);
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "1", qos_1);
    amy.publish("a", "2", qos_2);
    CHECK(subscription_identifiers(bob.expect_publish()) == identifiers{5});
    bob.drop();
    amy.publish("a", "3", qos_1);
    bob = broker.connect("bob", as_bob);
    for (const auto payload : {"1"sv, "2"sv, "3"sv}) {
        const auto found = bob.take();
        CHECK(found.payload == payload);
        CHECK(found.dup == (payload == "1"));
        CHECK(subscription_identifiers(found) == identifiers{5});
    }
}

TEST_CASE("5.0 section 3.8.4: an identifier ends with its subscription: by UNSUBSCRIBE, by a SUBSCRIBE without one, by the session's end") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    auto bob = broker.connect("bob", returning5());
    subscribe5(bob, "a", {}, 5);
    subscribe5(bob, "a", {}, 6);
    amy.publish("a", "x");
    CHECK(subscription_identifiers(bob.take()) == identifiers{6});
    subscribe5(bob, "a", {});
    amy.publish("a", "x");
    CHECK(subscription_identifiers(bob.take()).empty());
    subscribe5(bob, "a", {}, 7);
    unsubscribe5(bob, "a");
    subscribe5(bob, "a", {});
    amy.publish("a", "x");
    CHECK(subscription_identifiers(bob.take()).empty());
    subscribe5(bob, "a", {}, 8);
    bob = broker.connect("bob", client5());
    bob.subscribe("a");
    amy.publish("a", "x");
    CHECK(subscription_identifiers(bob.take()).empty());
}

TEST_CASE("[MQTT5-3.3.4-6] [B-21] a subscription identifier in a client's PUBLISH: 0x82") {
    for (const unsigned first_byte : {0x30u, 0x32u, 0x34u})
        check_disconnects(publish5_bytes(first_byte, "a", "x", 1, properties({subscription_identifier(1)})), reason::protocol_error);
}

TEST_CASE("[MQTT5-3.3.1-9] [B-15] [B-16] Retain Handling 0: retained messages at each SUBSCRIBE, with RETAIN set") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.publish("a/1", "1", qos_1, true);
    amy.publish("a/2", "2", qos_1, true);
    auto bob = broker.connect("bob", client5());
    for (int n = 0; n < 3; ++n) {
        subscribe5(bob, "a/+", {.qos = qos_1});
        std::vector<std::string> found;
        for (int m = 0; m < 2; ++m) {
            const auto p = bob.take();
            CHECK(p.retain);
            found.push_back(p.payload);
        }
        CHECK(sorted(found) == std::vector<std::string>{"1", "2"});
        CHECK(bob.silent());
    }
}

TEST_CASE(
    "[MQTT5-3.3.1-10] [B-15] Retain Handling 1: retained messages for a subscription that is new to the session, also when it was resumed or "
    "unsubscribed") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "kept", qos_1, true);
    const subscription_options if_new{.qos = qos_1, .retain = retain_handling::send_if_new};
    auto eve = broker.connect("eve", client5());
    subscribe5(eve, "a", if_new);
    CHECK(eve.take().payload == "kept");

    auto bob = broker.connect("bob", returning5());
    subscribe5(bob, "a", if_new);  // eve's subscription is not his
    CHECK(bob.take().payload == "kept");
    subscribe5(bob, "a", if_new);
    CHECK(bob.silent());
    subscribe5(bob, "+", if_new);  // another filter, though it matches the same
    CHECK(bob.take().payload == "kept");
    bob.drop();
    bob = broker.connect("bob", returning5());
    subscribe5(bob, "a", if_new);
    CHECK(bob.silent());
    unsubscribe5(bob, "a");
    subscribe5(bob, "a", if_new);
    CHECK(bob.take().payload == "kept");
    bob.drop();
    auto again = returning5();
    again.clean = true;
    bob = broker.connect("bob", again);
    subscribe5(bob, "a", if_new);
    CHECK(bob.take().payload == "kept");
}

TEST_CASE("[MQTT5-3.3.1-11] [B-15] Retain Handling 2: no retained messages, but the live ones") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    amy.publish("a", "kept", qos_1, true);
    auto bob = broker.connect("bob", client5());
    for (int n = 0; n < 2; ++n) {
        subscribe5(bob, "a", {.qos = qos_1, .retain = retain_handling::do_not_send});
        CHECK(bob.silent());
    }
    amy.publish("a", "live", qos_1, true);
    CHECK(bob.take().payload == "live");
}

TEST_CASE(
    "[MQTT5-3.3.1-12] [MQTT5-3.3.1-13] [B-16] Retain As Published: the flag of the publisher, else 0; of overlapping subscriptions one is enough") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    auto eve = broker.connect("eve", client5());
    auto amy = broker.connect("amy", client5());
    subscribe5(bob, "a", {.qos = qos_1, .retain_as_published = true});
    subscribe5(eve, "a", {.qos = qos_1});
    for (const bool retain : {true, false}) {
        amy.publish("a", "x", qos_1, retain);
        CHECK(bob.take().retain == retain);
        CHECK(!eve.take().retain);
    }
    subscribe5(eve, "#", {.retain_as_published = true, .retain = retain_handling::do_not_send});
    amy.publish("a", "x", qos_1, true);
    CHECK(eve.take().retain);
}

TEST_CASE("[MQTT5-3.3.1-12] [MQTT5-3.3.1-13] [B-16] Retain As Published holds for messages that waited") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    for (const bool keeps : {true, false}) {
        auto bob = broker.connect("bob", returning5());
        subscribe5(bob, "a", {.qos = qos_1, .retain_as_published = keeps, .retain = retain_handling::do_not_send});
        bob.drop();
        amy.publish("a", "x", qos_1, true);
        bob = broker.connect("bob", returning5());
        CHECK(bob.take().retain == keeps);
    }
}

TEST_CASE("[MQTT5-3.3.1-6] [MQTT5-3.3.1-7] [B-17] an empty retained message clears the topic, is forwarded, and is not kept") {
    broker_room broker(options());
    auto amy = broker.connect("amy", client5());
    auto bob = broker.connect("bob", client5());
    subscribe5(bob, "a", {.qos = qos_1, .retain_as_published = true});
    amy.publish("a", "kept", qos_1, true);
    CHECK(bob.take().payload == "kept");
    amy.publish("a", "", qos_1, true);
    const auto found = bob.take();
    CHECK(found.payload.empty());
    CHECK(found.retain);
    subscribe5(bob, "a", {});
    CHECK(bob.silent());
}
