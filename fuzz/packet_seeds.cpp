// Writes correct packets of every type and version into a folder, in the form that the fuzzer `packets` reads.
#include <array>
#include <fstream>
#include <string>
#include <vector>

#include "protocol/random_packets.hpp"

using namespace tepore;
using namespace tepore::protocol;
using namespace tepore::protocol::testing;

namespace {

std::vector<std::uint8_t> encoded(const packet& p, version v) {
    return std::visit(
        [v](const auto& each) {
            std::vector<std::uint8_t> out;
            if constexpr (std::is_same_v<std::decay_t<decltype(each)>, connect>) {
                out.resize(encoded_size(each));
                encode(each, out);
            } else {
                out.resize(encoded_size(each, v));
                encode(each, v, out);
            }
            return out;
        },
        p);
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) return 1;
    constexpr std::array versions{version::v3_1, version::v3_1_1, version::v5};
    constexpr int rounds = 8;
    packet_maker maker(1);
    for (std::size_t v = 0; v < versions.size(); ++v) {
        for (const auto type : all_types) {
            if (type == packet_type::auth && versions[v] != version::v5) continue;
            for (int round = 0; round < rounds; ++round) {
                const auto from = sender_of(type);
                const auto bytes = encoded(maker.make(type, versions[v]), versions[v]);
                const auto mode = static_cast<char>(v + (from == direction::server_to_client ? 3 : 0));
                std::ofstream out(
                    std::string(words[1]) + "/" + std::to_string(v) + "-" + std::to_string(static_cast<int>(type)) + "-" + std::to_string(round),
                    std::ios::binary);
                out.put(mode).write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
            }
        }
    }
    return 0;
}
