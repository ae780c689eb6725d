#include "net/ticket_keys.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace tepore::net;
using tepore::monotonic;

namespace {

/// Keys that tell their number.
struct numbered {
    std::uint8_t made = 0;
    ticket_keys keys{[this] {
        ticket_key key{};
        key.name.fill(++made);
        return key;
    }};
};

const monotonic start = monotonic() + 1000h;

}  // namespace

TEST_CASE("ticket keys: one key makes all tickets of its life, then opens them for as long again, then is forgotten") {
    numbered n;
    const auto first = n.keys.for_new_tickets(start);
    CHECK(n.keys.for_new_tickets(start + ticket_key_life - 1s).name == first.name);
    CHECK(n.keys.find(first.name, start + ticket_key_life - 1s)->is_newest);

    const auto second = n.keys.for_new_tickets(start + ticket_key_life);
    CHECK(second.name != first.name);
    const auto found = n.keys.find(first.name, start + 2 * ticket_key_life - 1s);
    REQUIRE(found);
    CHECK(found->key.name == first.name);
    CHECK_FALSE(found->is_newest);
    CHECK(n.keys.find(second.name, start + 2 * ticket_key_life - 1s)->is_newest);
    CHECK_FALSE(n.keys.find(first.name, start + 2 * ticket_key_life));
    CHECK(n.made == 2);
}

TEST_CASE("ticket keys: nobody's ticket is opened") {
    numbered n;
    CHECK_FALSE(n.keys.find(ticket_key{}.name, start));
    const auto key = n.keys.for_new_tickets(start);
    CHECK_FALSE(n.keys.find(tepore::byte_view(key.name).first(15), start));
}

TEST_CASE("ticket keys: after a quiet time both keys are gone, and the next ticket has a new one") {
    numbered n;
    const auto first = n.keys.for_new_tickets(start);
    CHECK(n.keys.find(first.name, start + ticket_key_life + 1h));
    CHECK_FALSE(n.keys.find(first.name, start + 2 * ticket_key_life + 1h));
    CHECK(n.keys.for_new_tickets(start + 2 * ticket_key_life + 1h).name != first.name);
}
