// A message at QoS 0 costs no allocation, once buffers have grown and the route is known: counted where all of them pass, in malloc.
#include <doctest/doctest.h>

#include <cstddef>
#include <string>

#include "support/one_shard.hpp"

extern "C" {
void* __libc_malloc(std::size_t);               // NOLINT: glibc's own, behind the name that is taken here
void* __libc_calloc(std::size_t, std::size_t);  // NOLINT
void* __libc_realloc(void*, std::size_t);       // NOLINT
}

namespace {

std::size_t allocations = 0;

}  // namespace

extern "C" void* malloc(std::size_t size) {
    ++allocations;
    return __libc_malloc(size);
}
extern "C" void* calloc(std::size_t count, std::size_t size) {
    ++allocations;
    return __libc_calloc(count, size);
}
extern "C" void* realloc(void* old, std::size_t size) {
    ++allocations;
    return __libc_realloc(old, size);
}

namespace {

using namespace tepore;
using bench::one_shard;
using protocol::packet_type;
using protocol::qos;

constexpr std::string_view topic = "home/3/zone/kitchen/temperature";

struct house {
    explicit house(std::size_t receivers, qos q) {
        for (std::size_t i = 0; i < receivers; ++i) {
            readers.push_back(&broker.connect("receiver-" + std::to_string(i)));
            broker.subscribe(*readers.back(), topic, q);
        }
        writer = &broker.connect("publisher");
    }
    one_shard broker;
    std::vector<broker::connection*> readers;
    broker::connection* writer = nullptr;
};

/// Allocations of 1,000 rounds after 100 others.
template <class Round>
std::size_t allocations_of(Round&& round) {
    for (int i = 0; i < 100; ++i) round();
    const auto before = allocations;
    for (int i = 0; i < 1000; ++i) round();
    return allocations - before;
}

std::vector<std::uint8_t> burst(std::size_t count) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < count; ++i) {
        const auto one = bench::publish_of(topic, qos::at_most_once);
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    return bytes;
}

TEST_CASE("what counts allocations counts them") {
    CHECK(allocations_of([] { static_cast<void>(std::string(100, 'x').size()); }) == 1000);
}

TEST_CASE("QoS 0 is passed on without an allocation: one receiver and many, one message and a read full of them") {
    for (const std::size_t receivers : {1u, 10u, 1000u}) {
        for (const std::size_t messages : {1u, 64u}) {
            CAPTURE(receivers);
            CAPTURE(messages);
            house h(receivers, qos::at_most_once);
            const auto bytes = burst(messages);
            const auto round = [&] {
                h.broker.receive(*h.writer, bytes);
                h.broker.turn();
            };
            CHECK(allocations_of(round) == 0);
        }
    }
}

TEST_CASE("QoS 1 to a client that keeps no session is passed on and acknowledged without an allocation") {
    house h(1, qos::at_least_once);
    protocol::packet_id id = 0;
    const auto publish = bench::publish_of(topic, qos::at_least_once, 7);
    std::vector<std::uint8_t> ack{0x40, 2, 0, 0};
    const auto round = [&] {
        h.broker.receive(*h.writer, publish);
        h.broker.turn();
        id = id == 0xffff ? protocol::packet_id{1} : static_cast<protocol::packet_id>(id + 1);
        ack[2] = static_cast<std::uint8_t>(id >> 8);
        ack[3] = static_cast<std::uint8_t>(id);
        h.broker.receive(*h.readers[0], ack);
        h.broker.turn();
    };
    CHECK(allocations_of(round) == 0);
}

}  // namespace
