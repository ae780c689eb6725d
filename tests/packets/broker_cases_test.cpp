// Every packet that a client may send, with every field wrong in every way: the broker says what the standard has for it, in the packet the standard
// has for it, ends that connection, and nobody else notices. What is right but unusual is taken.
#include <algorithm>

#include "packets/tally.hpp"

namespace tepore::packets {
namespace {

using conformance::broker_room;
using conformance::connect_options;
using conformance::peer;
using conformance::qos_2;
using protocol::packet_type;

constexpr unsigned connect = 1;
constexpr unsigned publish_type = 3;
constexpr unsigned disconnect = 14;
constexpr unsigned auth_type = 15;

/// Two who talk with each other while a third breaks the rules, and one who hears everything.
class stage {
public:
    stage() {
        watcher_.subscribe("#", qos_2);
        bob_.subscribe("between/us", qos_2);
    }

    [[nodiscard]] static receiver broker() {
        broker_room room(conformance::options());
        auto p = room.open();
        p.send(protocol::connect{.version = version::v5, .client_id = "asks"});
        const auto told = p.expect_connack().properties;
        using enum protocol::property_id;
        return {told.number(topic_alias_maximum).value_or(0), told.number(subscription_identifier_available).value_or(1) == 1,
                told.number(maximum_packet_size).value_or(0)};
    }

    /// Sends it to the broker on a connection of its own, after CONNECT unless it is one.
    void play(const packet& p, version v, const one_case& c) {
        CAPTURE(p.name);
        CAPTURE(c.name);
        auto offender = p.type == connect ? room_.open() : room_.connect("offender", connect_options{.version = v});
        if (p.type == connect) offender.set_version(v);
        offender.send(c.bytes);
        if (c.says.taken(v))
            check_taken(p, offender);
        else
            check_refused(p, v, c, offender);
        check_others();
    }

    /// What comes at the wrong time, or from the wrong side. `code` 0: the connection is closed in silence.
    void out_of_place(peer offender, const wire& bytes, unsigned code) {
        offender.send(bytes);
        const auto said = offender.raw();
        if (code == 0)
            CHECK(said.empty());
        else
            CHECK((said.size() > 2 && said[0] == 0xE0 && said[2] == code));
        CHECK(offender.closed());
        check_others();
    }
    /// Right, but in pieces of one byte.
    void in_pieces(const packet& p, version v) {
        CAPTURE(p.name);
        auto slow = p.type == connect ? room_.open() : room_.connect("offender", connect_options{.version = v});
        for (const auto byte : good_form(p, v)) slow.send({byte});
        check_taken(p, slow);
        check_others();
    }

    [[nodiscard]] peer stranger() { return room_.open(); }
    [[nodiscard]] peer guest(version v) { return room_.connect("offender", connect_options{.version = v}); }

    void check_others() {
        const auto message = std::to_string(++messages_);
        amy_.publish("between/us", message, qos_2);
        CHECK(bob_.take().payload == message);
        CHECK(bob_.silent());
        CHECK(watcher_.take().payload == message);
        CHECK(watcher_.silent());
    }

private:
    void check_taken(const packet& p, peer& offender) {
        const auto said = offender.raw();
        CHECK_MESSAGE((said.empty() || said[0] != 0xE0), "DISCONNECT with reason code ", said.size() > 2 ? said[2] : 0);
        if (p.type == disconnect) {
            CHECK(offender.closed());
            return;
        }
        if (p.type == connect) {
            const bool accepted = said.size() >= 4 && said[0] == 0x20 && said[3] == 0;
            CHECK_MESSAGE(accepted, "not accepted: ", said.size() > 3 ? said[3] : 0);
        }
        offender.send_pingreq();
        CHECK(offender.raw() == conformance::pingresp);
        offender.send(conformance::disconnect_packet);
        CHECK(offender.closed());
        while (p.type == publish_type && !watcher_.silent()) (void)watcher_.take();
    }

    void check_refused(const packet& p, version v, const one_case& c, peer& offender) {
        CAPTURE(std::string(c.says.rule(v)));
        auto how = c.says.how;
        if (how == answer::in_ack && v != version::v5) how = answer::silence;
        if (how == answer::usual && v != version::v5) how = answer::silence;
        if (how == answer::return_code) {
            CHECK(offender.raw() == wire{0x20, 2, 0, static_cast<std::uint8_t>(c.says.return_code)});
        } else if (how == answer::in_ack) {
            const auto said = offender.next();
            const auto codes = said ? code_list(said->packet) : std::vector<std::uint8_t>{};
            CHECK(std::ranges::find(codes, c.says.code) != codes.end());
            CHECK(offender.silent());
            offender.send(conformance::disconnect_packet);
        } else if (how == answer::usual) {
            const auto said = offender.raw();
            if (said.size() > 3) {
                CHECK(said.size() == said[1] + 2u);  // and nothing after it
                CHECK(said[0] == (p.type == connect ? 0x20 : 0xE0));
                if (p.type == connect) CHECK(said[2] == 0);  // no Session Present
                CHECK(said[p.type == connect ? 3 : 2] == c.says.code);
            } else {
                FAIL_CHECK("nothing was said");
            }
        }
        CHECK(offender.closed());
    }

    static std::vector<std::uint8_t> code_list(const protocol::packet& p) {
        byte_view codes;
        if (const auto* a = std::get_if<protocol::suback>(&p)) codes = a->codes;
        if (const auto* a = std::get_if<protocol::unsuback>(&p)) codes = a->codes;
        return {codes.begin(), codes.end()};
    }

    broker_room room_{conformance::options()};
    peer watcher_ = room_.connect("watcher");
    peer bob_ = room_.connect("bob", {.version = version::v5});
    peer amy_ = room_.connect("amy");
    unsigned messages_ = 0;
};

/// All forms of one packet type.
void run(unsigned type, version v, std::size_t at_least) {
    const auto told = stage::broker();
    tally counted;
    std::string name;
    for (const auto& p : packets()) {
        if (p.type != type || !includes(p.in, v) || !includes(p.from, side::client)) continue;
        if (name.empty()) name = p.name.substr(0, p.name.find(' '));
        stage s;
        for (const auto& c : cases_of(p, v, side::client, told)) {
            s.play(p, v, c);
            counted.note(c, v);
        }
    }
    counted.check(name.c_str(), v, at_least);
}

constexpr auto v3 = version::v3_1_1;
constexpr auto v5 = version::v5;

TEST_CASE(
    "[MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-2.2.2-2] [MQTT-3.1.2-1] [MQTT-3.1.2-2] [MQTT-3.1.2-3] [MQTT-3.1.2-13] "
    "[MQTT-3.1.2-14] [MQTT-3.1.2-15] [MQTT-3.1.2-22] [MQTT-3.1.3-8] [MQTT-3.14.1-1] [MQTT-4.7.1-1] [MQTT-4.7.3-1] "
    "[MQTT-4.8.0-1] CONNECT of 3.1.1, every field wrong in every way [B-31] [B-34]") {
    run(1, v3, 1548);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-2.2.2-1] [MQTT5-3.1.2-1] [MQTT5-3.1.2-2] "
    "[MQTT5-3.1.2-3] [MQTT5-3.1.2-11] [MQTT5-3.1.2-12] [MQTT5-3.1.2-13] [MQTT5-3.2.2-15] [MQTT5-3.3.2-14] [MQTT5-3.14.1-1] "
    "[MQTT5-3.14.2-1] [MQTT5-4.7.0-1] [MQTT5-4.7.3-1] [MQTT5-4.12.0-1] CONNECT of 5.0, every field wrong in every way [B-31] [B-33] [B-34]") {
    run(1, v5, 3510);
}

TEST_CASE(
    "[MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-2.3.1-1] [MQTT-3.3.1-2] [MQTT-3.3.1-4] [MQTT-3.3.2-2] [MQTT-4.7.3-1] [MQTT-4.8.0-1] "
    "PUBLISH of 3.1.1, every field wrong in every way") {
    run(3, v3, 126);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.2.1-3] [MQTT5-2.2.2-1] [MQTT5-3.2.2-15] [MQTT5-3.2.2-17] "
    "[MQTT5-3.3.1-2] [MQTT5-3.3.1-4] [MQTT5-3.3.2-2] [MQTT5-3.3.2-8] [MQTT5-3.3.2-14] [MQTT5-3.3.4-6] [MQTT5-4.7.3-1] "
    "PUBLISH of 5.0, every field wrong in every way [B-32] [B-33]") {
    run(3, v5, 900);
}

TEST_CASE("[MQTT-2.2.2-2] [MQTT-2.3.1-6] [MQTT-4.8.0-1] PUBACK of 3.1.1, every field wrong in every way") {
    run(4, v3, 26);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-2.2.1-5] [MQTT5-3.2.2-15] [MQTT5-3.4.2-1] "
    "PUBACK of 5.0, every field wrong in every way") {
    run(4, v5, 441);
}

TEST_CASE("[MQTT-2.2.2-2] [MQTT-2.3.1-6] [MQTT-4.8.0-1] PUBREC of 3.1.1, every field wrong in every way") {
    run(5, v3, 26);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-2.2.1-5] [MQTT5-3.2.2-15] [MQTT5-3.5.2-1] "
    "PUBREC of 5.0, every field wrong in every way") {
    run(5, v5, 441);
}

TEST_CASE("[MQTT-2.3.1-6] [MQTT-3.6.1-1] [MQTT-4.8.0-1] PUBREL of 3.1.1, every field wrong in every way [B-38]") {
    run(6, v3, 26);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.2.1-5] [MQTT5-3.2.2-15] [MQTT5-3.6.1-1] [MQTT5-3.6.2-1] "
    "PUBREL of 5.0, every field wrong in every way [B-33] [B-38]") {
    run(6, v5, 441);
}

TEST_CASE("[MQTT-2.2.2-2] [MQTT-2.3.1-6] [MQTT-4.8.0-1] PUBCOMP of 3.1.1, every field wrong in every way") {
    run(7, v3, 26);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-2.2.1-5] [MQTT5-3.2.2-15] [MQTT5-3.7.2-1] "
    "PUBCOMP of 5.0, every field wrong in every way") {
    run(7, v5, 441);
}

TEST_CASE(
    "[MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-2.3.1-1] [MQTT-3.8.1-1] [MQTT-3.8.3-3] [MQTT-3.8.3-4] [MQTT-3.10.1-1] "
    "[MQTT-3.10.3-2] [MQTT-4.7.1-2] [MQTT-4.7.3-1] [MQTT-4.8.0-1] SUBSCRIBE of 3.1.1, every field wrong in every way [B-38]") {
    run(8, v3, 549);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.2.1-3] [MQTT5-2.2.2-1] [MQTT5-3.2.2-15] [MQTT5-3.8.1-1] "
    "[MQTT5-3.8.3-2] [MQTT5-3.8.3-4] [MQTT5-3.8.3-5] [MQTT5-3.10.1-1] [MQTT5-3.10.3-2] [MQTT5-4.7.1-1] [MQTT5-4.7.3-1] "
    "[MQTT5-4.8.2-2] SUBSCRIBE of 5.0, every field wrong in every way [B-21] [B-33] [B-38]") {
    run(8, v5, 1476);
}

TEST_CASE(
    "[MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-2.3.1-1] [MQTT-3.10.1-1] [MQTT-3.10.3-2] [MQTT-4.7.1-2] [MQTT-4.7.3-1] "
    "[MQTT-4.8.0-1] UNSUBSCRIBE of 3.1.1, every field wrong in every way") {
    run(10, v3, 99);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.2.1-3] [MQTT5-2.2.2-1] [MQTT5-3.2.2-15] [MQTT5-3.10.1-1] "
    "[MQTT5-3.10.3-2] [MQTT5-4.7.1-1] [MQTT5-4.7.3-1] UNSUBSCRIBE of 5.0, every field wrong in every way [B-33] [B-38]") {
    run(10, v5, 261);
}

TEST_CASE("[MQTT-2.2.2-2] [MQTT-4.8.0-1] PINGREQ of 3.1.1, every field wrong in every way") {
    run(12, v3, 23);
}

TEST_CASE("[MQTT5-1.5.5-1] [MQTT5-2.1.3-1] [MQTT5-3.2.2-15] PINGREQ of 5.0, every field wrong in every way") {
    run(12, v5, 23);
}

TEST_CASE("[MQTT-3.14.1-1] [MQTT-4.8.0-1] DISCONNECT of 3.1.1, every field wrong in every way") {
    run(14, v3, 23);
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-3.2.2-15] [MQTT5-3.14.1-1] [MQTT5-3.14.2-1] "
    "DISCONNECT of 5.0, every field wrong in every way [B-33]") {
    run(14, v5, 468);
}

TEST_CASE("[MQTT-3.1.0-1] [MQTT5-3.1.0-1] [MQTT5-3.14.0-1] any other packet before CONNECT: the connection is closed without a word [B-35] [B-43]") {
    stage s;
    for (const auto v : {v3, v5}) {
        for (const auto& p : packets()) {
            CAPTURE(p.name);
            if (p.type != connect && includes(p.in, v)) s.out_of_place(s.stranger(), good_form(p, v), 0);
        }
    }
    s.out_of_place(s.stranger(), {0x00, 0x00}, 0);
}

TEST_CASE("[MQTT-3.1.0-2] [MQTT5-3.1.0-2] a second CONNECT of every form [B-35]") {
    stage s;
    for (const auto& p : packets()) {
        CAPTURE(p.name);
        if (p.type == connect && includes(p.in, v3)) s.out_of_place(s.guest(v3), good_form(p, v3), 0);
        if (p.type == connect && includes(p.in, v5)) s.out_of_place(s.guest(v5), good_form(p, v5), protocol_error);
    }
}

TEST_CASE("[MQTT-4.8.0-1] [MQTT5-4.13.1-1] packets that only a server sends [B-35]") {
    stage s;
    for (const auto& p : packets()) {
        CAPTURE(p.name);
        if (p.from != sent_by::server || p.type == disconnect) continue;
        if (includes(p.in, v3)) s.out_of_place(s.guest(v3), good_form(p, v3), 0);
        if (includes(p.in, v5)) s.out_of_place(s.guest(v5), good_form(p, v5), protocol_error);
    }
}

TEST_CASE("[MQTT-4.8.0-1] [MQTT5-4.13.1-1] the packet types that are forbidden") {
    stage s;
    for (const unsigned flags : {0u, 1u, 2u, 15u}) {
        s.out_of_place(s.guest(v3), {static_cast<std::uint8_t>(flags), 0}, 0);
        s.out_of_place(s.guest(v5), {static_cast<std::uint8_t>(flags), 0}, malformed_packet);
        s.out_of_place(s.guest(v3), {static_cast<std::uint8_t>(0xF0 | flags), 0}, 0);
    }
}

TEST_CASE("[MQTT5-4.12.0-7] [MQTT5-4.13.1-1] AUTH from a client that named no method [B-45]") {
    stage s;
    for (const auto& p : packets()) {
        if (p.type == auth_type) s.out_of_place(s.guest(v5), good_form(p, v5), protocol_error);
    }
}

TEST_CASE("[MQTT5-4.2-1] every packet, one byte at a time") {
    stage s;
    for (const auto v : {v3, v5}) {
        for (const auto& p : packets()) {
            if (includes(p.from, side::client) && includes(p.in, v) && p.type != auth_type) s.in_pieces(p, v);
        }
    }
}

TEST_CASE("[MQTT5-3.2.2-19] [MQTT5-3.2.2-20] no CONNACK grows by user properties, nor by a reason string beyond what the client takes") {
    stage s;
    for (const unsigned maximum : {30u, 10'000u}) {
        for (const bool refused : {false, true}) {
            CAPTURE(maximum);
            CAPTURE(refused);
            protocol::property_builder asked;
            asked.number(protocol::property_id::maximum_packet_size, maximum);
            if (refused) asked.text(protocol::property_id::authentication_method, "x");
            auto p = s.stranger();
            p.send(protocol::connect{.version = v5, .client_id = "asks", .properties = asked.view()});
            const auto said = p.next();
            REQUIRE(said);
            CHECK(said->bytes->size() <= maximum);
            const auto& answer = std::get<protocol::connack>(said->packet);
            CHECK((answer.code != 0) == refused);
            for (const auto& one : answer.properties) CHECK(one.id != protocol::property_id::user_property);
            if (refused) CHECK(answer.properties.text(protocol::property_id::reason_string).has_value() == (maximum > 30));
        }
    }
}

}  // namespace
}  // namespace tepore::packets
