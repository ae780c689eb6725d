// One client of the chaos test: a persistent session whose connections break.
#pragma once

#include <deque>
#include <random>
#include <utility>

#include "load/ledger.hpp"
#include "load/mqtt_side.hpp"

namespace tepore::load {

struct chaos_counts {
    std::uint64_t ready = 0;
    std::uint64_t breaks = 0;
    std::uint64_t takeovers = 0;
    std::uint64_t sessions_missing = 0;   // a return that found no session
    std::uint64_t dropped_by_broker = 0;  // a good connection that the broker ended
    std::uint64_t strange = 0;            // a packet that should not come
    std::uint64_t overtaken_alive = 0;    // connections that were taken over and still stand
    std::string first_problem;
};

class chaos_client : public link_events {
public:
    struct subscription {
        std::string filter;
        protocol::qos qos{};
    };
    chaos_client(unsigned number, swarm& s, ledger& book, chaos_counts& all, std::vector<subscription> subscriptions);

    void connect();
    [[nodiscard]] bool online() const noexcept { return online_; }
    [[nodiscard]] bool away() const noexcept { return link_ == nullptr; }
    [[nodiscard]] clock::time_point returns_at() const noexcept { return returns_at_; }
    /// REQUIRES online().
    void publish(std::uint32_t topic, qos level, std::uint32_t padding_bytes);
    [[nodiscard]] std::size_t in_flight() const noexcept { return outgoing_.size(); }
    /// From now on what the broker sends is lost; what was sent to it may arrive. break_connection() follows.
    void go_deaf();
    [[nodiscard]] bool deaf() const noexcept { return deaf_; }
    /// The network fails, until `returns_at`.
    void break_connection(bool reset, clock::time_point returns_at);
    /// A second connection takes the place of the first, as after a change of network.
    void take_over();

private:
    struct flow {
        packet_id id = 0;
        std::uint32_t number = 0;  // in the ledger
        bool released = false;     // PUBREC came
    };

    void opened(link& l) override;
    void arrived(link& l, const protocol::frame& f) override;
    void ended(link& l, std::string_view why) override;
    void welcomed(link& l, const protocol::frame& f);
    void answered(link& l, const protocol::ack& a);
    void send(link& l, const flow& f, bool again);
    void note(std::uint64_t& count, std::string_view what);
    [[nodiscard]] packet_id free_id();

    unsigned number_;
    std::string name_;
    swarm& swarm_;
    ledger& book_;
    chaos_counts& all_;
    std::vector<subscription> subscriptions_;

    link* link_ = nullptr;
    bool online_ = false;
    bool deaf_ = false;
    bool has_session_ = false;
    std::size_t subscribed_ = 0;
    clock::time_point returns_at_{};
    std::deque<flow> outgoing_;  // in the order of their first sending
    packet_id last_id_ = 0;
    receiver receiver_;
};

}  // namespace tepore::load
