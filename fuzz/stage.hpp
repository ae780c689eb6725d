// The broker's core with all its shards on a stage: no sockets, no threads, a clock that is moved by hand. It plays the shell as broker/worker.cpp
// does, listens to everything the broker says, and knows the rules that must hold whatever the clients do.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/shard.hpp"
#include "fuzz/script.hpp"

namespace tepore::fuzz {

/// Small, so that inputs of a few hundred bytes reach every bound.
[[nodiscard]] broker::limits small_limits();

class stage {
public:
    /// One network connection. It begins with open() and may begin again when it is over.
    struct peer {
        broker::connection* core = nullptr;  // null: closed
        unsigned shard = 0;
        protocol::version version = protocol::version::v3_1_1;  // as the broker took it from CONNECT
        std::size_t room = any_room;                            // bytes that the network takes; any_room: as many as there are
        octets sent_tail;                                       // of our words: an incomplete packet
        octets heard_tail;                                      // of the broker's
        bool greeted = false;                                   // CONNACK came
        bool last_word = false;                                 // the broker said its last
        std::set<protocol::packet_id> in_flight;                // QoS 1 and 2 towards us, not answered on this connection
        std::set<protocol::packet_id> answered_early;           // before they came
        std::vector<protocol::packet_type> heard;               // since it was last cleared
        std::vector<std::string> payloads;                      // of PUBLISHes, likewise
    };
    static constexpr std::size_t any_room = static_cast<std::size_t>(-1);

    stage(unsigned shards, bool authentication, const broker::limits& limits);

    void open(peer& p);
    /// Bytes from the client. Nothing happens when the connection is closed, or when the broker does not read now.
    void say(peer& p, byte_view bytes);
    /// The network is gone.
    void drop(peer& p);
    void set_room(peer& p, std::size_t room);
    /// Answers the oldest question for a password.
    void answer_password(bool accepted);
    void advance(duration by);
    void shut_down();

    /// What the broker keeps is within its bounds. `peers`: all there are.
    void check_bounds(std::span<peer* const> peers) const;
    [[nodiscard]] std::size_t connections() const;

private:
    struct question {
        unsigned shard;
        broker::shard::connection_id who;
    };

    void settle();
    bool look_after(broker::shard& s);
    void flush(broker::shard& s, broker::connection& c, peer& p);
    void listen(peer& p, byte_view bytes);
    void understand(peer& p, const protocol::frame& f);
    void note_answers(peer& p, byte_view bytes);

    broker::commons shared_;
    broker::memory_store store_;
    std::vector<std::unique_ptr<broker::shard>> shards_;
    std::vector<question> questions_;
    monotonic now_ = monotonic{} + std::chrono::hours(1);
    unsigned next_shard_ = 0;
};

}  // namespace tepore::fuzz
