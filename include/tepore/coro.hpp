// The client for C++20 coroutines.
//
//   tepore::task<void> greet(tepore::connection& c) {
//       auto granted = co_await c.subscribe("greetings/#");
//       if (!granted.ok()) co_return;
//       auto sent = co_await c.publish("greetings/all", "hello", {.qos = tepore::mqtt_qos::at_least_once});
//       auto m = co_await c.receive(std::chrono::seconds(5));
//       if (m) std::puts(m->payload.c_str());
//   }
//   int main() {
//       tepore::connection c({.address = "mqtt://127.0.0.1"});
//       if (auto wrong = c.start()) return 1;
//       tepore::block_on(greet(c));
//       c.stop();
//   }
//
// Where code runs: a task begins on the thread that awaits it, blocks on it or spawns it. After each suspension on an operation it goes on
// on the client's thread (or, when the connection is stopped, on the thread that stops it): it must not block there, and must not call stop() or
// block_on() there.
// Life: the connection outlives every task that uses it. A task is destroyed only before it began or after it ended. stop() completes everything,
// so that every suspended task goes on.
// Operations begin when they are called, not when they are awaited: several may be under way at once.
// g++ 12: write `auto x = co_await ...;` as a statement of its own, and pass names and views, no braced lists with strings in them.
#pragma once

#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "tepore/client.hpp"

namespace tepore {

template <class T = void>
class task;

namespace detail {

/// Goes on with whoever awaits the task that ended.
struct continue_awaiting {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class Promise>
    [[nodiscard]] std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
        const auto next = ended.promise().awaiting;
        return next ? next : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
};

struct promise_base {
    std::coroutine_handle<> awaiting;
    [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
    [[nodiscard]] continue_awaiting final_suspend() const noexcept { return {}; }
};

template <class T>
struct task_promise : promise_base {
    std::variant<std::monostate, T, std::exception_ptr> result;
    [[nodiscard]] task<T> get_return_object() noexcept;
    void return_value(T value) { result.template emplace<1>(std::move(value)); }
    void unhandled_exception() noexcept { result.template emplace<2>(std::current_exception()); }
    [[nodiscard]] T take() {
        if (result.index() == 2) std::rethrow_exception(std::get<2>(result));
        return std::move(std::get<1>(result));
    }
};

template <>
struct task_promise<void> : promise_base {
    std::exception_ptr failure;
    [[nodiscard]] task<void> get_return_object() noexcept;
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { failure = std::current_exception(); }
    void take() const {
        if (failure) std::rethrow_exception(failure);
    }
};

}  // namespace detail

/// A coroutine that begins when it is awaited, and ends with a T (or an exception of its own code, which goes to whoever awaits it).
template <class T>
class [[nodiscard]] task {
public:
    using promise_type = detail::task_promise<T>;

    explicit task(std::coroutine_handle<promise_type> coroutine) noexcept : coroutine_(coroutine) {}
    task(task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, {})) {}
    task& operator=(task&&) = delete;
    ~task() {
        if (coroutine_) coroutine_.destroy();
    }

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    [[nodiscard]] std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
        coroutine_.promise().awaiting = awaiting;
        return coroutine_;
    }
    T await_resume() { return coroutine_.promise().take(); }

private:
    std::coroutine_handle<promise_type> coroutine_;
};

namespace detail {

template <class T>
task<T> task_promise<T>::get_return_object() noexcept {
    return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}
inline task<void> task_promise<void>::get_return_object() noexcept {
    return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

/// A coroutine that nobody awaits: it begins at once and cleans up after itself.
struct detached {
    struct promise_type {
        [[nodiscard]] detached get_return_object() const noexcept { return {}; }
        [[nodiscard]] std::suspend_never initial_suspend() const noexcept { return {}; }
        [[nodiscard]] std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept { std::terminate(); }
    };
};

inline detached run_detached(task<void> t) {
    co_await t;
}

/// The end of a task, for a thread that waits for it.
template <class T>
struct ending {
    std::mutex mutex;
    std::condition_variable ended;
    bool over = false;
    std::exception_ptr failure;
    std::conditional_t<std::is_void_v<T>, std::monostate, std::optional<T>> value{};

    void tell() {
        // Notified under the lock: the waiting thread destroys this as soon as it gets the lock.
        const std::scoped_lock lock(mutex);
        over = true;
        ended.notify_all();
    }
};

template <class T>
detached run_to_end(task<T> t, ending<T>* end) {
    {
        task<T> running = std::move(t);  // gone, with all it owns, before the end is told
        try {
            if constexpr (std::is_void_v<T>) {
                co_await running;
            } else {
                auto value = co_await running;
                end->value.emplace(std::move(value));
            }
        } catch (...) {
            end->failure = std::current_exception();
        }
    }
    end->tell();
}

}  // namespace detail

/// Runs the task and waits for its end. Not from the client's thread.
template <class T>
T block_on(task<T> t) {
    detail::ending<T> end;
    detail::run_to_end(std::move(t), &end);
    std::unique_lock lock(end.mutex);
    end.ended.wait(lock, [&] { return end.over; });
    if (end.failure) std::rethrow_exception(end.failure);
    if constexpr (!std::is_void_v<T>) return std::move(*end.value);
}

/// Begins the task and lets it run by itself. An exception that leaves it ends the program.
inline void spawn(task<void> t) {
    detail::run_detached(std::move(t));
}

// Options are trivially destructible on purpose: g++ 12 destroys other braced aggregates twice inside a co_await expression.

struct publish_options {
    mqtt_qos qos = mqtt_qos::at_least_once;
    bool retain = false;
    std::uint32_t message_expiry_s = 0;  // 5.0; 0: never
    std::string_view content_type = {};  // 5.0, as the following
    std::string_view response_topic = {};
    std::string_view correlation_data = {};
};
struct subscribe_options {
    mqtt_qos qos = mqtt_qos::at_least_once;
    bool no_local = false;  // 5.0, as the following
    bool retain_as_published = false;
    std::uint8_t retain_handling = 0;
};
static_assert(std::is_trivially_destructible_v<publish_options> && std::is_trivially_destructible_v<subscribe_options>);

class connection {
public:
    /// As sync_client::inbox_messages_max.
    static constexpr std::size_t inbox_messages_max = 1000;

    explicit connection(client_options options);
    ~connection();  // stop() with 2 s
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    [[nodiscard]] std::optional<std::string> start();
    /// As client::stop(); then everything that still waits goes on: operations with their outcome, receive() with nothing, online() with false.
    bool stop(std::chrono::milliseconds limit = std::chrono::seconds(2));
    [[nodiscard]] bool connected() const noexcept;

    /// Under way since it was made. co_await gives its operation_result. Dropped without being awaited, it goes on.
    class [[nodiscard]] operation;
    /// co_await gives a message, or nothing when the time is over or the connection is stopped.
    class [[nodiscard]] receiving;
    /// co_await gives true as soon as the broker accepted us, false when the connection is stopped.
    class [[nodiscard]] coming_online;

    // Views are copied before these return.
    operation publish(std::string_view topic, std::string_view payload, publish_options options = {});
    operation publish(message m);
    operation subscribe(std::string_view filter, subscribe_options options = {});
    operation unsubscribe(std::string_view filter);
    receiving receive();
    receiving receive(std::chrono::milliseconds limit);
    coming_online online();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

class connection::operation {
public:
    /// Shared with the completion.
    struct state;
    explicit operation(std::shared_ptr<state> shared) noexcept;
    operation(operation&&) noexcept;
    operation& operator=(operation&&) = delete;
    ~operation();
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    [[nodiscard]] bool await_suspend(std::coroutine_handle<> awaiting);
    [[nodiscard]] operation_result await_resume();

private:
    std::shared_ptr<state> state_;
};

class connection::receiving {
public:
    receiving(impl& of, std::optional<std::chrono::milliseconds> limit) noexcept : impl_(of), limit_(limit) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    [[nodiscard]] bool await_suspend(std::coroutine_handle<> awaiting);
    [[nodiscard]] std::optional<message> await_resume();

private:
    struct wait;
    impl& impl_;
    std::optional<std::chrono::milliseconds> limit_;
    std::shared_ptr<wait> wait_;
};

class connection::coming_online {
public:
    explicit coming_online(impl& of) noexcept : impl_(of) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    [[nodiscard]] bool await_suspend(std::coroutine_handle<> awaiting);
    [[nodiscard]] bool await_resume() const noexcept;

private:
    impl& impl_;
};

}  // namespace tepore
