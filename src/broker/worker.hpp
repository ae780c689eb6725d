// The shell around one shard: a thread with an event loop, the streams of the shard's connections, and an inbox for what other workers send.
// Per turn: every readable stream is read, its packets handled at once, or, of a flood, as many as are for one turn; then, at the end of the turn,
// everything that was produced goes out: one push and at most one wake per other worker (two when connections end meanwhile), one
// send per connection.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/slot_pool.hpp"
#include "broker/shard.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"

namespace tepore::broker {

class password_checker;

class worker {
public:
    /// `peers`: all workers of the server by index, complete before run() is called on any of them. `passwords`: null without users.
    worker(unsigned index, commons& shared, log_sink& log, const std::vector<std::unique_ptr<worker>>& peers, password_checker* passwords,
           std::unique_ptr<net::loop> loop);
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    /// Before run(). The address in the result is the real one, where the system chose the port.
    [[nodiscard]] result<net::address> listen(const net::listen_spec& spec);

    void run();  // starts the thread
    /// Any thread: no new connections, clients are told, what is written is sent, then the thread ends; join() waits for it, at most a few seconds.
    void stop();
    void join();

    // From other workers' threads.
    // Batches are left empty, with memory for the next one.
    void push_messages(std::vector<crossing>& batch);
    void push_errands(std::vector<errand>& batch);
    void push_connection(std::unique_ptr<net::stream> stream, std::vector<std::uint8_t> bytes);

private:
    struct link;
    struct arrival {
        std::unique_ptr<net::stream> stream;
        std::vector<std::uint8_t> bytes;  // from CONNECT on
    };

    void adopt(std::unique_ptr<net::stream> stream, byte_view bytes);
    void turn_end();
    void send_across();
    template <class Item>
    void push(std::vector<Item>& to, std::vector<Item>& batch, std::size_t messages);
    [[nodiscard]] shard_load& load() noexcept { return shared_.loads[index_]; }
    void take_inbox(monotonic now);
    void deliver_taken(monotonic now);
    void follow_reading(link& l);
    void look_after(connection& c, monotonic now);
    void flush(link& l, monotonic now);
    void sent(link& l, std::size_t taken, std::size_t offered, monotonic now);
    void finish(link& l);
    void drop(link& l);
    void destroy_ended();
    void hand_over(link& l);
    void ask_passwords();
    void arm_timer();

    const unsigned index_;
    commons& shared_;
    log_sink& log_;
    const std::vector<std::unique_ptr<worker>>& peers_;
    password_checker* const passwords_;
    memory_store store_;
    std::unique_ptr<net::loop> loop_;
    broker::shard shard_;
    std::vector<std::unique_ptr<net::listener>> listeners_;
    slot_pool<link> links_;
    std::vector<std::uint32_t> ended_;  // of links_: destroyed at the end of the turn, for their streams may be on the call stack
    net::timer_id timer_ = 0;
    monotonic timer_due_ = never;
    bool stopping_ = false;
    bool together_ = false;           // what this turn, or the one before, has to send goes in calls for many
    std::vector<crossing> taken_;     // out of the inbox; empty when all of them were delivered
    std::size_t delivered_ = 0;       // of `taken_`
    std::size_t messages_taken_ = 0;  // that are in what was not delivered yet

    std::mutex inbox_lock_;
    std::vector<crossing> inbox_messages_;
    std::vector<errand> inbox_errands_;
    std::vector<arrival> inbox_arrivals_;
    std::atomic<bool> inbox_used_{false};

    std::thread thread_;
};

}  // namespace tepore::broker
