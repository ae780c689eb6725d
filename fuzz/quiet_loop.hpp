// An event loop without sockets and without a clock: timers that are due now run in turn(), later ones never.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fuzz/input.hpp"
#include "net/loop.hpp"
#include "net/websocket_handshake.hpp"

namespace tepore::fuzz {

class quiet_loop final : public net::loop {
public:
    void run() override {}
    void run_once(duration) override { turn(); }
    void stop() noexcept override {}
    void post(std::function<void()> task) override { static_cast<void>(call_at(now_, std::move(task))); }
    void wake() noexcept override {}
    [[nodiscard]] monotonic now() const noexcept override { return now_; }
    net::timer_id call_at(monotonic when, std::function<void()> task) override {
        timers_.emplace(++last_, std::pair(when, std::move(task)));
        must(timers_.size() < 64, "timers do not pile up");
        return last_;
    }
    void cancel(net::timer_id timer) noexcept override { timers_.erase(timer); }
    void at_turn_end(std::function<void()>) override {}
    result<void> watch(int, net::watcher&) override { return {}; }
    void want_writable(int, bool) noexcept override {}
    void want_readable(int, bool) noexcept override {}
    void unwatch(int) noexcept override {}
    result<void> watch_socket(int, net::socket_watcher&) override { return {}; }
    void release_socket(int) noexcept override {}
    [[nodiscard]] bool sends_later() const noexcept override { return false; }
    void send_later(int, std::span<const iovec>) override {}
    void send_now() override {}
    [[nodiscard]] byte_span receive_buffer() noexcept override { return buffer_; }

    void turn() {
        for (;;) {
            auto due = timers_.begin();
            while (due != timers_.end() && due->second.first > now_) ++due;
            if (due == timers_.end()) return;
            const auto task = std::move(due->second.second);
            timers_.erase(due);
            task();
        }
    }

private:
    monotonic now_ = monotonic{} + std::chrono::hours(1);
    net::timer_id last_ = 0;
    std::map<net::timer_id, std::pair<monotonic, std::function<void()>>> timers_;
    inline static std::vector<std::uint8_t> buffer_ =
        std::vector<std::uint8_t>(64 * 1024);  // one for all loops: making it takes longer than an input
};

/// The right answer to a client's upgrade with this key, made by our server's side.
inline std::string accepted_answer(const std::string& key) {
    const auto request = net::make_upgrade_request("home.example", "/mqtt", key);
    const auto head = net::parse_http_request(request);
    must(head.has_value(), "our own request can be read");
    const auto answer = net::answer_upgrade(*head, {});
    must(answer.has_value(), "our own request is granted");
    return *answer;
}

}  // namespace tepore::fuzz
