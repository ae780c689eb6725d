// The control packets, chapter 3 of both versions: fixed header flags, fields in order, their values.
#include <initializer_list>
#include <set>

#include "packets/description.hpp"

namespace tepore::packets {
namespace {

using conformance::join;
using conformance::raw;
using conformance::text;
using conformance::u16;
using conformance::u8;

const verdict reserved_flags = malformed("MQTT5-2.1.3-1", "MQTT-2.2.2-2");
const wire a_user_property = join({u8(0x26), text("n"), text("v")});
const wire an_authentication_method = join({u8(0x15), text("SCRAM-SHA-256")});

// ---- fields that return ----------------------------------------------------------------------------------------------------------------------

field packet_identifier(verdict zero) {
    return {"Packet Identifier", kind::two_bytes, u16(1), {{"65535", u16(65'535)}, {"0", u16(0), zero}}};
}

/// For an acknowledgement that a test must recognise, only 1 is good.
field identifier_answered(verdict zero) {
    return {"Packet Identifier", kind::two_bytes, u16(1), {{"0", u16(0), zero}}};
}

field property_set(verdict missing = malformed("MQTT5-2.2.2-1", "")) {
    return {"Properties", kind::properties, a_user_property, {}, versions::v5, missing};
}

/// One byte, each of its 256 values judged.
template <class Judge>
field every_byte(std::string name, unsigned good, Judge judge, versions in = versions::both, verdict missing = unreadable) {
    field f{std::move(name), kind::byte, u8(good), {}, in, missing};
    for (unsigned v = 0; v < 256; ++v) {
        if (v != good) f.others.push_back({std::to_string(v), u8(v), judge(v)});
    }
    return f;
}

using codes = std::set<unsigned>;

/// 5.0: a reason code out of the packet's table.
field reason_code(codes allowed, std::string_view rule, verdict missing = unreadable) {
    return every_byte(
        "Reason Code", *allowed.begin(), [=](unsigned v) { return allowed.contains(v) ? taken : forbidden(rule, ""); }, versions::v5, missing);
}

std::vector<value> filters(bool shared) {
    const verdict wildcard{0x8F, "MQTT5-4.7.1-1", "MQTT-4.7.1-2", answer::in_ack};
    std::vector<value> all{{"+", text("+")}, {"+/+", text("+/+")}, {"/", text("/")}, {"a/#", text("a/#")}, {"$SYS/+", text("$SYS/+")}};
    for (const auto* wrong : {"a#", "#/a", "a/#/b", "##", "a+", "+a/b", "a/b+/c", "++"}) all.push_back({wrong, text(wrong), wildcard});
    all.push_back({"empty", text(""), forbidden("MQTT5-4.7.3-1", "MQTT-4.7.3-1")});
    if (shared) {
        for (const auto* wrong : {"$share", "$share/", "$share/g", "$share/g/", "$share//a", "$share/g+/a", "$share/#/a", "$share/g/a#"})
            all.push_back({wrong, text(wrong), {0x8F, "MQTT5-4.8.2-2", "", answer::in_ack}});
    }
    return all;
}

/// 3.3.2.1: no wildcards.
void add_wildcards(std::vector<value>& values, std::string_view rule5, std::string_view rule3) {
    for (const auto* wrong : {"#", "+", "a/#", "a/+/b", "a+", "#a"}) values.push_back({wrong, text(wrong), {0x90, rule5, rule3}});
}

// ---- 3.1 CONNECT -----------------------------------------------------------------------------------------------------------------------------

constexpr unsigned will = 0x04;
constexpr unsigned password = 0x40;
constexpr unsigned user_name = 0x80;

/// With the payload that `shape` (will, password, user name) announces; the five other bits take all their values.
packet connect(std::string name, unsigned shape, version v) {
    const bool v5 = v == version::v5;
    field level{"Protocol Version", kind::byte, u8(v5 ? 5 : 4)};
    for (unsigned other = 0; other < 256; ++other) {
        if (other != 4 && other != 5)
            level.others.push_back({std::to_string(other), u8(other), {0x84, "MQTT5-3.1.2-2", "MQTT-3.1.2-2", answer::return_code, 1}});
    }
    field protocol{"Protocol Name", kind::text, text("MQTT")};
    for (const auto* wrong : {"", "M", "MQT", "MQTt", "mqtt", "MQTTX", "XMQTT", "MQTT\xC2\xA0", "HTTP"})
        protocol.others.push_back({wrong, text(wrong), {0x84, "MQTT5-3.1.2-1", "MQTT-3.1.2-1", answer::silence}});

    field flags{"Connect Flags", kind::byte, u8(shape | 0x02)};
    for (unsigned bits = 0; bits < 256; ++bits) {
        if ((bits & (will | password | user_name)) != shape || bits == (shape | 0x02u)) continue;
        const auto will_qos = bits >> 3 & 3;
        auto says = taken;
        if ((bits & 1) != 0)
            says = malformed("MQTT5-3.1.2-3", "MQTT-3.1.2-3");
        else if (will_qos == 3)
            says = malformed("MQTT5-3.1.2-12", "MQTT-3.1.2-14");
        else if ((shape & will) == 0 && will_qos != 0)
            says = malformed("MQTT5-3.1.2-11", "MQTT-3.1.2-13");
        else if ((shape & will) == 0 && (bits & 0x20) != 0)
            says = malformed("MQTT5-3.1.2-13", "MQTT-3.1.2-15");
        flags.others.push_back({std::to_string(bits), u8(bits), says});
    }
    if (shape == user_name)  // what was the user name is read as the password; 5.0 took the rule back (3.1.2.9)
        flags.others.push_back({"a password without a user name", u8(password | 0x02), malformed("", "MQTT-3.1.2-22")});

    packet p{.name = std::move(name), .type = 1, .from = sent_by::client, .wrong_flags = reserved_flags, .place = place::connect};
    p.in = v5 ? versions::v5 : versions::v3;
    p.fields = {protocol, level, flags, {"Keep Alive", kind::two_bytes, u16(0), {{"1", u16(1)}, {"65535", u16(65'535)}}}, property_set()};
    p.fields.push_back({"Client Identifier",
                        kind::text,
                        text("offender"),
                        {{"empty", text("")}, {"with spaces", text("a b")}, {"200 bytes", text(std::string(200, 'c'))}}});
    if ((shape & will) != 0) {
        field topic{"Will Topic", kind::text, text("the/will"), {{"/", text("/")}, {"empty", text(""), {0x90, "MQTT5-4.7.3-1", "MQTT-4.7.3-1"}}}};
        add_wildcards(topic.others, "MQTT5-4.7.0-1", "MQTT-4.7.1-1");
        p.fields.push_back({"Will Properties", kind::properties, a_user_property, {}, versions::v5, malformed("MQTT5-2.2.2-1", "")});
        p.fields.push_back(topic);
        p.fields.push_back({"Will Payload", kind::binary, text("gone"), {{"empty", text("")}, {"any bytes", text("\xFF\xC0")}}});
    }
    if ((shape & user_name) != 0) p.fields.push_back({"User Name", kind::text, text("amy"), {{"empty", text("")}}});
    if ((shape & password) != 0)
        p.fields.push_back({"Password", kind::binary, text("secret"), {{"empty", text("")}, {"any bytes", text("\xFF\xC0")}}});
    return p;
}

/// 3.1.1: an empty identifier needs Clean Session 1.
packet connect_to_a_session() {
    return {
        .name = "CONNECT to a session",
        .type = 1,
        .from = sent_by::client,
        .wrong_flags = reserved_flags,
        .fields = {{"Protocol Name", kind::text, text("MQTT")},
                   {"Protocol Version", kind::byte, u8(4)},
                   {"Connect Flags", kind::byte, u8(0)},
                   {"Keep Alive", kind::two_bytes, u16(0)},
                   {"Client Identifier", kind::text, text("offender"), {{"empty", text(""), {0x85, "", "MQTT-3.1.3-8", answer::return_code, 2}}}}},
        .in = versions::v3};
}

// ---- 3.2 CONNACK -----------------------------------------------------------------------------------------------------------------------------

packet connack(version v) {
    const auto flags = every_byte("Acknowledge Flags", 0, [](unsigned bits) {
        if (bits == 1) return forbidden("MQTT5-3.2.2-2", "MQTT-3.2.2-1");  // a session, though the client asked for a clean start
        return malformed("MQTT5-3.2.2-1", "MQTT-2.2.2-1");
    });
    const codes refusals{0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A,
                         0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F};
    const auto code = every_byte(v == version::v5 ? "Connect Reason Code" : "Connect Return code", 0, [&](unsigned value) {
        if (v != version::v5) return verdict{value, "", value <= 5 ? "MQTT-3.2.2-5" : "MQTT 3.2.2.3", answer::silence};
        if (refusals.contains(value)) return verdict{value, "MQTT5-3.2.2-7", "", answer::silence};
        return forbidden("MQTT5-3.2.2-8", "");
    });
    return {.name = "CONNACK",
            .type = 2,
            .from = sent_by::server,
            .wrong_flags = reserved_flags,
            .fields = {flags, code, property_set()},
            .place = place::connack,
            .in = v == version::v5 ? versions::v5 : versions::v3};
}

// ---- 3.3 PUBLISH -----------------------------------------------------------------------------------------------------------------------------

packet publish(unsigned qos) {
    packet p{.name = "PUBLISH QoS " + std::to_string(qos), .type = 3, .flags = qos << 1, .place = place::publish};
    p.other_flags = {qos << 1 | 1};
    if (qos != 0) p.other_flags.insert(p.other_flags.end(), {qos << 1 | 8, qos << 1 | 9});
    p.wrong_flags = qos == 0 ? malformed("MQTT5-3.3.1-2", "MQTT-3.3.1-2") : malformed("MQTT5-3.3.1-4", "MQTT-3.3.1-4");

    field topic{"Topic Name",
                kind::text,
                text("a/b"),
                {{"/", text("/")},
                 {"$other/b", text("$other/b")},
                 {"a byte order mark", text("\xEF\xBB\xBF")},
                 {"65535 bytes", text(std::string(65'535, 't'))}}};
    topic.others.push_back({"empty", text(""), forbidden("MQTT5 3.3.2.1", "MQTT-4.7.3-1")});
    add_wildcards(topic.others, "MQTT5-3.3.2-2", "MQTT-3.3.2-2");
    p.fields.push_back(topic);
    if (qos != 0) p.fields.push_back(packet_identifier(forbidden("MQTT5-2.2.1-3", "MQTT-2.3.1-1")));
    p.fields.push_back(property_set());
    p.fields.push_back({"Payload", kind::rest, raw(std::string_view("\0payload", 8)), {{"100 bytes", wire(100, 0xFF)}}, versions::both, taken});
    return p;
}

// ---- 3.4 to 3.7 ------------------------------------------------------------------------------------------------------------------------------

const codes of_received{0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99};
const codes of_released{0x00, 0x92};

packet acknowledgement(std::string name, unsigned type, packets::place place, const codes& allowed, std::string_view code_rule) {
    packet p{.name = std::move(name), .type = type, .place = place};
    p.wrong_flags = reserved_flags;
    if (type == 6) {
        p.flags = 2;
        p.wrong_flags = malformed("MQTT5-3.6.1-1", "MQTT-3.6.1-1");
    }
    p.fields = {identifier_answered(forbidden("MQTT5-2.2.1-5", "MQTT-2.3.1-6")), reason_code(allowed, code_rule, taken), property_set(taken)};
    return p;
}

// ---- 3.8 to 3.11 -----------------------------------------------------------------------------------------------------------------------------

verdict options_5(unsigned bits, bool shared) {
    if ((bits & 0xC0) != 0) return malformed("MQTT5-3.8.3-5", "");
    if ((bits & 3) == 3 || (bits >> 4 & 3) == 3) return forbidden("MQTT5 3.8.3.1", "");
    if (shared && (bits & 4) != 0) return forbidden("MQTT5-3.8.3-4", "");
    return taken;
}

packet subscribe(std::string name, bool shared) {
    const auto good = text(shared ? "$share/g/a" : "a/b");
    const auto options = [](unsigned n, bool of_shared) {
        return every_byte(
            "Options " + std::to_string(n), 0, [=](unsigned bits) { return options_5(bits, of_shared); }, versions::v5);
    };
    const auto requested_qos = [](unsigned n) {
        return every_byte(
            "Requested QoS " + std::to_string(n), 0, [](unsigned bits) { return bits <= 2 ? taken : malformed("", "MQTT-3.8.3-4"); }, versions::v3);
    };
    packet p{.name = std::move(name), .type = 8, .flags = 2, .from = sent_by::client, .wrong_flags = malformed("MQTT5-3.8.1-1", "MQTT-3.8.1-1")};
    p.place = place::subscribe;
    p.in = shared ? versions::v5 : versions::both;
    p.fields = {packet_identifier(forbidden("MQTT5-2.2.1-3", "MQTT-2.3.1-1")),
                property_set(),
                {"Topic Filter 1", kind::text, good, filters(shared), versions::both, forbidden("MQTT5-3.8.3-2", "MQTT-3.8.3-3")},
                options(1, shared),
                requested_qos(1),
                {"Topic Filter 2", kind::text, text("c/d"), filters(false), versions::both, taken},
                options(2, false),
                requested_qos(2)};
    return p;
}

packet suback(version v) {
    const codes allowed_3{0x00, 0x01, 0x02, 0x80};
    const codes allowed_5{0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2};
    auto payload = every_byte("Payload", 0, [&](unsigned code) {
        if (v == version::v5) return allowed_5.contains(code) ? taken : forbidden("MQTT5-3.9.3-2", "");
        return allowed_3.contains(code) ? taken : malformed("", "MQTT-3.9.3-2");
    });
    payload.type = kind::rest;
    payload.others.push_back({"two codes for one filter", {0, 0}, forbidden("MQTT5-3.8.4-6", "MQTT-3.8.4-5")});
    payload.missing = malformed("MQTT5 2.3", "MQTT-3.8.4-5");
    return {.name = "SUBACK",
            .type = 9,
            .from = sent_by::server,
            .wrong_flags = reserved_flags,
            .fields = {identifier_answered(forbidden("MQTT5-2.2.1-6", "MQTT-2.3.1-7")), property_set(), payload},
            .place = place::suback,
            .in = v == version::v5 ? versions::v5 : versions::v3};
}

packet unsubscribe() {
    packet p{.name = "UNSUBSCRIBE", .type = 10, .flags = 2, .from = sent_by::client, .wrong_flags = malformed("MQTT5-3.10.1-1", "MQTT-3.10.1-1")};
    p.place = place::unsubscribe;
    p.fields = {packet_identifier(forbidden("MQTT5-2.2.1-3", "MQTT-2.3.1-1")),
                property_set(),
                {"Topic Filter 1", kind::text, text("a/b"), filters(false), versions::both, forbidden("MQTT5-3.10.3-2", "MQTT-3.10.3-2")},
                {"Topic Filter 2", kind::text, text("c/d"), filters(false), versions::both, taken}};
    return p;
}

packet unsuback() {
    const codes allowed{0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91};
    auto payload = every_byte(
        "Payload", 0, [&](unsigned code) { return allowed.contains(code) ? taken : forbidden("MQTT5-3.11.3-2", ""); }, versions::v5,
        malformed("MQTT5 2.3", ""));
    payload.type = kind::rest;
    payload.others.push_back({"two codes for one filter", {0, 0}, forbidden("MQTT5-3.11.3-1", "")});
    return {.name = "UNSUBACK",
            .type = 11,
            .from = sent_by::server,
            .wrong_flags = reserved_flags,
            .fields = {identifier_answered(forbidden("MQTT5-2.2.1-6", "MQTT-2.3.1-7")), property_set(), payload},
            .place = place::unsuback};
}

// ---- 3.12 to 3.15 ----------------------------------------------------------------------------------------------------------------------------

packet disconnect(side sender) {
    // Table 3-10; Bad authentication method stands in table 2-6 only, and is a server's to say.
    const codes of_clients{0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99};
    const codes of_servers{0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8C, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94,
                           0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2};
    const bool client = sender == side::client;
    return {.name = "DISCONNECT",
            .type = 14,
            .from = client ? sent_by::client : sent_by::server,
            .wrong_flags = malformed("MQTT5-3.14.1-1", "MQTT-3.14.1-1"),
            .fields = {reason_code(client ? of_clients : of_servers, "MQTT5-3.14.2-1", taken), property_set(taken)},
            .place = place::disconnect,
            .in = client ? versions::both : versions::v5};
}

packet auth() {
    const auto no_method = forbidden("MQTT5-4.12.0-5", "");  // the short form is Success, without the method that every AUTH names
    return {.name = "AUTH",
            .type = 15,
            .wrong_flags = malformed("MQTT5-3.15.1-1", ""),
            .fields = {reason_code({0x18, 0x19}, "MQTT5-3.15.2-1", no_method), property_set()},
            .place = place::auth,
            .properties_always = an_authentication_method,
            .in = versions::v5};
}

}  // namespace

const std::vector<packet>& packets() {
    using enum version;
    static const std::vector<packet> all{
        connect("CONNECT", 0, v3_1_1),
        connect("CONNECT", 0, v5),
        connect("CONNECT with a will", will, v3_1_1),
        connect("CONNECT with a will", will, v5),
        connect("CONNECT with a user name", user_name, v3_1_1),
        connect("CONNECT with a user name", user_name, v5),
        connect("CONNECT with a password", password, v5),
        connect("CONNECT with everything", will | user_name | password, v3_1_1),
        connect("CONNECT with everything", will | user_name | password, v5),
        connect_to_a_session(),
        connack(v3_1_1),
        connack(v5),
        publish(0),
        publish(1),
        publish(2),
        acknowledgement("PUBACK", 4, place::puback, of_received, "MQTT5-3.4.2-1"),
        acknowledgement("PUBREC", 5, place::pubrec, of_received, "MQTT5-3.5.2-1"),
        acknowledgement("PUBREL", 6, place::pubrel, of_released, "MQTT5-3.6.2-1"),
        acknowledgement("PUBCOMP", 7, place::pubcomp, of_released, "MQTT5-3.7.2-1"),
        subscribe("SUBSCRIBE", false),
        subscribe("SUBSCRIBE shared", true),
        suback(v3_1_1),
        suback(v5),
        unsubscribe(),
        unsuback(),
        {.name = "PINGREQ", .type = 12, .from = sent_by::client, .wrong_flags = reserved_flags},
        {.name = "PINGRESP", .type = 13, .from = sent_by::server, .wrong_flags = reserved_flags},
        disconnect(side::client),
        disconnect(side::server),
        auth(),
    };
    return all;
}

}  // namespace tepore::packets
