#include "protocol/topic.hpp"

#include <doctest/doctest.h>

#include <random>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;
using namespace std::string_view_literals;

namespace {

std::string name_verdict(std::string_view name) {
    return verdict(check_topic_name(name), version::v3_1_1);
}
std::string filter_verdict(std::string_view filter) {
    return verdict(check_topic_filter(filter), version::v3_1_1);
}
std::string filter_verdict_5(std::string_view filter) {
    return verdict(check_topic_filter(filter), version::v5);
}

}  // namespace

TEST_CASE("[MQTT-4.7.1-1] [MQTT5-4.7.0-1] wildcards are not for topic names") {
    for (const auto name : {"+"sv, "#"sv, "a/+"sv, "a/#"sv, "a+"sv, "#a"sv, "sport/tennis/player1/+"sv, "umidità/#"sv}) {
        CHECK(name_verdict(name) == "Topic Name invalid MQTT-4.7.1-1");
    }
}

TEST_CASE("[MQTT-4.7.3-1] [MQTT5-4.7.3-1] names and filters have at least one character") {
    CHECK(name_verdict("") == "Topic Name invalid MQTT-4.7.3-1");
    CHECK(filter_verdict("") == "Topic Filter invalid MQTT-4.7.3-1");
    for (const auto text : {"/"sv, " "sv, "//"sv, "a"sv, "ACCOUNTS/Accounts payable"sv, "$SYS"sv, "/finance"sv, "a//b/"sv}) {
        CHECK(name_verdict(text) == "accepted");
        CHECK(filter_verdict(text) == "accepted");
    }
}

TEST_CASE("[MQTT-4.7.3-2] [MQTT5-4.7.3-2] names and filters have no U+0000, and are UTF-8") {
    for (const auto text : {"a\0b"sv, "\0"sv, "\xFF"sv, "a/\xED\xA0\x80"sv, "\x80+"sv}) {
        CHECK(name_verdict(text) == "Topic Name invalid MQTT-1.5.3-1");
        CHECK(filter_verdict(text) == "Topic Filter invalid MQTT-1.5.3-1");
    }
}

TEST_CASE("[MQTT-4.7.3-3] [MQTT5-4.7.3-3] names and filters have at most 65,535 bytes") {
    const std::string longest(65'535, 'a');
    CHECK(name_verdict(longest) == "accepted");
    CHECK(filter_verdict(longest) == "accepted");
    CHECK(name_verdict(longest + 'a') == "Topic Name invalid MQTT-4.7.3-3");
    CHECK(filter_verdict(longest + 'a') == "Topic Filter invalid MQTT-4.7.3-3");
}

TEST_CASE("names and filters have at most topic_levels_max levels") {
    std::string deepest;
    for (std::size_t i = 1; i < topic_levels_max; ++i) deepest += "a/";
    CHECK(name_verdict(deepest) == "accepted");  // the last level is empty
    CHECK(filter_verdict(deepest + '#') == "accepted");
    CHECK(name_verdict(deepest + '/') == "Topic Name invalid limit topic_levels_max");
    CHECK(filter_verdict(deepest + '/') == "Topic Filter invalid limit topic_levels_max");
}

TEST_CASE("[MQTT-4.7.1-2] [MQTT5-4.7.1-1] '#' stands alone in the last level") {
    for (const auto filter : {"#"sv, "sport/#"sv, "/#"sv, "sport/tennis/#"sv, "+/#"sv, "$SYS/#"sv}) CHECK(filter_verdict(filter) == "accepted");
    for (const auto filter : {"sport/tennis#"sv, "sport/tennis/#/ranking"sv, "##"sv, "#/"sv, "a/#b"sv, "a#/b"sv, "#/a"sv}) {
        CHECK(filter_verdict(filter) == "Topic Filter invalid MQTT-4.7.1-2");
        CHECK(filter_verdict_5(filter) == "Topic Filter invalid MQTT5-4.7.1-1");
    }
}

TEST_CASE("[MQTT-4.7.1-3] [MQTT5-4.7.1-2] '+' stands alone in its level") {
    for (const auto filter : {"+"sv, "+/tennis/#"sv, "sport/+/player1"sv, "/+"sv, "+/+"sv, "a/+"sv, "+/"sv})
        CHECK(filter_verdict(filter) == "accepted");
    for (const auto filter : {"sport+"sv, "+sport"sv, "a/b+/c"sv, "a/+b"sv, "++"sv, "a/++"sv}) {
        CHECK(filter_verdict(filter) == "Topic Filter invalid MQTT-4.7.1-3");
        CHECK(filter_verdict_5(filter) == "Topic Filter invalid MQTT5-4.7.1-2");
    }
}

TEST_CASE("[MQTT5-4.8.2-1] a shared subscription has a share name") {
    for (const auto filter : {"$share"sv, "$share/"sv, "$share//"sv, "$share//a"sv})
        CHECK(filter_verdict_5(filter) == "Topic Filter invalid MQTT5-4.8.2-1");
    CHECK(filter_verdict_5("$shared/a") == "accepted");  // an ordinary filter
}

TEST_CASE("[MQTT5-4.8.2-2] a share name has no wildcard and is followed by a topic filter") {
    for (const auto filter : {"$share/g"sv, "$share/g/"sv, "$share/+/a"sv, "$share/#/a"sv, "$share/#"sv, "$share/a+b/c"sv}) {
        CHECK(filter_verdict_5(filter) == "Topic Filter invalid MQTT5-4.8.2-2");
    }
    CHECK(filter_verdict_5("$share/g/a/#/b") == "Topic Filter invalid MQTT5-4.7.1-1");
    CHECK(filter_verdict_5("$share/\xFF/a") == "Topic Filter invalid MQTT5-1.5.4-1");
    for (const auto filter : {"$share/g/a"sv, "$share/g/#"sv, "$share/g//"sv, "$share/g/$SYS/x"sv, "$share/due parole/+/b"sv}) {
        CHECK(filter_verdict_5(filter) == "accepted");
    }
}

TEST_CASE("a shared filter splits into share name and filter") {
    const auto shared = split_shared("$share/g/a/+");
    REQUIRE(shared);
    CHECK(shared->group == "g");
    CHECK(shared->filter == "a/+");
    const auto leading_slash = split_shared("$share/g//a");
    REQUIRE(leading_slash);
    CHECK(leading_slash->filter == "/a");
    CHECK(!split_shared("a/b"));
    CHECK(!split_shared("$shared/g/a"));
}

TEST_CASE("matching: the examples of 4.7") {
    CHECK(matches("sport/tennis/player1/#", "sport/tennis/player1"));
    CHECK(matches("sport/tennis/player1/#", "sport/tennis/player1/ranking"));
    CHECK(matches("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"));
    CHECK(matches("sport/#", "sport"));
    CHECK(!matches("sport/#", "sports"));
    CHECK(matches("sport/tennis/+", "sport/tennis/player1"));
    CHECK(!matches("sport/tennis/+", "sport/tennis/player1/ranking"));
    CHECK(!matches("sport/+", "sport"));
    CHECK(matches("sport/+", "sport/"));
    CHECK(matches("+/+", "/finance"));
    CHECK(matches("/+", "/finance"));
    CHECK(!matches("+", "/finance"));
    CHECK(matches("#", "/"));
    CHECK(matches("a/+/c/#", "a//c"));
    CHECK(!matches("a/b", "a/b/"));
    CHECK(!matches("a/b/", "a/b"));
    CHECK(matches("//", "//"));
    CHECK(!matches("/", "//"));
    CHECK(matches("$share/g/sport/+", "sport/tennis"));
}

TEST_CASE("[MQTT-4.7.2-1] [MQTT5-4.7.2-1] a leading wildcard does not match a leading $") {
    CHECK(!matches("#", "$SYS"));
    CHECK(!matches("#", "$SYS/monitor/Clients"));
    CHECK(!matches("+/monitor/Clients", "$SYS/monitor/Clients"));
    CHECK(!matches("+", "$SYS"));
    CHECK(!matches("$share/g/#", "$SYS/x"));
    CHECK(matches("$SYS/#", "$SYS/monitor/Clients"));
    CHECK(matches("$SYS/monitor/+", "$SYS/monitor/Clients"));
    CHECK(matches("$share/g/$SYS/#", "$SYS/x"));
    CHECK(matches("a/+", "a/$b"));
}

TEST_CASE("[MQTT-4.7.3-4] [MQTT5-4.7.3-4] matching changes no character: no case folding, no normalisation, no empty level dropped") {
    CHECK(!matches("ACCOUNTS", "Accounts"));
    CHECK(!matches("e\xCC\x81", "\xC3\xA9"));  // decomposed and composed forms of é
    CHECK(!matches("a//b", "a/b"));
    CHECK(!matches("a%2Fb", "a/b"));
    CHECK(!matches(" a", "a"));
    CHECK(
        !matches("\xEF\xBB\xBF"
                 "a",
                 "a"));
}

TEST_CASE("a topic matches itself, '#', and any filter made of it by putting wildcards over levels") {
    std::mt19937 random(47);
    constexpr std::string_view levels[] = {"", "a", "bb", "casa", "1"};
    for (int round = 0; round < 2'000; ++round) {
        std::string topic;
        std::string filter;
        const auto count = 1 + random() % 5;
        const auto cut = random() % (2 * count);  // levels from here on are under '#', when it lies inside
        for (std::size_t i = 0; i < count; ++i) {
            const auto level = levels[random() % std::size(levels)];
            topic += (i == 0 ? "" : "/") + std::string(level);
            if (i < cut) filter += (i == 0 ? "" : "/") + std::string(random() % 3 == 0 ? "+" : level);
        }
        if (cut < count) filter += cut == 0 ? "#" : "/#";
        if (topic.empty() || filter.empty()) continue;
        INFO(topic, " ", filter);
        CHECK(matches(topic, topic));
        CHECK(matches("#", topic));
        CHECK(matches(filter, topic));
        CHECK(!matches(topic + "/x", topic));
        CHECK(!matches(topic, topic + "/x"));
    }
}
