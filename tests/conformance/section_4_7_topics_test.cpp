// MQTT 3.1.1, 4.7: topic names, topic filters, and what matches what.
#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

namespace {

struct matching {
    std::string_view filter;
    std::string_view topic;
    bool matches;
};

void check_matching(std::initializer_list<matching> rows) {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    auto amy = broker.connect("amy");
    for (const auto& row : rows) {
        CAPTURE(row.filter);
        CAPTURE(row.topic);
        bob.subscribe(row.filter);
        amy.publish(row.topic, "x");
        if (row.matches) {
            CHECK(bob.expect_publish().topic == row.topic);
        }
        CHECK(bob.silent());
        bob.unsubscribe(row.filter);
    }
}

}  // namespace

TEST_CASE("[MQTT-4.7.1-2] '#' matches its parent and everything below [B-29]") {
    check_matching({
        {"sport/tennis/player1/#", "sport/tennis/player1", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/ranking", true},
        {"sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true},
        {"sport/tennis/player1/#", "sport/tennis/player2", false},
        {"sport/tennis/player1/#", "sport/tennis/player11", false},
        {"sport/#", "sport", true},
        {"sport/#", "sport/", true},
        {"sport/#", "sports", false},
        {"#", "a", true},
        {"#", "/", true},
        {"#", "a/b/c", true},
        {"/#", "/", true},
        {"/#", "/a", true},
        {"/#", "a", false},
        {"a//#", "a/", true},
        {"a//#", "a", false},
    });
}

TEST_CASE("[MQTT-4.7.1-3] '+' matches exactly one level, also an empty one [B-29]") {
    check_matching({
        {"sport/tennis/+", "sport/tennis/player1", true},
        {"sport/tennis/+", "sport/tennis/player1/ranking", false},
        {"sport/+", "sport", false},
        {"sport/+", "sport/", true},
        {"+", "a", true},
        {"+", "a/b", false},
        {"+", "/finance", false},
        {"+/+", "/finance", true},
        {"/+", "/finance", true},
        {"+/tennis/#", "sport/tennis", true},
        {"+/tennis/#", "sport/tennis/x/y", true},
        {"sport/+/player1", "sport/tennis/player1", true},
        {"sport/+/player1", "sport//player1", true},
        {"sport/+/player1", "sport/player1", false},
        {"+/+/+", "//", true},
        {"+/b/+", "a/b/", true},
        {"+/#", "a", true},
        {"+/#", "/", true},
        {"a/+/#", "a", false},
        {"a/+/#", "a/", true},
    });
}

TEST_CASE("[MQTT-4.7.3-4] [MQTT-4.7.3-1] topics are compared as they are: case, spaces, slashes, accents [B-29]") {
    check_matching({
        {"a/b", "a/b", true},
        {"ACCOUNTS", "Accounts", false},
        {"Accounts payable", "Accounts payable", true},
        {"Accounts payable", "Accounts  payable", false},
        {" ", " ", true},
        {"/finance", "finance", false},
        {"finance", "/finance", false},
        {"finance/", "finance", false},
        {"finance", "finance/", false},
        {"/", "/", true},
        {"//", "/", false},
        {"a//b", "a/b", false},
        {"a//b", "a//b", true},
        {"a/./b", "a/b", false},
        {"caff\xC3\xA8", "caff\xC3\xA8", true},
        {"caff\xC3\xA8", "caffe\xCC\x80", false},  // the same letter, composed and decomposed
        {"\xEF\xBC\xA1", "A", false},              // full width
        {"\xF3\xA0\x84\x80", "\xF3\xA0\x84\x80", true},
    });
}

TEST_CASE("[MQTT-4.7.2-1] filters that begin with a wildcard do not match topics that begin with $ [B-28]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    for (const auto filter : {"#"sv, "+"sv, "+/x"sv, "+/#"sv, "+/+"sv, "+/x/y"sv}) bob.subscribe(filter);
    auto amy = broker.connect("amy");
    for (const auto topic : {"$a"sv, "$a/x"sv, "$a/x/y"sv, "$"sv}) amy.send(publish_bytes(0x31, topic, "x"));
    CHECK(bob.silent());
    auto late = broker.connect("late");
    for (const auto filter : {"#"sv, "+/x"sv, "+/#"sv}) late.subscribe(filter);
    CHECK(late.silent());  // nor the retained ones
}

TEST_CASE("[MQTT-4.7.2-1] $SYS reaches those who ask for it by name, and nobody else [B-28]") {
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("$SYS/#");
    auto other = broker.connect("other");
    other.subscribe("#");
    other.subscribe("+/#");
    other.subscribe("+/broker/#");
    broker.advance(2min);
    const auto found = look(bob).publishes;
    CHECK_FALSE(found.empty());
    for (const auto& one : found) CHECK(one.topic.starts_with("$SYS/"));
    CHECK(other.silent());
}

TEST_CASE("3.1.1 section 4.7.2: a $ that is not the first character is a letter like others") {
    check_matching({{"#", "a/$b", true}, {"+/$b", "a/$b", true}, {"+", "a$", true}});
}

TEST_CASE("[MQTT-4.7.3-1] an empty topic closes the connection") {
    check_closes(publish_bytes(0x30, "", "x"));
}

TEST_CASE("[MQTT-4.7.3-3] a topic and a filter of 65,535 bytes work [B-31]") {
    const std::string longest(65'535, 't');
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe(longest, qos_1);
    auto amy = broker.connect("amy");
    amy.publish(longest, "x", qos_1, true);
    CHECK(bob.take().topic == longest);
    auto late = broker.connect("late");
    late.subscribe("+", qos_1);
    CHECK(late.take().topic == longest);
}

TEST_CASE("3.1.1 section 4.7.3: a hundred levels are served; a topic of far too many harms nobody") {
    std::string hundred = "0";
    for (int n = 1; n < 100; ++n) hundred += '/' + std::to_string(n);
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe(hundred);
    auto watcher = broker.connect("watcher");
    watcher.subscribe("0/#");
    auto amy = broker.connect("amy");
    amy.publish(hundred, "x");
    CHECK(bob.expect_publish().topic == hundred);
    CHECK(watcher.expect_publish().topic == hundred);

    const std::string slashes(65'000, '/');
    amy.send(publish_bytes(0x30, slashes, "x"));
    auto careless = broker.connect("careless");
    careless.send(subscribe_bytes(1, slashes, 0));
    CHECK(bob.silent());
    CHECK(watcher.silent());
}
