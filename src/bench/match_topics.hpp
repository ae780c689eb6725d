// Many subscriptions, and topics of which is known whom they reach. Pure: everything follows from numbers, so nothing is stored.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "bench/options.hpp"

namespace tepore::bench {

/// Clients that one message of these scenarios reaches at most.
inline constexpr std::size_t recipients_max = 3;

class recipients {
public:
    void add(std::uint32_t client) noexcept { clients_[count_++] = client; }
    void clear() noexcept { count_ = 0; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] std::span<const std::uint32_t> all() const noexcept { return {clients_.data(), count_}; }

private:
    std::array<std::uint32_t, recipients_max> clients_{};
    std::uint8_t count_ = 0;
};

class match_topics {
public:
    virtual ~match_topics() = default;

    /// The filter of subscription `i`.
    virtual void filter(std::uint32_t i, std::string& out) const = 0;
    /// Whose it is. No client has two that match the same topic.
    [[nodiscard]] virtual std::uint32_t owner(std::uint32_t i) const noexcept = 0;
    /// A topic for the `serial`-th message: one of four reaches nobody.
    virtual void message(std::uint64_t random, std::uint64_t serial, std::string& topic, recipients& to) const = 0;
};

/// What telemetry looks like, in mqload's proportions: 60 % exact filters, 25 % with one `+`, 15 % with `#` at the end. `fresh`: every topic is a new
/// one, so that no cache of topics helps.
[[nodiscard]] std::unique_ptr<match_topics> plain_topics(const options& asked, std::string prefix, bool fresh);

/// What an adversary would choose: 6 to 32 levels, groups of filters that are the group's topic with a random half of its levels replaced by `+` (one
/// all
/// `+`), of which one to three match and the others fail at the very end: another last level, one level too many, a `#` two levels too deep. One
/// level names the group, the first, the middle one or the last; all others are shared by all groups, so all filters walk the same first levels of a
/// tree.
[[nodiscard]] std::unique_ptr<match_topics> deep_topics(const options& asked, std::string prefix);

}  // namespace tepore::bench
