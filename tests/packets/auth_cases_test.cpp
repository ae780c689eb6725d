// AUTH, wrong in every way: told in CONNACK while the connection is being made, in DISCONNECT once it stands; the others notice nothing.
#include "conformance/v5/scram_dialogue.hpp"
#include "packets/tally.hpp"

namespace tepore::packets {
namespace {

using conformance::peer;

constexpr auto v5 = version::v5;

/// Told `code` in a packet of this first byte, and closed.
void check_told(peer& p, unsigned first, unsigned code) {
    const auto said = p.raw();
    CHECK((said.size() > 3 && said[0] == first && said.size() == said[1] + 2u && said[first == 0x20 ? 3 : 2] == code));
    CHECK(p.closed());
}

TEST_CASE(
    "[MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.5-1] [MQTT5-2.2.2-1] [MQTT5-3.2.2-15] [MQTT5-3.15.1-1] [MQTT5-3.15.2-1] [MQTT5-4.12.0-5] "
    "AUTH of 5.0, every field wrong in every way [B-33] [B-45]") {
    conformance::broker_room broker(conformance::with_users());
    conformance::scram_user bob("bob", "hidden");
    auto watcher = conformance::log_in(broker, bob, "watcher");
    watcher.subscribe("#");
    tally counted;
    for (const auto& p : packets()) {
        if (p.type != 15) continue;
        for (const auto& c : cases_of(p, v5, side::client, {.packet_bytes_max = 1024 * 1024})) {
            if (c.says.taken(v5)) continue;  // what it does then is the method's affair
            CAPTURE(c.name);
            counted.note(c, v5);
            conformance::scram_user amy;
            auto standing = conformance::log_in(broker, amy);
            standing.send(c.bytes);
            check_told(standing, 0xE0, c.says.code);

            auto coming = conformance::open5(broker, conformance::connect_with({conformance::method(), conformance::says(amy.first())}));
            (void)conformance::expect_auth(coming);
            coming.send(c.bytes);
            check_told(coming, 0x20, c.says.code);

            watcher.send_pingreq();
            watcher.expect_pingresp();
            CHECK(watcher.silent());
        }
    }
    counted.check("AUTH", v5, 400);
}

}  // namespace
}  // namespace tepore::packets
