// MQTT 3.1.1, 1.5: how numbers and strings are written.
#include "conformance/dialogue.hpp"

using namespace tepore::conformance;

namespace {

struct bad_text {
    const char* what;
    std::string_view bytes;
};

constexpr bad_text ill_formed[] = {
    {"a continuation byte alone", "\x80"},
    {"two bytes, cut", "\xC3"},
    {"three bytes, cut", "\xE2\x82"},
    {"four bytes, cut", "\xF0\x9F\x98"},
    {"a lead byte followed by a letter", "\303a"},
    {"overlong two bytes", "\xC1\xBF"},
    {"overlong three bytes", "\xE0\x9F\xBF"},
    {"overlong four bytes", "\xF0\x8F\xBF\xBF"},
    {"the first surrogate, U+D800", "\xED\xA0\x80"},
    {"the last surrogate, U+DFFF", "\xED\xBF\xBF"},
    {"above U+10FFFF", "\xF4\x90\x80\x80"},
    {"a lead byte of five", "\xF8\x88\x80\x80\x80"},
    {"0xFF", "\xFF"},
};

constexpr bad_text with_null[] = {
    {"U+0000", "\0"sv},
    {"U+0000 within", "a\0b"sv},
    {"U+0000 in two bytes", "\xC0\x80"sv},
};

/// Every string of an established connection's packets.
void check_closes_in_every_packet(const bad_text& bad) {
    CAPTURE(bad.what);
    const std::string dressed = "a/" + std::string(bad.bytes) + "/z";  // not only at the string's end
    for (const std::string_view topic : {bad.bytes, std::string_view(dressed)}) {
        check_closes(publish_bytes(0x30, topic, "x"));
        check_closes(subscribe_bytes(1, topic, 0));
        check_closes(unsubscribe_bytes(1, topic));
    }
}

}  // namespace

TEST_CASE("[MQTT-1.5.3-1] [MQTT-3.3.2-1] [MQTT-3.8.3-1] [MQTT-3.10.3-1] ill-formed UTF-8 in a topic or filter closes the connection [B-31]") {
    for (const auto& bad : ill_formed) check_closes_in_every_packet(bad);
}

TEST_CASE("[MQTT-1.5.3-2] [MQTT-4.7.3-2] U+0000 in a topic or filter closes the connection [B-31]") {
    for (const auto& bad : with_null) check_closes_in_every_packet(bad);
}

TEST_CASE("[MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-3.1.3-4] a client identifier that is not good UTF-8: closed without CONNACK [B-31]") {
    for (const auto& bad : ill_formed) {
        CAPTURE(bad.what);
        check_refused_without_connack(connect_bytes{.payload = text(bad.bytes)}.whole());
    }
    for (const auto& bad : with_null) {
        CAPTURE(bad.what);
        check_refused_without_connack(connect_bytes{.payload = text(bad.bytes)}.whole());
    }
}

TEST_CASE("[MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-3.1.3-10] a will topic that is not good UTF-8: closed without CONNACK") {
    const auto connect_with = [](std::string_view topic) {
        return connect_bytes{.flags = clean_session | will_flag, .payload = join({text("id"), text(topic), text("gone")})}.whole();
    };
    for (const auto& bad : ill_formed) {
        CAPTURE(bad.what);
        check_refused_without_connack(connect_with(bad.bytes));
    }
    for (const auto& bad : with_null) {
        CAPTURE(bad.what);
        check_refused_without_connack(connect_with(bad.bytes));
    }
}

TEST_CASE("[MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-3.1.3-11] a user name that is not good UTF-8: closed without CONNACK [B-31]") {
    const auto connect_with = [](std::string_view name) {
        return connect_bytes{.flags = clean_session | user_name_flag, .payload = join({text("id"), text(name)})}.whole();
    };
    for (const auto& bad : ill_formed) {
        CAPTURE(bad.what);
        check_refused_without_connack(connect_with(bad.bytes));
    }
    for (const auto& bad : with_null) {
        CAPTURE(bad.what);
        check_refused_without_connack(connect_with(bad.bytes));
    }
}

TEST_CASE("[MQTT-1.5.3-3] a byte order mark is part of the string [B-31]") {
    constexpr auto marked = "\357\273\277a"sv;  // octal: "\xBFa" would be one long escape
    constexpr auto marked_inside = "a\357\273\277b"sv;
    broker_room broker(options());
    auto plain = broker.connect("plain");
    plain.subscribe("a");
    plain.subscribe("ab");
    auto bob = broker.connect("bob");
    bob.subscribe(marked);
    bob.subscribe(marked_inside);
    auto amy = broker.connect("amy");
    amy.publish(marked, "first");
    amy.publish(marked_inside, "second");
    CHECK(bob.expect_publish().topic == marked);
    CHECK(bob.expect_publish().topic == marked_inside);
    CHECK(plain.silent());

    auto bob_with_mark = broker.connect("\357\273\277bob");  // another client: bob stays
    CHECK(bob.silent());
    CHECK(bob_with_mark.silent());
}

TEST_CASE("3.1.1 section 1.5.3: characters of every length pass unchanged") {
    constexpr std::string_view topics[] = {
        "\x7E",
        "\xC2\xA0",
        "\xDF\xBF",
        "\xE0\xA0\x80",
        "\xED\x9F\xBF",
        "\xEE\x80\x80",
        "\xEF\xBF\xBD",
        "\xF0\x90\x80\x80",
        "\xF0\xAA\x9B\x94",
        "\xF4\x8F\xBF\xBD",
        "casa/caff\xC3\xA8/\xF0\x9F\x8C\xA1",
    };
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#");
    auto amy = broker.connect("amy");
    for (const auto topic : topics) {
        amy.publish(topic, "x");
        CHECK(bob.expect_publish().topic == topic);
    }
}

TEST_CASE("3.1.1 section 1.5.3: payloads, will messages and passwords are bytes, not text") {
    constexpr auto not_text = "\xFF\0\xC0\x80"sv;
    broker_room broker(options());
    auto bob = broker.connect("bob");
    bob.subscribe("#");
    auto amy = broker.connect("amy", {.will = will("will", not_text), .user_name = "amy", .password = std::string(not_text)});
    amy.publish("payload", not_text);
    CHECK(bob.expect_publish().payload == not_text);
    amy.drop();
    CHECK(bob.expect_publish().payload == not_text);
}

TEST_CASE("3.1.1 section 1.5.2: two-byte numbers have their most significant byte first") {
    broker_room broker(options());
    auto amy = broker.open();
    amy.send(connect_bytes{.keep_alive_s = 0x0100}.whole());  // 256 s: alive after what would be one second and a half
    CHECK(amy.raw() == accepted);
    amy.send(subscribe_bytes(0x0102, "a", 0));
    CHECK(amy.raw() == wire{0x90, 3, 0x01, 0x02, 0});
    broker.advance(300s);
    CHECK(amy.silent());
    broker.advance(100s);
    CHECK(amy.closed());
}
