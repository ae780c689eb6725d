#include "bench/measured.hpp"

namespace tepore::bench {

measured measure(crew& with, const options& asked, const std::function<void(monotonic)>& begin, const std::function<void()>& turn) {
    auto& world = with.world();
    measured out;
    const auto troubles_before = with.troubles();
    const auto start = world.now() + from_seconds(asked.warmup_s);
    while (world.now() < start && with.troubles() == troubles_before) turn();
    out.from = world.look();
    begin(out.from.at);
    const auto end = out.from.at + from_seconds(asked.seconds);
    while (world.now() < end && with.troubles() == troubles_before) turn();
    out.to = world.look();
    return out;
}

void drain(crew& with, const options& asked, bool loss_is_allowed, const std::function<std::uint64_t()>& received,
           const std::function<bool()>& done) {
    std::uint64_t before = received();
    auto moved = with.world().now();
    with.until(
        [&] {
            const auto now = with.world().now();
            if (const auto count = received(); count != before) {
                before = count;
                moved = now;
            }
            if (done()) return true;
            return loss_is_allowed && now - moved > from_seconds(quiet_s);
        },
        asked.drain_s);
    with.listen_on();
}

}  // namespace tepore::bench
