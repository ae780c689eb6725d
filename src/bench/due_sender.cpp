#include "bench/due_sender.hpp"

namespace tepore::bench {

std::uint64_t due_sender::bytes_max(std::uint64_t publishers, std::uint32_t payload_bytes, double per_second, double seconds, bounds b) noexcept {
    const auto due = static_cast<std::uint64_t>(per_second * seconds * payload_bytes);
    return std::min(publishers * (b.backlog_bytes_max + payload_bytes), due);
}

void due_sender::send(monotonic now, monotonic until) {
    for (; loop_.due() <= now && loop_.due() < until; loop_.note_sent()) {
        auto& by = next();
        if (!may_say(by)) {
            held_up_at_ = now;
            return;
        }
        late_max_ = std::max<duration>(late_max_, now - std::max(loop_.due(), held_up_at_));
        say_(by, loop_.due());
        by.wake();
    }
}

bool due_sender::may_say(const lean_client& by) const {
    return by.is_up() && by.output().waiting().size() <= bounds_.backlog_bytes_max && by.may_publish(bounds_.unacknowledged_max);
}

std::string due_sender::why_not() const {
    const auto& by = next();
    if (!by.is_up()) return "a publisher has no connection any more";
    if (by.output().waiting().size() > bounds_.backlog_bytes_max) {
        return "a connection did not take the " + std::to_string(bounds_.backlog_bytes_max) + " bytes before them";
    }
    const auto unsettled_max = std::min<std::size_t>(bounds_.unacknowledged_max, by.receive_maximum());
    return "the " + std::to_string(unsettled_max) + " messages before them, as many as a publisher may have under way, were not acknowledged";
}

}  // namespace tepore::bench
