// What a server says in CONNACK that it does not offer, asked for all the same: the code that 3.2.2.3 names for it, and the end; another broker that
// offers it takes the same packet.
#include <functional>

#include "broker/limits.hpp"
#include "packets/description.hpp"

namespace tepore::packets {
namespace {

using broker::limits;
using conformance::broker_room;
using conformance::join;
using conformance::length;
using conformance::raw;
using conformance::text;
using conformance::u16;
using conformance::u8;

struct refusal {
    const char* what;
    std::function<void(limits&)> without;
    wire bytes;
    unsigned code;
};

wire publish(unsigned first_byte, const wire& properties, std::string_view payload = "x") {
    return conformance::packet(first_byte, {text("a"), (first_byte & 6) != 0 ? u16(1) : wire{}, length(properties.size()), properties, raw(payload)});
}

wire subscribe(const wire& properties, std::string_view filter) {
    return conformance::packet(0x82, {u16(1), length(properties.size()), properties, text(filter), u8(0)});
}

/// CONNECT with a will of these flags and properties.
wire connect(unsigned will_flags, const wire& will_properties, std::string_view payload = "gone") {
    return conformance::packet(0x10, {text("MQTT"), u8(5), u8(0x06 | will_flags), u16(0), u8(0), text("offender"), length(will_properties.size()),
                                      will_properties, text("a"), text(payload)});
}

const wire says_utf8{0x01, 1};

std::vector<refusal> refusals() {
    const auto qos_0_only = [](limits& l) { l.maximum_qos = protocol::qos::at_most_once; };
    const auto qos_1_only = [](limits& l) { l.maximum_qos = protocol::qos::at_least_once; };
    const auto no_retain = [](limits& l) { l.retain_available = false; };
    const auto no_wildcards = [](limits& l) { l.wildcard_subscriptions_available = false; };
    const auto no_shared = [](limits& l) { l.shared_subscriptions_available = false; };
    const auto no_identifiers = [](limits& l) { l.subscription_identifiers_available = false; };
    const auto looks = [](limits& l) { l.validate_payload_format = true; };
    return {
        {"QoS 1 above Maximum QoS 0", qos_0_only, publish(0x32, {}), 0x9B},
        {"QoS 2 above Maximum QoS 0", qos_0_only, publish(0x34, {}), 0x9B},
        {"QoS 2 above Maximum QoS 1", qos_1_only, publish(0x34, {}), 0x9B},
        {"a will of QoS 1 above Maximum QoS 0", qos_0_only, connect(0x08, {}), 0x9B},
        {"a will of QoS 2 above Maximum QoS 1", qos_1_only, connect(0x10, {}), 0x9B},
        {"a retained message", no_retain, publish(0x31, {}), 0x9A},
        {"a retained message of QoS 1", no_retain, publish(0x33, {}), 0x9A},
        {"a retained will", no_retain, connect(0x20, {}), 0x9A},
        {"#", no_wildcards, subscribe({}, "#"), 0xA2},
        {"a/+/b", no_wildcards, subscribe({}, "a/+/b"), 0xA2},
        {"a shared subscription", no_shared, subscribe({}, "$share/g/a"), 0x9E},
        {"a Subscription Identifier", no_identifiers, subscribe({0x0B, 1}, "a"), 0xA1},
        {"a will that is not the UTF-8 it says", looks, connect(0, says_utf8, "\xFF"), 0x99},
    };
}

/// The connection of one who sends this to a broker with these settings.
conformance::peer sent(broker_room& room, const wire& bytes) {
    if (bytes[0] != 0x10) {
        auto p = room.connect("offender", {.version = version::v5});
        p.send(bytes);
        return p;
    }
    auto p = room.open();
    p.set_version(version::v5);
    p.send(bytes);
    return p;
}

conformance::room_options with(std::function<void(limits&)> adjust) {
    auto o = conformance::options();
    o.adjust = std::move(adjust);
    return o;
}

TEST_CASE("[MQTT5-3.2.2-12] [MQTT5-3.2.2-13] [MQTT5-4.13.1-1] [MQTT5-4.13.2-1] what is not offered: 0x99, 0x9A, 0x9B, 0x9E, 0xA1, 0xA2 [B-33]") {
    for (const auto& r : refusals()) {
        CAPTURE(std::string(r.what));
        broker_room poor(with(r.without));
        auto watcher = poor.connect("watcher", {.version = version::v5});
        watcher.subscribe("a");
        auto offender = sent(poor, r.bytes);
        const auto said = offender.raw();
        const bool connect = r.bytes[0] == 0x10;
        CHECK((said.size() > 3 && said[0] == (connect ? 0x20 : 0xE0) && said[connect ? 3 : 2] == r.code));
        CHECK(offender.closed());
        CHECK(watcher.silent());
    }
}

TEST_CASE("[MQTT5-3.1.4-5] the same packets are taken by a server that offers it all") {
    for (const auto& r : refusals()) {
        if (r.code == 0x99) continue;  // it would be right to look, but not to take it
        CAPTURE(std::string(r.what));
        broker_room rich(with([](limits& l) { l.subscription_identifiers_available = l.shared_subscriptions_available = true; }));
        auto guest = sent(rich, r.bytes);
        const auto said = guest.raw();
        CHECK((said.empty() || said[0] != 0xE0));
        if (r.bytes[0] == 0x10) CHECK((said.size() > 3 && said[3] == 0));
        guest.send_pingreq();
        CHECK(guest.raw() == conformance::pingresp);
    }
}

}  // namespace
}  // namespace tepore::packets
