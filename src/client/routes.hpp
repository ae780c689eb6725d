// Which handlers hear a message: those given with the subscriptions that brought it.
//
// A 5.0 broker says by subscription identifiers which subscriptions matched; a subscription with a handler gets one, made up from the top of the
// range when the user chose none. Where the broker has no identifiers (3.1.1), and where a message bears others (of a session older than this
// object), topics are matched against the filters. Threads: none of its own; the driver guards it with its lock. Handlers are shared, so that one may
// be called while its route is taken away.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client/request_details.hpp"

namespace tepore::mqtt_client {

class routes {
public:
    /// Empty: the client's common on_message.
    using hearer = std::shared_ptr<const message_handler>;

    /// From now on `handler` (empty: the common one) hears what these filters bring. Returns the identifier to subscribe with, 0 for none.
    std::uint32_t add(const std::vector<subscription>& filters, std::uint32_t chosen_id, message_handler handler);
    void remove(const std::string& filter);
    /// Only if it is still routed under this identifier.
    void remove(const std::string& filter, std::uint32_t id);

    [[nodiscard]] bool empty() const noexcept { return by_filter_.empty(); }
    /// Who hears `m`, each once; nobody means the common one. `has_ids`: the broker tells identifiers.
    [[nodiscard]] std::vector<hearer> of(const message& m, bool has_ids) const;

private:
    struct target {
        std::string filter;
        hearer hears;
    };
    std::map<std::string, std::uint32_t> by_filter_;
    std::map<std::uint32_t, std::vector<target>> by_id_;
    std::uint32_t next_id_ = subscription_id_max;
};

}  // namespace tepore::mqtt_client
