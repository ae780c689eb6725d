// What happens by itself.
#include <algorithm>

#include "model/broker_model.hpp"

namespace tepore::model {

/// [MQTT5-3.1.2-22] One and a half times the Keep Alive.
monotonic broker_model::keep_alive_end(const connection& c) const {
    return c.keep_alive_s == 0 ? never : c.last_packet + std::chrono::milliseconds(1500) * c.keep_alive_s;
}

monotonic broker_model::next_deadline() const {
    auto next = never;
    for (const auto& [id, s] : sessions_) {
        if (s.online != nullptr) {
            next = std::min(next, keep_alive_end(*s.online));
        } else {
            next = std::min(next, s.ends);
            if (s.will) next = std::min(next, s.will->due);
        }
    }
    return next;
}

void broker_model::advance(monotonic to) {
    for (auto next = next_deadline(); next <= to; next = next_deadline()) {
        now_ = next;
        ++order_;
        std::vector<std::string> ids;
        for (const auto& [id, s] : sessions_) ids.push_back(id);
        for (const auto& id : ids) {
            auto& s = sessions_.at(id);
            if (s.online != nullptr) {
                if (keep_alive_end(*s.online) > now_) continue;
                refuse(*s.online, protocol::reason::keep_alive_timeout);
            } else if (s.ends <= now_) {
                end_session(id);
            } else if (s.will && s.will->due <= now_) {
                publish_will(s);
            }
        }
    }
    now_ = to;
}

}  // namespace tepore::model
