// The language in which the packets of both versions are described, once, for the broker's tests and the client's: their fields in order, what
// each may be and may not be, and which reason code the standard gives to what may not be. Written from the text of the standards, not from the
// code. cases.cpp makes the packets that are wrong in every way out of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "conformance/dialogue.hpp"

namespace tepore::packets {

using conformance::wire;
using protocol::version;

/// Where a receiver says what is wrong.
enum class answer : std::uint8_t {
    usual,        // 5.0: CONNACK to CONNECT, DISCONNECT to all else; 3.1.1: nothing. Then the connection is closed
    silence,      // nothing in either version; the connection is closed
    return_code,  // CONNACK in the form of 3.1.1, in either version; the connection is closed
    in_ack,       // 5.0: in the acknowledgement, and the connection stays; 3.1.1: the connection is closed
};

/// What a receiver has to say: taken, or a reason code with the place of the standard that gives it. "MQTT5-3.8.3-5" is a statement,
/// "MQTT5 3.8.3.1" a section. An empty rule of one version: that version has no such rule.
struct verdict {
    unsigned code = 0;  // 5.0's reason code
    std::string_view rule5;
    std::string_view rule3;
    answer how = answer::usual;
    unsigned return_code = 0;  // of 3.1.1's CONNACK, for answer::return_code

    [[nodiscard]] std::string_view rule(version v) const { return v == version::v5 ? rule5 : rule3; }
    [[nodiscard]] bool taken(version v) const { return rule(v).empty(); }
};

inline constexpr verdict taken{};
inline constexpr unsigned malformed_packet = 0x81;
inline constexpr unsigned protocol_error = 0x82;

constexpr verdict malformed(std::string_view rule5, std::string_view rule3) {
    return {malformed_packet, rule5, rule3};
}
constexpr verdict forbidden(std::string_view rule5, std::string_view rule3) {
    return {protocol_error, rule5, rule3};
}

/// What a packet that ends too early, or too late, is: it cannot be parsed (1.2 of 5.0; 4.8 of 3.1.1).
inline constexpr verdict unreadable = malformed("MQTT5 1.2", "MQTT-4.8.0-1");

enum class side : std::uint8_t { client, server };
enum class sent_by : std::uint8_t { client = 1, server = 2, both = 3 };
enum class versions : std::uint8_t { v3 = 1, v5 = 2, both = 3 };

[[nodiscard]] constexpr bool includes(sent_by set, side one) {
    return (static_cast<unsigned>(set) >> static_cast<unsigned>(one) & 1) != 0;
}
[[nodiscard]] constexpr bool includes(versions set, version v) {
    return (static_cast<unsigned>(set) & (v == version::v5 ? 2u : 1u)) != 0;
}

/// The data types of 1.5, and what only packets have: a set of properties, and what fills the rest.
enum class kind : std::uint8_t { byte, two_bytes, four_bytes, varint, text, binary, pair, properties, rest };

/// A value as it stands on the wire.
struct value {
    std::string what;
    wire bytes;
    verdict says = taken;
};

struct field {
    std::string name;
    kind type{};
    wire good;
    std::vector<value> others = {};  // good ones and wrong ones
    versions in = versions::both;
    /// The packet ends before this field: unreadable, unless the standard says something else, or allows it.
    verdict missing = unreadable;
};

enum class place : std::uint8_t {
    connect,
    will,
    connack,
    publish,
    puback,
    pubrec,
    pubrel,
    pubcomp,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    disconnect,
    auth,
};
inline constexpr unsigned places = 14;

struct property {
    unsigned id;
    std::string name;
    kind type;
    std::vector<place> in;
    std::vector<place> repeated_in = {};
    std::vector<value> values = {};  // the first is good
};

struct packet {
    std::string name;
    unsigned type = 0;
    unsigned flags = 0;
    sent_by from = sent_by::both;
    std::vector<unsigned> other_flags = {};  // of the first byte's low four bits, also allowed
    verdict wrong_flags{};                   // all others
    std::vector<field> fields = {};
    packets::place place{};       // of its properties
    wire properties_always = {};  // properties it cannot be without
    versions in = versions::both;
};

/// Table 2-4 of 5.0, and what the text says about values.
[[nodiscard]] const std::vector<property>& properties();
/// The packets of 3.1 to 3.15; several forms of one type where flags decide about its fields.
[[nodiscard]] const std::vector<packet>& packets();

}  // namespace tepore::packets
