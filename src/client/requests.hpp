// SUBSCRIBE and UNSUBSCRIBE: requests until they are answered, and what is subscribed, to be repeated when the broker lost the session.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/event.hpp"
#include "client/link.hpp"
#include "client/outgoing.hpp"
#include "client/request_details.hpp"

namespace tepore::mqtt_client {

/// Filters that are remembered to be repeated.
inline constexpr std::size_t subscriptions_max = 65'536;
/// Filters in one SUBSCRIBE when they are repeated: some public brokers take no more than this.
inline constexpr std::size_t repeated_filters_max = 8;

class requests {
public:
    /// Both outlive this.
    requests(packet_window& window, outgoing& bounds) : window_(window), bounds_(bounds) {}

    [[nodiscard]] static std::size_t cost_of(const std::vector<subscription>& filters, const request_details& details) noexcept;
    [[nodiscard]] static std::size_t cost_of(const std::vector<std::string>& filters, const request_details& details) noexcept;
    [[nodiscard]] bool room_for_filters(std::size_t count) const noexcept { return active_.size() + asked_filters_ + count <= subscriptions_max; }
    /// REQUIRES valid filters, at least one, and room for them in the bounds.
    void accept(std::vector<subscription> filters, request_details details, operation_id operation);
    void accept(std::vector<std::string> filters, request_details details, operation_id operation);

    /// Sends everything not yet sent; never held back by the window of messages [MQTT5-3.3.4-8].
    void pump(link& link, event_list& events);
    [[nodiscard]] protocol::decoded<void> on_suback(const protocol::suback& answer, event_list& events);
    [[nodiscard]] protocol::decoded<void> on_unsuback(const protocol::unsuback& answer, event_list& events);

    /// What was asked and not answered is asked again on the next connection: asking twice changes nothing.
    void connection_lost();
    /// The broker has no session for us: repeats every subscription, before all requests that still wait.
    void repeat_all(const server_limits& limits, event_list& events);

    void give_up(event_list& events);
    /// Nothing that the user asked for is unanswered.
    [[nodiscard]] bool idle() const noexcept;

private:
    struct request {
        std::variant<std::vector<subscription>, std::vector<std::string>> filters;
        std::shared_ptr<const request_details> details;
        operation_id operation = 0;
        std::size_t bytes = 0;       // 0: a repetition, which counts in no bound
        protocol::packet_id id = 0;  // 0: not sent on this connection
        bool sent_before = false;    // on any connection
        [[nodiscard]] bool is_repetition() const noexcept { return bytes == 0; }
    };

    struct granted {
        subscription asked;
        std::shared_ptr<const request_details> details;  // shared by all that were asked for together
    };

    [[nodiscard]] std::shared_ptr<const request_details> shared(request_details details) const;
    void accept(request r);
    /// What speaks against sending it; else it was sent.
    [[nodiscard]] std::optional<operation_result> send(request& r, link& link);
    void end(request& r, operation_result result, event_list& events);
    /// Takes the request that this packet answers out of asked_.
    [[nodiscard]] std::optional<request> answered(protocol::packet_id id, session::phase phase);
    void lose(const std::string& filter, std::uint8_t code, event_list& events);

    const std::shared_ptr<const request_details> nothing_said_ = std::make_shared<const request_details>();
    packet_window& window_;
    outgoing& bounds_;
    std::deque<request> asked_;
    std::size_t asked_filters_ = 0;          // that asked_ may add to active_
    std::map<std::string, granted> active_;  // by filter
};

}  // namespace tepore::mqtt_client
