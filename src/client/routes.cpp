#include "client/routes.hpp"

#include <algorithm>

#include "protocol/topic.hpp"

namespace tepore::mqtt_client {

std::uint32_t routes::add(const std::vector<subscription>& filters, std::uint32_t chosen_id, message_handler handler) {
    const bool own = static_cast<bool>(handler);
    const auto hears = own ? std::make_shared<const message_handler>(std::move(handler)) : nullptr;
    auto id = chosen_id;
    if (id == 0 && own) {
        while (by_id_.contains(next_id_)) --next_id_;  // ends: there are far fewer subscriptions than identifiers
        id = next_id_;
    }
    for (const auto& s : filters) {
        remove(s.filter);
        if (id == 0) continue;
        by_filter_[s.filter] = id;
        by_id_[id].push_back({s.filter, hears});
    }
    return id;
}

void routes::remove(const std::string& filter) {
    const auto found = by_filter_.find(filter);
    if (found == by_filter_.end()) return;
    const auto targets = by_id_.find(found->second);
    std::erase_if(targets->second, [&](const target& t) { return t.filter == filter; });
    if (targets->second.empty()) by_id_.erase(targets);
    by_filter_.erase(found);
}

void routes::remove(const std::string& filter, std::uint32_t id) {
    const auto found = by_filter_.find(filter);
    if (found != by_filter_.end() && found->second == id) remove(filter);
}

std::vector<routes::hearer> routes::of(const message& m, bool has_ids) const {
    std::vector<hearer> out;
    const auto ask = [&](const std::vector<target>& targets) {
        for (const auto& [filter, hears] : targets) {
            if (protocol::matches(filter, m.topic) && std::ranges::find(out, hears) == out.end()) out.push_back(hears);
        }
    };
    const auto& ids = m.properties.subscription_ids;
    for (const auto id : ids) {
        if (const auto found = by_id_.find(id); found != by_id_.end()) ask(found->second);
    }
    if (!out.empty() || (has_ids && ids.empty())) return out;
    for (const auto& [id, targets] : by_id_) ask(targets);
    return out;
}

}  // namespace tepore::mqtt_client
