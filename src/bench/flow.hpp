// Did every message of one publisher to one receiver arrive, once, and in order?
#pragma once

#include <cstdint>
#include <vector>

namespace tepore::bench {

enum class arrival : std::uint8_t {
    in_order,   // the next one, or one after a gap
    late,       // a later one came first
    duplicate,  // it came before
};

/// The messages 0, 1, 2... of one publisher to one receiver. Remembers which of the last 64 came, so that a late one and a second one are told
/// apart; what is older than that counts as a duplicate when no gap is open, else as late.
class flow {
public:
    static constexpr std::uint32_t remembered = 64;

    /// Messages that were passed over when `sequence` came: 0 for all but the first after a gap.
    struct taken {
        arrival kind = arrival::in_order;
        std::uint32_t skipped = 0;
    };

    taken take(std::uint32_t sequence) noexcept {
        if (sequence == next_) [[likely]] {
            ++next_;
            seen_ = seen_ << 1 | 1;
            return {};
        }
        return sequence > next_ ? after_gap(sequence) : from_the_past(sequence);
    }

    [[nodiscard]] std::uint32_t next() const noexcept { return next_; }

private:
    taken after_gap(std::uint32_t sequence) noexcept {
        const std::uint32_t skipped = sequence - next_;
        missing_ += skipped;
        seen_ = skipped + 1 >= remembered ? 1 : seen_ << (skipped + 1) | 1;
        next_ = sequence + 1;
        return {arrival::in_order, skipped};
    }

    taken from_the_past(std::uint32_t sequence) noexcept {
        const std::uint32_t age = next_ - 1 - sequence;
        if (age < remembered) {
            const std::uint64_t bit = std::uint64_t{1} << age;
            if ((seen_ & bit) != 0) return {arrival::duplicate, 0};
            seen_ |= bit;
        } else if (missing_ == 0) {
            return {arrival::duplicate, 0};
        }
        if (missing_ != 0) --missing_;
        return {arrival::late, 0};
    }

    std::uint32_t next_ = 0;
    std::uint32_t missing_ = 0;  // passed over and not come since
    std::uint64_t seen_ = 0;     // bit n: next_ - 1 - n came
};

/// What was wrong with messages that arrived. Loss is not here: it is what was sent and did not arrive.
struct tally {
    std::uint64_t received = 0;  // each message once
    std::uint64_t late = 0;      // of them, out of order
    std::uint64_t duplicates = 0;
    std::uint64_t redelivered = 0;  // duplicates that say so (DUP) at QoS 1: "at least once" allows them
    std::uint64_t misrouted = 0;    // whole and ours, but for somebody else
    std::uint64_t altered = 0;      // content, topic, QoS or retain flag are not those of the message that was sent
};

/// The flows of a scenario.
class ledger {
public:
    explicit ledger(std::size_t flows) : flows_(flows) {}

    /// How many messages of the flow are settled by this one: itself and those passed over, which nobody waits for any more; 0 for what is late or
    /// came before. `said_again`: DUP at QoS 1.
    std::uint32_t take(std::size_t which, std::uint32_t sequence, bool said_again) noexcept {
        const auto [kind, skipped] = flows_[which].take(sequence);
        if (kind == arrival::in_order) [[likely]] {
            ++tally_.received;
            return skipped + 1;
        }
        if (kind == arrival::late) {
            ++tally_.received;
            ++tally_.late;
        } else {
            ++(said_again ? tally_.redelivered : tally_.duplicates);
        }
        return 0;
    }

    [[nodiscard]] const bench::tally& tally() const noexcept { return tally_; }
    void note_misrouted() noexcept { ++tally_.misrouted; }
    void note_altered() noexcept { ++tally_.altered; }

private:
    std::vector<flow> flows_;
    bench::tally tally_;
};

}  // namespace tepore::bench
