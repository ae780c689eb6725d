// The topic aliases that a client set on its connection (3.3.2.3.4). They end with the connection [MQTT5-3.3.2-7].
// Memory: as many topics as the highest alias that was set; the server's Topic Alias Maximum bounds it.
#pragma once

#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tepore::broker {

class incoming_aliases {
public:
    /// The topic of an alias; empty: it was never set.
    [[nodiscard]] std::string_view topic(std::uint32_t alias) const noexcept {
        return alias <= topics_.size() ? std::string_view(topics_[alias - 1]) : std::string_view{};
    }

    /// Sets it, or sets it anew. REQUIRES 0 < alias.
    void set(std::uint32_t alias, std::string_view topic) {
        assert(alias != 0);
        if (alias > topics_.size()) topics_.resize(alias);
        topics_[alias - 1].assign(topic);
    }

private:
    std::vector<std::string> topics_;  // by alias, from 1
};

}  // namespace tepore::broker
