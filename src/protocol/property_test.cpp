#include "protocol/property.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <initializer_list>

#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

using place = property_place;

constexpr place all_places[] = {place::connect,     place::will,     place::connack,    place::publish,   place::puback,
                                place::pubrec,      place::pubrel,   place::pubcomp,    place::subscribe, place::suback,
                                place::unsubscribe, place::unsuback, place::disconnect, place::auth};

/// Table 2-4 of 5.0, copied from the text of the specification and not from the code under test.
struct row {
    property_id id;
    std::string_view good, good_too;              // values, in the notation of wire()
    std::initializer_list<std::string_view> bad;  // well-formed values that are not allowed
    std::string_view places;
};

constexpr std::string_view every_place =
    "CONNECT CONNACK PUBLISH WILL PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK DISCONNECT AUTH";

const row table_2_4[] = {
    {property_id::payload_format_indicator, "00", "01", {"02", "ff"}, "PUBLISH WILL"},
    {property_id::message_expiry_interval, "00000000", "ffffffff", {}, "PUBLISH WILL"},
    {property_id::content_type, "\"\"", "\"text/plain\"", {}, "PUBLISH WILL"},
    {property_id::response_topic, "\"r\"", "\"$a//b\"", {"\"\"", "\"+\"", "\"a/#\""}, "PUBLISH WILL"},
    {property_id::correlation_data, "\"\"", "0003 00 ff 80", {}, "PUBLISH WILL"},
    {property_id::subscription_identifier, "01", "ff ff ff 7f", {"00"}, "PUBLISH SUBSCRIBE"},
    {property_id::session_expiry_interval, "00000000", "ffffffff", {}, "CONNECT CONNACK DISCONNECT"},
    {property_id::assigned_client_identifier, "\"\"", "\"x\"", {}, "CONNACK"},
    {property_id::server_keep_alive, "0000", "ffff", {}, "CONNACK"},
    {property_id::authentication_method, "\"\"", "\"SCRAM\"", {}, "CONNECT CONNACK AUTH"},
    {property_id::authentication_data, "\"\"", "0001 ff", {}, "CONNECT CONNACK AUTH"},
    {property_id::request_problem_information, "00", "01", {"02"}, "CONNECT"},
    {property_id::will_delay_interval, "00000000", "ffffffff", {}, "WILL"},
    {property_id::request_response_information, "00", "01", {"02"}, "CONNECT"},
    {property_id::response_information, "\"\"", "\"x\"", {}, "CONNACK"},
    {property_id::server_reference, "\"\"", "\"x:1883\"", {}, "CONNACK DISCONNECT"},
    {property_id::reason_string, "\"\"", "\"x\"", {}, "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH"},
    {property_id::receive_maximum, "0001", "ffff", {"0000"}, "CONNECT CONNACK"},
    {property_id::topic_alias_maximum, "0000", "ffff", {}, "CONNECT CONNACK"},
    {property_id::topic_alias, "0001", "ffff", {"0000"}, "PUBLISH"},
    {property_id::maximum_qos, "00", "01", {"02"}, "CONNACK"},
    {property_id::retain_available, "00", "01", {"02"}, "CONNACK"},
    {property_id::user_property, "\"\" \"\"", "\"a\" \"b\"", {}, every_place},
    {property_id::maximum_packet_size, "00000001", "ffffffff", {"00000000"}, "CONNECT CONNACK"},
    {property_id::wildcard_subscription_available, "00", "01", {"02"}, "CONNACK"},
    {property_id::subscription_identifier_available, "00", "01", {"02"}, "CONNACK"},
    {property_id::shared_subscription_available, "00", "01", {"02"}, "CONNACK"},
};

std::string_view name_of_place(place where) {
    constexpr std::string_view names[] = {"CONNECT", "WILL",      "CONNACK", "PUBLISH",     "PUBACK",   "PUBREC",     "PUBREL",
                                          "PUBCOMP", "SUBSCRIBE", "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "DISCONNECT", "AUTH"};
    return names[static_cast<std::size_t>(where)];
}

bool stands_in(const row& r, place where) {
    std::string_view rest = r.places;
    while (!rest.empty()) {
        const auto blank = std::min(rest.find(' '), rest.size());
        if (rest.substr(0, blank) == name_of_place(where)) return true;
        rest.remove_prefix(std::min(blank + 1, rest.size()));
    }
    return false;
}

octets property_bytes(property_id id, std::string_view value) {
    octets out{static_cast<std::uint8_t>(id)};
    const auto bytes = wire(value);
    out.insert(out.end(), bytes.begin(), bytes.end());
    return out;
}

/// What some places need anyway, so that the property in question is judged alone.
octets company(place where, property_id id) {
    const bool needs_method = where == place::auth || (where == place::connect && id == property_id::authentication_data);
    return needs_method && id != property_id::authentication_method ? property_bytes(property_id::authentication_method, "\"m\"") : octets{};
}

std::string verdict_of(octets bytes, place where) {
    return verdict(validate_properties(bytes, where), version::v5);
}

std::string verdict_of(place where, property_id id, std::initializer_list<std::string_view> values) {
    auto bytes = company(where, id);
    for (const auto value : values) {
        const auto one = property_bytes(id, value);
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    return verdict_of(bytes, where);
}

bool is_repeatable(property_id id, place where) {
    return id == property_id::user_property || (id == property_id::subscription_identifier && where == place::publish);
}

}  // namespace

TEST_CASE("each property is accepted where table 2-4 lists it, and malformed elsewhere") {
    for (const auto& row : table_2_4) {
        for (const auto where : all_places) {
            INFO("property ", static_cast<unsigned>(row.id), " in ", name_of_place(where));
            const auto* const expected = stands_in(row, where) ? "accepted" : "Malformed Packet MQTT5 2.2.2.2";
            CHECK(verdict_of(where, row.id, {row.good}) == expected);
            CHECK(verdict_of(where, row.id, {row.good_too}) == expected);
        }
    }
}

TEST_CASE("a property given twice is a protocol error, except user properties and PUBLISH's subscription identifiers") {
    for (const auto& row : table_2_4) {
        for (const auto where : all_places) {
            if (!stands_in(row, where)) continue;
            INFO("property ", static_cast<unsigned>(row.id), " in ", name_of_place(where));
            const auto said = verdict_of(where, row.id, {row.good, row.good_too});
            if (is_repeatable(row.id, where))
                CHECK(said == "accepted");
            else
                CHECK(said.starts_with("Protocol Error MQTT5 3."));
        }
    }
}

TEST_CASE("values that the packets' sections forbid are protocol errors; topic alias 0 has its own code") {
    for (const auto& row : table_2_4) {
        for (const auto where : all_places) {
            if (!stands_in(row, where)) continue;
            for (const auto value : row.bad) {
                INFO("property ", static_cast<unsigned>(row.id), " in ", name_of_place(where), " value ", value);
                const auto* const expected = row.id == property_id::topic_alias ? "Topic Alias invalid MQTT5-3.3.2-8" : "Protocol Error MQTT5";
                CHECK(verdict_of(where, row.id, {value}).starts_with(expected));
            }
        }
    }
}

TEST_CASE("identifiers that do not exist are malformed") {
    for (unsigned id = 0; id < 256; ++id) {
        if (std::ranges::any_of(table_2_4, [id](const row& r) { return static_cast<unsigned>(r.id) == id; })) continue;
        for (const auto where : all_places) CHECK(verdict_of({static_cast<std::uint8_t>(id), 0, 0}, where) == "Malformed Packet MQTT5 2.2.2.2");
    }
    CHECK(verdict_of(wire("82 00 00000000"), place::publish) == "Malformed Packet MQTT5 2.2.2.2");  // 0x02, padded
}

TEST_CASE("every property cut short is malformed, and no value is read past the end") {
    for (const auto& row : table_2_4) {
        const auto where = *std::ranges::find_if(all_places, [&](place p) { return stands_in(row, p); });
        for (const auto value : {row.good, row.good_too}) {
            const auto whole = property_bytes(row.id, value);
            for (std::size_t size = 1; size < whole.size(); ++size) {
                const octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
                INFO(hex(cut));
                CHECK(verdict_of(cut, where).starts_with("Malformed Packet "));
            }
        }
    }
}

TEST_CASE("[MQTT5-4.12.0-5] AUTH without authentication method is a protocol error, and so is CONNECT's authentication data without one") {
    CHECK(verdict_of({}, place::auth) == "Protocol Error MQTT5-4.12.0-5");
    CHECK(verdict_of(wire("16 \"x\""), place::auth) == "Protocol Error MQTT5-4.12.0-5");
    CHECK(verdict_of(wire("16 \"x\""), place::connect) == "Protocol Error MQTT5 3.1.2.11.10");
    CHECK(verdict_of(wire("16 \"x\""), place::connack) == "accepted");
}

TEST_CASE("[MQTT5-2.2.2-1] no properties are a property length of 0, written and expected") {
    const auto list = wire("\"a\" 00");
    CHECK(encoded(connect{.version = version::v5, .client_id = "x"}, version::v5) == packet_of(0x10, "\"MQTT\" 05 02 0000 00 \"x\""));
    CHECK(encoded(connack{}, version::v5) == packet_of(0x20, "00 00 00"));
    CHECK(encoded(publish{.topic = "a"}, version::v5) == packet_of(0x30, "\"a\" 00"));
    CHECK(encoded(subscribe{.id = 1, .requests = subscription_list(list)}, version::v5) == packet_of(0x82, "0001 00 \"a\" 00"));
    CHECK(encoded(unsuback{.id = 1, .codes = wire("11")}, version::v5) == packet_of(0xB0, "0001 00 11"));
    const auto absent = "Malformed Packet MQTT5-2.2.2-1";
    CHECK(verdict(packet_of(0x10, "\"MQTT\" 05 02 0000"), version::v5, client) == absent);
    CHECK(verdict(packet_of(0x20, "00 00"), version::v5, server) == absent);
    CHECK(verdict(packet_of(0x30, "\"a\""), version::v5, client) == absent);
    CHECK(verdict(packet_of(0x82, "0001"), version::v5, client) == absent);
    CHECK(verdict(packet_of(0xB0, "0001"), version::v5, server) == absent);
}

TEST_CASE("what a builder makes is valid, and reads back in order") {
    property_builder builder;
    builder.number(property_id::payload_format_indicator, 1)
        .user("first", "1")
        .number(property_id::message_expiry_interval, 3600)
        .number(property_id::topic_alias, 9)
        .number(property_id::subscription_identifier, 300)
        .user("second", "2")
        .text(property_id::content_type, "text/plain")
        .data(property_id::correlation_data, as_bytes("id"));
    const auto view = builder.view();
    CHECK(validate_properties(view.bytes(), place::publish));
    CHECK(view.number(property_id::payload_format_indicator) == 1);
    CHECK(view.number(property_id::message_expiry_interval) == 3600);
    CHECK(view.number(property_id::topic_alias) == 9);
    CHECK(view.number(property_id::subscription_identifier) == 300);
    CHECK(view.text(property_id::content_type) == "text/plain");
    CHECK(as_text(*view.data(property_id::correlation_data)) == "id");
    CHECK(!view.text(property_id::response_topic));

    std::string seen;
    for (const auto& p : view)
        seen += p.id == property_id::user_property ? std::string(p.text) + '=' + std::string(p.value) + ' ' : std::to_string(p.number) + ' ';
    CHECK(seen == "1 first=1 3600 9 300 second=2 0 0 ");

    builder.clear();
    CHECK(builder.view().empty());
    CHECK(builder.view().begin() == builder.view().end());
}
