#include "bench/stored.hpp"

namespace tepore::bench {

bool publish_all(crew& with, const options& asked, std::span<lean_client* const> publishers, std::uint32_t each,
                 const std::function<void(lean_client& by, std::uint32_t n)>& publish) {
    std::vector<std::uint32_t> next(publishers.size(), 0);
    const auto troubles_before = with.troubles();
    const bool done = with.until(
        [&] {
            bool all = true;
            for (std::size_t i = 0; i < publishers.size(); ++i) {
                auto& by = *publishers[i];
                while (by.is_up() && next[i] < each && by.may_publish(asked.window)) publish(by, next[i]++);
                all = all && next[i] == each && by.unsettled() == 0;
            }
            return all || with.troubles() != troubles_before;
        },
        asked.patience_s);
    if (!done) with.note_trouble("messages were not acknowledged in time");
    return with.troubles() == troubles_before;
}

}  // namespace tepore::bench
