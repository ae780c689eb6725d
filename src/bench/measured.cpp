#include "bench/measured.hpp"

namespace tepore::bench {

measured measure(crew& with, const options& asked, const std::function<void()>& begin, const std::function<void()>& turn) {
    auto& world = with.world();
    measured out;
    const auto troubles_before = with.troubles();
    const auto start = world.now() + from_seconds(asked.warmup_s);
    while (world.now() < start && with.troubles() == troubles_before) turn();
    out.from = world.look();
    begin();
    const auto end = out.from.at + from_seconds(asked.seconds);
    while (world.now() < end && with.troubles() == troubles_before) turn();
    out.to = world.look();
    return out;
}

void drain(crew& with, const options& asked, std::uint64_t expected, const std::function<std::uint64_t()>& received,
           const std::function<bool()>& settled) {
    std::uint64_t before = received();
    auto moved = with.world().now();
    with.until(
        [&] {
            const auto now = with.world().now();
            if (const auto count = received(); count != before) {
                before = count;
                moved = now;
            }
            if (before >= expected && settled()) return true;
            return asked.qos == protocol::qos::at_most_once && now - moved > from_seconds(quiet_s);
        },
        asked.drain_s);
}

}  // namespace tepore::bench
