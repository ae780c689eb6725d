// Prints packets of our encoder in the form of tests/vectors/mqtt-packet.txt, for tools/vectors/check.mjs.
#include <cstdio>

#include "protocol/describe.hpp"
#include "protocol/random_packets.hpp"

namespace {

using namespace tepore::protocol;
using namespace tepore::protocol::testing;

constexpr int packets_of_a_kind = 50;

void print(const packet& p, packet_type type, version v) {
    std::vector<std::uint8_t> bytes;
    std::visit(
        [&](const auto& each) {
            if constexpr (std::is_same_v<std::decay_t<decltype(each)>, connect>) {
                bytes.resize(encoded_size(each));
                encode(each, bytes);
            } else {
                bytes.resize(encoded_size(each, v));
                encode(each, v, bytes);
            }
        },
        p);
    std::printf("%u %c ", static_cast<unsigned>(v), sender_of(type) == direction::client_to_server ? '>' : '<');
    for (const auto byte : bytes) std::printf("%02x", static_cast<unsigned>(byte));
    std::printf(" | %s\n", describe(p, v).c_str());
}

}  // namespace

int main() {
    packet_maker maker(4);
    for (const auto v : {version::v3_1, version::v3_1_1, version::v5}) {
        for (const auto type : all_types) {
            if (type == packet_type::auth && v != version::v5) continue;
            for (int i = 0; i < packets_of_a_kind; ++i) print(maker.make(type, v), type, v);
            maker.clear();
        }
    }
    return 0;
}
