// The judge is judged: each kind of fault must be found, and a good run must pass.
#include "load/ledger.hpp"

#include <doctest/doctest.h>

using namespace tepore;
using load::ledger;

namespace {

constexpr auto qos_0 = protocol::qos::at_most_once;
constexpr auto qos_1 = protocol::qos::at_least_once;
constexpr auto qos_2 = protocol::qos::exactly_once;

/// Client 0 publishes to "t", to which client 1 subscribed at QoS 2; client 2 did not.
struct talk {
    ledger book{3, {"t"}, {{{.client = 1, .qos = qos_2}}}};

    std::uint32_t publish(protocol::qos qos, bool acknowledged = true) {
        const auto number = book.publish({.publisher = 0, .topic = 0, .qos = qos, .padding_bytes = 5});
        if (acknowledged) book.acknowledge(number);
        return number;
    }
    void deliver(std::uint32_t number, std::uint32_t client = 1) {
        const auto payload = book.payload(number);
        book.deliver(client, "t", as_bytes(payload), book.at(number).qos);
    }
};

}  // namespace

TEST_CASE("everything arrived once and in order: good") {
    talk t;
    for (const auto qos : {qos_0, qos_1, qos_2}) t.deliver(t.publish(qos));
    CHECK(t.book.everything_arrived());
    CHECK(t.book.judge().good());
    CHECK(t.book.judge().expected == 2);
}

TEST_CASE("a QoS 0 message may be lost, one of QoS 1 or 2 may not") {
    talk t;
    t.publish(qos_0);
    CHECK(t.book.judge().good());
    t.publish(qos_1);
    t.publish(qos_2);
    CHECK_FALSE(t.book.everything_arrived());
    CHECK(t.book.judge().lost == 2);
}

TEST_CASE("QoS 1 may arrive twice, QoS 2 may not") {
    talk t;
    const auto one = t.publish(qos_1);
    const auto two = t.publish(qos_2);
    for (const auto number : {one, two, one}) t.deliver(number);
    CHECK(t.book.judge().good());
    CHECK(t.book.judge().repeated == 1);
    t.deliver(two);
    CHECK(t.book.judge().twice == 1);
}

TEST_CASE("a first arrival after a later message is out of order; a repetition is not") {
    talk t;
    const auto first = t.publish(qos_1);
    const auto second = t.publish(qos_1);
    const auto third = t.publish(qos_1);
    for (const auto number : {first, third, first, second}) t.deliver(number);
    CHECK(t.book.judge().out_of_order == 1);
}

TEST_CASE("damaged payloads, wrong topics, wrong QoS and wrong addressees are found") {
    talk t;
    const auto number = t.publish(qos_1);
    auto payload = t.book.payload(number);
    t.deliver(number, 2);
    t.book.deliver(1, "other", as_bytes(payload), qos_1);
    t.book.deliver(1, "t", as_bytes(payload), qos_2);
    payload.back() = '!';
    t.book.deliver(1, "t", as_bytes(payload), qos_1);
    t.book.deliver(1, "t", as_bytes("no number"), qos_1);
    t.book.deliver(1, "t", as_bytes("99:"), qos_1);
    CHECK(t.book.judge().damaged == 6);
}

TEST_CASE("a message that was never acknowledged is found") {
    talk t;
    t.deliver(t.publish(qos_2, false));
    CHECK(t.book.judge().unacknowledged == 1);
}
