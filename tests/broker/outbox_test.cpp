// How packets lie in the blocks of an outbox.
#include "broker/outbox.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <vector>

using namespace tepore;
using broker::block_pool;

TEST_CASE("packets that are copied are never cut, however full the block before them is") {
    block_pool pool;
    for (const std::size_t packet_bytes : {2u, 41u, 300u, 9'000u, 40'000u}) {
        for (const std::size_t packets : {1u, 2u, 50u}) {
            for (std::size_t left = 0; left <= 2 * std::min<std::size_t>(packet_bytes, 50); ++left) {
                CAPTURE(packet_bytes);
                CAPTURE(left);
                broker::outbox out;
                const std::size_t before = block_pool::small_bytes - left;
                std::ranges::fill_n(out.append(before, pool), static_cast<std::ptrdiff_t>(before), std::uint8_t{'b'});
                std::vector<std::uint8_t> copied;
                for (std::size_t i = 0; i < packets * packet_bytes; ++i) copied.push_back(static_cast<std::uint8_t>(i * 7 / packet_bytes));
                out.append_copy(copied, packet_bytes, pool);
                REQUIRE(out.bytes() == before + copied.size());

                std::array<iovec, 2'048> parts{};
                std::size_t skip = before;
                std::vector<std::uint8_t> found;
                for (const auto& part : std::span(parts).first(out.gather(parts))) {
                    REQUIRE((part.iov_len - skip) % packet_bytes == 0);
                    const auto* const bytes = static_cast<const std::uint8_t*>(part.iov_base);
                    found.insert(found.end(), bytes + skip, bytes + part.iov_len);
                    skip = 0;
                }
                REQUIRE(found == copied);
                out.clear(pool);
            }
        }
    }
    CHECK(pool.bytes_in_use() == 0);
}
