// Properties of the codec that hold for all packets, tried on thousands of random ones.
#include <doctest/doctest.h>

#include <algorithm>

#include "protocol/random_packets.hpp"
#include "protocol/test_wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

constexpr std::uint32_t seed = 20261122;

/// `check(packet, type, version)` for `rounds` random packets of every type and version.
template <class Check>
void for_random_packets(int rounds, Check&& check) {
    for (const auto v : versions) {
        for (const auto type : all_types) {
            if (type == packet_type::auth && v != version::v5) continue;
            packet_maker maker(seed + static_cast<std::uint32_t>(type));
            for (int round = 0; round < rounds; ++round) {
                check(maker.make(type, v), type, v, maker);
                maker.clear();
            }
        }
    }
}

/// Reads everything that the views of a packet reach, so that a sanitizer sees a view that is too long.
std::size_t touch(byte_view bytes) {
    return static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), std::uint8_t{0}));
}
std::size_t touch(std::string_view text) {
    return touch(as_bytes(text));
}
std::size_t touch(property_view properties) {
    std::size_t sum = 0;
    for (const auto& p : properties) sum += p.number + touch(p.text) + touch(p.value) + touch(p.data);
    return sum;
}
std::size_t touch(const connect& p) {
    auto sum = touch(p.client_id) + touch(p.properties);
    if (p.will) sum += touch(p.will->topic) + touch(p.will->payload) + touch(p.will->properties);
    if (p.user_name) sum += touch(*p.user_name);
    if (p.password) sum += touch(*p.password);
    return sum;
}
std::size_t touch(const publish& p) {
    return touch(p.topic) + touch(p.payload) + touch(p.properties);
}
std::size_t touch(const subscribe& p) {
    auto sum = touch(p.properties);
    for (const auto& request : p.requests) sum += touch(request.filter) + request.options.to_byte();
    return sum;
}
std::size_t touch(const unsubscribe& p) {
    auto sum = touch(p.properties);
    for (const auto filter : p.filters) sum += touch(filter);
    return sum;
}
std::size_t touch(const suback& p) {
    return touch(p.codes) + touch(p.properties);
}
std::size_t touch(const unsuback& p) {
    return touch(p.codes) + touch(p.properties);
}
std::size_t touch(pingreq) {
    return 0;
}
std::size_t touch(pingresp) {
    return 0;
}
std::size_t touch(const auto& p) {
    return touch(p.properties);
}

/// Decoding `bytes` gives a fault or a packet that encodes; what it encodes to decodes to the same packet.
void check_any_bytes(const octets& bytes, version v, direction from) {
    const auto found = next_frame(bytes, remaining_length_max);
    if (found.state != frame_state::complete) return;
    const auto p = decode(found.frame, v, from);
    if (!p) {
        if (std::string_view(p.error().rule).empty() || std::string_view(p.error().what).empty()) FAIL("a fault without words: " << hex(bytes));
        return;
    }
    [[maybe_unused]] static volatile std::size_t sink = 0;  // or the compiler sees that nobody wants the sum
    sink = std::visit([](const auto& each) { return touch(each); }, *p);
    const auto* const connects = std::get_if<connect>(&*p);
    const auto again = encoded(*p, connects ? connects->version : v);
    if (again.empty()) FAIL("decoded, but cannot be encoded: " << hex(bytes));
    const auto q = decode(frame_of(again), v, from);
    if (!q || !same(*p, *q)) FAIL("not the same after another round: " << hex(bytes));
}

}  // namespace

TEST_CASE("what is encoded decodes to the same packet, and encodes to the same bytes") {
    for_random_packets(500, [](const packet& p, packet_type type, version v, packet_maker&) {
        const auto bytes = encoded(p, v);
        const auto frame = frame_of(bytes);
        const auto back = decode(frame, v, sender_of(type));
        if (!back) FAIL(verdict(back.error(), v) << ": " << back.error().what << ": " << hex(bytes));
        if (frame.type != type || !same(p, *back) || encoded(*back, v) != bytes) FAIL("not the same: " << hex(bytes));
    });
}

TEST_CASE("a packet cut anywhere is incomplete for the frame reader, and its cut body never passes for another packet of the same length") {
    for_random_packets(60, [](const packet& p, packet_type type, version v, packet_maker&) {
        const auto bytes = encoded(p, v);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const octets cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            const auto found = next_frame(cut, remaining_length_max);
            if (found.state != frame_state::incomplete || found.need <= size) FAIL("cut at " << size << ": " << hex(bytes));
        }
        // The same with a remaining length that agrees with the cut: only what says so itself may end early.
        const auto body = frame_of(bytes).body;
        for (std::size_t size = 0; size < body.size(); ++size) {
            const auto cut = packet_of(bytes[0], octets(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(size)));
            check_any_bytes(cut, v, sender_of(type));
            const auto q = decode(frame_of(cut), v, sender_of(type));
            if (q && same(p, *q)) FAIL("bytes without meaning at the end: " << hex(bytes));
        }
    });
}

TEST_CASE("a surplus byte never gives the same packet") {
    for_random_packets(60, [](const packet& p, packet_type type, version v, packet_maker& maker) {
        const auto bytes = encoded(p, v);
        const auto body = frame_of(bytes).body;
        octets longer(body.begin(), body.end());
        longer.push_back(static_cast<std::uint8_t>(maker.below(256)));
        const auto surplus = packet_of(bytes[0], longer);
        check_any_bytes(surplus, v, sender_of(type));
        const auto q = decode(frame_of(surplus), v, sender_of(type));
        if (q && same(p, *q)) FAIL("a surplus byte was overlooked: " << hex(surplus));
    });
}

TEST_CASE("a changed byte never does harm") {
    for_random_packets(300, [](const packet& p, packet_type, version v, packet_maker& maker) {
        const auto bytes = encoded(p, v);
        for (int i = 0; i < 20; ++i) {
            auto changed = bytes;
            changed[maker.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<std::uint8_t>(maker.below(256));
            for (const auto from : {client, server}) check_any_bytes(changed, v, from);
        }
    });
}

TEST_CASE("every value of every one of the first bytes never does harm") {
    for_random_packets(3, [](const packet& p, packet_type, version v, packet_maker&) {
        const auto bytes = encoded(p, v);
        for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 32); ++i) {
            for (unsigned value = 0; value < 256; ++value) {
                auto changed = bytes;
                changed[i] = static_cast<std::uint8_t>(value);
                for (const auto from : {client, server}) check_any_bytes(changed, v, from);
            }
        }
    });
}

TEST_CASE("random bytes never do harm") {
    packet_maker maker(seed);
    for (int i = 0; i < 50'000; ++i) {
        octets bytes(1 + maker.below(40));
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(maker.below(256));
        if (bytes.size() > 1) bytes[1] = static_cast<std::uint8_t>(bytes.size() - 2);
        for (const auto from : {client, server}) check_any_bytes(bytes, maker.below(2) == 0 ? version::v5 : version::v3_1_1, from);
    }
}

TEST_CASE("encode writes nothing where there is not enough room or no form on the wire") {
    octets nothing;
    CHECK(encode(publish{.topic = std::string(65'536, 'x')}, version::v5, nothing) == 0);
    CHECK(encode(ack{}, version::v5, nothing) == 0);
    CHECK(encode(suback{.id = 1}, version::v5, nothing) == 0);
    CHECK(encode(auth{}, version::v3_1_1, nothing) == 0);
}
