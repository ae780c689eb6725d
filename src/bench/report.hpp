// What came out: figures with names for programs (JSON, stable, with units in the names) and words for people, and the verdict.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/flow.hpp"
#include "bench/histogram.hpp"
#include "bench/world.hpp"

namespace tepore::bench {

/// Exit codes of the command.
enum class verdict : std::uint8_t {
    good = 0,
    trouble = 1,  // no connection, refused, closed, a protocol fault, a message that is not what was sent
    loss = 2,     // loss, repetition or wrong order
};

class report {
public:
    /// `words` is the line's beginning in the table, `unit` its end; empty words: for programs only.
    void count(std::string_view name, std::uint64_t value, std::string_view words = {}, std::string_view unit = {});
    /// Nothing: null in JSON, "-" in the table.
    void number(std::string_view name, std::optional<double> value, int decimals, std::string_view words = {}, std::string_view unit = {});
    void text(std::string_view name, std::string_view value, std::string_view words = {});

    /// p50, p99, p99.9 and the longest, in microseconds; of nothing there are none. `name` is "latency": latency_p50_us...
    void latency(std::string_view name, const histogram& h, std::string_view words);
    /// Where the broker's process is known, its CPU time for each of `items`: broker_cpu_us_per_<item>.
    void cost(const usage& from, const usage& to, double items, std::string_view item);
    /// Cores that the broker, where it is known, the generator and everybody else used.
    void cpu(const usage& from, const usage& to);
    /// Growth of the broker's resident memory: rss_bytes_per_<item>.
    void memory(const usage& from, const usage& to, double items, std::string_view item);
    void arrivals(const tally& t, std::uint64_t expected);
    /// The open loop: messages that were due and never sent, and why. Their latency has no end, so any of them is a loss.
    void unsent(std::uint64_t messages, std::string_view why);
    /// `allowed`: at QoS 0 a broker may drop what it has no room for.
    void judge_loss(std::uint64_t lost, bool allowed);

    /// What could not be removed from the broker: goes with the verdict's sentence, so it comes last.
    void left_behind(std::uint64_t count, std::string_view of_what, std::string_view where);

    /// The worst counts, and of equally bad ones the first. A good one changes the sentence as long as all is good.
    void judge(verdict v, std::string_view sentence);

    [[nodiscard]] verdict how() const noexcept { return verdict_; }
    [[nodiscard]] std::string_view sentence() const noexcept { return sentence_; }
    /// One line, without newline.
    [[nodiscard]] std::string json() const;
    /// For people; ends with the verdict.
    [[nodiscard]] std::string table() const;

private:
    struct field {
        std::string name;
        std::string value;  // as JSON
        std::string words;
        std::string shown;
        std::string unit;
    };

    std::vector<field> fields_;
    verdict verdict_ = verdict::good;
    std::string sentence_ = "every message arrived once and in order";
};

}  // namespace tepore::bench
