// The engine's shell: one thread with an event loop that dials, feeds the engine, and delivers what it tells.
//
// Threads and the one lock. Any thread may ask for operations; they go straight into the engine under mutex_, so that the bounds of its queue are
// exact and the answer to "is there room" is known at once. The loop's thread does everything else. User code runs on the loop's thread with no lock
// held: events are collected under the lock, the lock is left, then they are delivered. Nothing below ever takes a second lock while it holds mutex_,
// except the loop's own for waking, which calls nobody.
//
// The order of one turn: bytes in -> engine -> deliver -> (end of turn) send. An acknowledgement therefore leaves only after the handler has seen its
// message.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "client/engine.hpp"
#include "client/routes.hpp"
#include "net/dial.hpp"
#include "net/loop.hpp"
#include "net/stream.hpp"
#include "tepore/client.hpp"

namespace tepore {

class client::driver final : net::stream_events {
public:
    driver(client_options options, client_handlers handlers);
    ~driver();
    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;

    [[nodiscard]] std::optional<std::string> start();
    bool stop(std::chrono::milliseconds limit, disconnect_options how);
    void publish(message m, completion done);
    void subscribe(std::vector<subscription> filters, completion done, subscribe_details details);
    void unsubscribe(std::vector<std::string> filters, completion done, user_properties user);
    void reauthenticate(completion done);
    void pause(bool paused);
    void call_after(std::chrono::milliseconds delay, std::function<void()> task);
    [[nodiscard]] bool connected() const noexcept { return connected_.load(std::memory_order_acquire); }

private:
    /// Events with the completions they call, taken out of the guarded part.
    struct news {
        std::vector<mqtt_client::event> events;
        std::vector<completion> completions;                            // of the completed ones, in order
        std::vector<std::vector<mqtt_client::routes::hearer>> hearers;  // of the messages, in order; empty while there are no routes
    };

    // Any thread.
    [[nodiscard]] completion forgetting_refused(const std::vector<subscription>& filters, std::uint32_t id, completion done);
    template <class Ask>
    void ask(completion done, Ask&& engine_call);
    void wake();
    [[nodiscard]] bool on_loop_thread() const noexcept { return std::this_thread::get_id() == loop_thread_; }
    [[nodiscard]] net::loop& loop() noexcept { return **loop_; }

    // The loop's thread.
    void run();
    void on_open() override;
    void on_bytes(byte_view bytes) override;
    void on_room() override { blocked_ = false; }
    void on_end(std::string_view why) override { over_ = std::string(why); }
    void turn_end();
    void dial();
    void dialled(net::dial_result result);
    void stream_is_over();
    void close_when_asked(monotonic now);
    void stop_when_asked(monotonic now);
    void connection_lost(std::string_view why);
    void follow(const server_goodbye& said);
    void answer_authentication(const mqtt_client::authentication_asked& asked);
    void arm_timer();
    void deliver(news told);
    void end();

    // REQUIRES mutex_.
    [[nodiscard]] news collect();
    void send_output(monotonic now);

    client_handlers handlers_;
    client_options options_;
    result<net::address> address_;

    std::mutex mutex_;  // guards the following
    mqtt_client::engine engine_;
    std::unordered_map<mqtt_client::operation_id, completion> completions_;
    mqtt_client::routes routes_;
    bool broker_has_ids_ = false;  // of subscriptions
    bool ended_ = false;           // the engine has given up: whoever asks now is told at once
    monotonic stop_at_ = never;    // not never: stop() was called
    disconnect_options goodbye_words_;
    bool all_done_ = false;  // everything asked for was sent and answered before the goodbye

    std::atomic<bool> connected_{false};
    std::mutex join_mutex_;  // two threads may call stop()
    std::thread thread_;
    std::atomic<std::thread::id> loop_thread_{};
    result<std::unique_ptr<net::loop>> loop_;  // never changes: any thread may wake it

    // The loop's thread only.
    std::optional<net::address> elsewhere_;  // where the broker sent us, if we follow
    std::shared_ptr<net::tls_memory> tls_memory_ = net::make_tls_memory();
    std::unique_ptr<net::dialing> dialing_;
    std::unique_ptr<net::stream> stream_;
    std::optional<std::string> over_;  // the stream ended, and why
    bool blocked_ = false;             // the stream took less than it was given
    bool finishing_ = false;           // finish() was called
    bool goodbye_ = false;             // of stop()
    monotonic close_by_ = never;       // a stream that should close is cut off then
    monotonic reconnect_at_ = never;
    monotonic dialled_at_{};
    monotonic connected_at_ = never;
    unsigned attempt_ = 0;
    std::mt19937_64 random_;
    net::timer_id timer_ = 0;
    monotonic timer_at_ = never;
};

}  // namespace tepore
