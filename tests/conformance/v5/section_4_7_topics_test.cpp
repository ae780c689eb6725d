// MQTT 5.0, 4.7: topic names, topic filters, and what matches what; for ordinary and shared subscriptions alike.
#include "conformance/v5/subscriptions.hpp"

using namespace tepore::conformance;

namespace {

struct matching {
    std::string_view filter;
    std::string_view topic;
    bool matches;
};

void check_matching(std::initializer_list<matching> rows) {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    auto amy = broker.connect("amy", client5());
    for (const auto& row : rows) {
        for (const auto& filter : {std::string(row.filter), "$share/group/" + std::string(row.filter)}) {
            CAPTURE(filter);
            CAPTURE(row.topic);
            REQUIRE(subscribe5(bob, filter, {.qos = qos_1}) == 1);
            amy.publish(row.topic, "x", qos_1);
            if (row.matches) {
                CHECK(bob.take().topic == row.topic);
            }
            CHECK(bob.silent());
            CHECK(unsubscribe5(bob, filter) == 0);
        }
    }
}

constexpr std::string_view misplaced[] = {"a#", "#/a", "a/#/b", "##", "a/##", "a+", "+a", "a/b+/c", "++", "+#", "a/+b", "#a", "+/#/+"};

}  // namespace

TEST_CASE("[MQTT5-4.7.0-1] [B-29] a topic name with a wildcard: 0x90") {
    for (const auto topic : {"#"sv, "+"sv, "a/#"sv, "a/+/b"sv, "a+"sv, "a#"sv})
        for (const unsigned first_byte : {0x30u, 0x32u, 0x34u})
            check_disconnects(publish5_bytes(first_byte, topic, "x", 1), reason::topic_name_invalid);
}

TEST_CASE("[MQTT5-4.7.1-1] [MQTT5-4.7.1-2] [B-29] misplaced wildcards: 0x8F for the filter, which never matches; the connection stays") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    auto amy = broker.connect("amy", client5());
    for (const auto filter : misplaced) {
        CAPTURE(filter);
        CHECK(subscribe5(bob, filter, {}) == 0x8F);
        CHECK(subscribe5(bob, "$share/g/" + std::string(filter), {}) == 0x8F);
        CHECK(unsubscribe5(bob, filter) == 0x8F);
    }
    for (const auto topic : {"a"sv, "a/b"sv, "a/b/c"sv, "b"sv, "ab"sv}) amy.publish(topic, "x");
    CHECK(bob.silent());
}

TEST_CASE("[MQTT5-4.7.1-1] [B-29] '#' matches its parent and everything below") {
    check_matching({
        {"sport/tennis/player1/#", "sport/tennis/player1", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
        {"sport/tennis/player1/#", "sport/tennis/player2", false},
        {"sport/#", "sport", true},
        {"sport/#", "sport/", true},
        {"sport/#", "sports", false},
        {"#", "a", true},
        {"#", "/", true},
        {"#", "a/b/c", true},
        {"/#", "/", true},
        {"/#", "a", false},
        {"a//#", "a/", true},
        {"a//#", "a", false},
    });
}

TEST_CASE("[MQTT5-4.7.1-2] [B-29] '+' matches exactly one level, also an empty one") {
    check_matching({
        {"sport/tennis/+", "sport/tennis/player1", true},
        {"sport/tennis/+", "sport/tennis/player1/ranking", false},
        {"sport/+", "sport", false},
        {"sport/+", "sport/", true},
        {"+", "a", true},
        {"+", "/a", false},
        {"+/+", "/finance", true},
        {"/+", "/finance", true},
        {"+", "/finance", false},
        {"+/tennis/#", "sport/tennis", true},
        {"+/+/+", "//", true},
        {"a/+/c", "a//c", true},
        {"a/+/#", "a", false},
        {"a/+/#", "a/b", true},
    });
}

TEST_CASE("[MQTT5-4.7.2-1] [B-28] a filter that begins with a wildcard does not match a topic that begins with '$'") {
    check_matching({
        {"#", "$a", false},
        {"#", "$a/b", false},
        {"+", "$a", false},
        {"+/b", "$a/b", false},
        {"+/#", "$a/b", false},
        {"$a/#", "$a/b", true},
        {"$a/#", "$a", true},
        {"$a/+", "$a/b", true},
        {"a/+", "a/$b", true},
        {"#", "a/$b", true},
        {"$a/b", "$a/b", true},
    });
}

TEST_CASE("[MQTT5-4.7.2-1] [B-28] '#' does not bring $SYS, '$SYS/#' does") {
    broker_room broker(options());
    auto bob = broker.connect("bob", client5());
    bob.subscribe("#");
    bob.subscribe("+/broker/uptime");
    broker.advance(11s);
    CHECK(bob.silent());
    bob.subscribe("$SYS/#");
    CHECK(bob.expect_publish().topic.starts_with("$SYS/"));
}

TEST_CASE("[MQTT5-4.7.3-1] an empty topic name or filter ends the connection: 0x82") {
    check_disconnects(subscribe5_bytes(1, "", 0), reason::protocol_error);
    check_disconnects(unsubscribe5_bytes(1, ""), reason::protocol_error);
    check_disconnects(publish5_bytes(0x30, "", "x"), reason::protocol_error);  // and no topic alias that would stand for it
}

TEST_CASE("[MQTT5-4.7.3-2] U+0000 in a topic name or filter: 0x81") {
    check_disconnects(subscribe5_bytes(1, "a\0b"sv, 0), reason::malformed_packet);
    check_disconnects(unsubscribe5_bytes(1, "\0"sv), reason::malformed_packet);
    check_disconnects(publish5_bytes(0x30, "a\0"sv, "x"), reason::malformed_packet);
}

TEST_CASE("[MQTT5-4.7.3-3] names and filters of 65,535 bytes work") {
    broker_room broker(options());
    const std::string longest(65'535, 'x');
    auto bob = broker.connect("bob", client5());
    auto eve = broker.connect("eve", client5());
    CHECK(subscribe5(bob, longest, {}) == 0);
    CHECK(subscribe5(eve, "$share/g/" + longest.substr(0, 65'526), {}) == 0);
    auto amy = broker.connect("amy", client5());
    amy.publish(longest, "1");
    CHECK(bob.expect_publish().topic == longest);
    amy.publish(longest.substr(0, 65'526), "2");
    CHECK(eve.expect_publish().payload == "2");
    CHECK(bob.silent());
    CHECK(unsubscribe5(bob, longest) == 0);
}

TEST_CASE("[MQTT5-4.7.3-4] [B-29] names and filters are compared as they are: no normalisation, no folding of case") {
    check_matching({
        {"ACCOUNTS", "Accounts", false},
        {"Accounts payable", "Accounts payable", true},
        {"/finance", "finance", false},
        {"finance", "finance/", false},
        {"a//b", "a/b", false},
        {"a/./b", "a/b", false},
        {"a/../a", "a", false},
        {"caf\u00e9", "cafe\u0301", false},  // the same to the eye
        {"caf\u00e9", "caf\u00e9", true},
        {"\ufeffa", "a", false},  // a byte order mark is a character like any other
        {"\ufeffa", "\ufeffa", true},
        {" a", "a", false},
        {"%61", "a", false},
        {"/", "/", true},
    });
}
