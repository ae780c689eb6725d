// packets: the packet decoder, versions 3.1, 3.1.1 and 5.0, both directions; what was decoded encodes, and decodes to the same packet again
//
// Input: a byte that chooses version, direction and form; then either a stream of packets, or one packet whose length the fuzzer need not know.
#include <array>
#include <vector>

#include "fuzz/input.hpp"
#include "protocol/codec.hpp"
#include "protocol/describe.hpp"
#include "protocol/wire.hpp"

using namespace tepore;
using namespace tepore::protocol;
using fuzz::must;

namespace {

using octets = std::vector<std::uint8_t>;  // on the heap and of just the right size: a sanitizer sees every byte too far

octets encoded(const packet& p, version v) {
    return std::visit(
        [v](const auto& each) {
            if constexpr (std::is_same_v<std::decay_t<decltype(each)>, connect>) {
                octets out(encoded_size(each));
                must(encode(each, out) == out.size(), "encode() writes what encoded_size() said");
                return out;
            } else {
                octets out(encoded_size(each, v));
                must(encode(each, v, out) == out.size(), "encode() writes what encoded_size() said");
                return out;
            }
        },
        p);
}

/// The first packet of a stream is the same however little of the rest has arrived; its limits are kept to the byte.
void check_frame(byte_view whole) {
    const auto size = static_cast<std::uint32_t>(whole.size());
    for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{3}, whole.size() / 2, whole.size() - 1}) {
        if (cut >= whole.size()) continue;
        const octets part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
        const auto found = next_frame(part, remaining_length_max);
        must(found.state == frame_state::incomplete, "a cut packet is incomplete");
        must(found.need > cut && found.need <= whole.size(), "an incomplete packet needs more, and not more than there is");
    }
    must(next_frame(whole, size).state == frame_state::complete, "a packet of the largest size allowed is complete");
    const auto above = next_frame(whole, size - 1);
    must(above.state == frame_state::broken && above.fault.code == reason::packet_too_large, "a packet above the limit is too large");
}

void check_packet(const frame& f, version v, direction from) {
    const octets own(f.whole.begin(), f.whole.end());
    const auto found = next_frame(own, remaining_length_max);
    must(found.state == frame_state::complete && found.frame.whole.size() == own.size(), "a whole packet is complete");
    const auto p = decode(found.frame, v, from);
    if (!p) {
        must(*p.error().rule != 0 && *p.error().what != 0, "a fault has words");
        must(is_error(p.error().code), "a fault has an error's code");
        if (f.type == packet_type::connect) static_cast<void>(claimed_version(found.frame));
        return;
    }
    const auto* hello = std::get_if<connect>(&*p);
    const auto spoken = hello != nullptr ? hello->version : v;
    must(spoken != version::v5 || !f.length_padded, "5.0 knows the shortest form of a length only");
    const auto said = testing::describe(*p, spoken);
    const auto again = encoded(*p, spoken);
    must(!again.empty(), "what was decoded can be encoded", said);
    must(again.size() <= own.size(), "our form of a packet is the shortest", said);
    const auto back = next_frame(again, remaining_length_max);
    must(back.state == frame_state::complete && back.frame.whole.size() == again.size(), "what was encoded is one whole packet", said);
    const auto q = decode(back.frame, spoken, from);
    must(q.has_value(), "what was encoded decodes", said);
    must(testing::describe(*q, spoken) == said, "what was encoded decodes to the same packet", said);
    must(encoded(*q, spoken) == again, "the same packet has the same bytes", said);
}

void check_stream(byte_view stream, version v, direction from) {
    while (true) {
        const auto found = next_frame(stream, remaining_length_max);
        if (found.state == frame_state::incomplete) {
            must(found.need > stream.size(), "an incomplete packet needs more than there is");
            return;
        }
        if (found.state == frame_state::broken) {
            must(*found.fault.rule != 0 && *found.fault.what != 0, "a fault has words");
            return;
        }
        check_frame(found.frame.whole);
        check_packet(found.frame, v, from);
        stream = stream.subspan(found.frame.whole.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input in({data, size});
    constexpr std::array versions{version::v3_1, version::v3_1_1, version::v5};
    const unsigned mode = in.byte();
    const auto v = versions[mode % 3];
    const auto from = mode / 3 % 2 == 0 ? direction::client_to_server : direction::server_to_client;
    if (mode / 6 % 2 == 0) {
        check_stream(in.rest(), v, from);
        return 0;
    }
    const auto first = in.byte();
    const auto body = in.rest();
    octets one(1 + varint_size(static_cast<std::uint32_t>(body.size())) + body.size());
    writer to(one);
    to.u8(first);
    to.varint(static_cast<std::uint32_t>(body.size()));
    to.raw(body);
    check_stream(one, v, from);
    return 0;
}
