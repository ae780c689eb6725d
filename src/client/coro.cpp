#include "tepore/coro.hpp"

#include <atomic>
#include <vector>

#include "client/inbox.hpp"

namespace tepore {

class connection::impl {
public:
    explicit impl(client_options options) : client_(std::move(options), handlers()), inbox_(client_, inbox_messages_max) {}
    ~impl() { stop(std::chrono::seconds(2)); }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;

    bool stop(std::chrono::milliseconds limit) {
        const bool all_done = client_.stop(limit);
        inbox_.close();
        {
            const std::scoped_lock lock(mutex_);
            stopped_ = true;
        }
        resume_waiting();
        return all_done;
    }

    /// False when there is nothing to wait for.
    [[nodiscard]] bool wait_online(std::coroutine_handle<> awaiting) {
        const std::scoped_lock lock(mutex_);
        if (client_.connected() || stopped_) return false;
        waiting_online_.push_back(awaiting);
        return true;
    }

    [[nodiscard]] tepore::client& client() noexcept { return client_; }
    [[nodiscard]] const tepore::client& client() const noexcept { return client_; }
    [[nodiscard]] mqtt_client::inbox& inbox() noexcept { return inbox_; }

private:
    client_handlers handlers() {
        client_handlers h;
        h.on_message = [this](const message& m) { inbox_.put(m); };
        h.on_connected = [this](const connected_info&) { resume_waiting(); };
        return h;
    }
    void resume_waiting() {
        std::vector<std::coroutine_handle<>> waiting;
        {
            const std::scoped_lock lock(mutex_);
            waiting.swap(waiting_online_);
        }
        for (const auto w : waiting) w.resume();
    }

    std::mutex mutex_;
    std::vector<std::coroutine_handle<>> waiting_online_;
    bool stopped_ = false;
    tepore::client client_;
    mqtt_client::inbox inbox_;
};

connection::connection(client_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
connection::~connection() = default;

std::optional<std::string> connection::start() {
    return impl_->client().start();
}
bool connection::stop(std::chrono::milliseconds limit) {
    return impl_->stop(limit);
}
bool connection::connected() const noexcept {
    return impl_->client().connected();
}

// ---- operations

struct connection::operation::state {
    std::mutex mutex;
    std::optional<operation_result> result;
    std::coroutine_handle<> awaiting;

    void tell(const operation_result& r) {
        std::coroutine_handle<> next;
        {
            const std::scoped_lock lock(mutex);
            result = r;
            next = std::exchange(awaiting, {});
        }
        if (next) next.resume();
    }
};

connection::operation::operation(std::shared_ptr<state> shared) noexcept : state_(std::move(shared)) {}
connection::operation::operation(operation&&) noexcept = default;
connection::operation::~operation() = default;

bool connection::operation::await_suspend(std::coroutine_handle<> awaiting) {
    const std::scoped_lock lock(state_->mutex);
    if (state_->result) return false;
    state_->awaiting = awaiting;
    return true;
}

operation_result connection::operation::await_resume() {
    return std::move(*state_->result);
}

namespace {

/// Begins `ask(completion)` and hands out the operation that its completion ends.
template <class Ask>
connection::operation begin(Ask ask) {
    auto shared = std::make_shared<connection::operation::state>();
    ask([shared](const operation_result& r) { shared->tell(r); });
    return connection::operation(std::move(shared));
}

}  // namespace

connection::operation connection::publish(message m) {
    return begin([&](completion done) { impl_->client().publish(std::move(m), std::move(done)); });
}

connection::operation connection::publish(std::string_view topic, std::string_view payload, publish_options options) {
    message m;
    m.topic = topic;
    m.payload = payload;
    m.qos = options.qos;
    m.retain = options.retain;
    if (options.message_expiry_s != 0) m.properties.message_expiry_s = options.message_expiry_s;
    m.properties.content_type = options.content_type;
    m.properties.response_topic = options.response_topic;
    m.properties.correlation_data = options.correlation_data;
    return publish(std::move(m));
}

connection::operation connection::subscribe(std::string_view filter, subscribe_options options) {
    std::vector<subscription> one(1);
    one[0].filter = filter;
    one[0].qos = options.qos;
    one[0].no_local = options.no_local;
    one[0].retain_as_published = options.retain_as_published;
    one[0].retain_handling = options.retain_handling;
    return begin([&](completion done) { impl_->client().subscribe(std::move(one), std::move(done)); });
}

connection::operation connection::unsubscribe(std::string_view filter) {
    std::vector<std::string> one(1, std::string(filter));
    return begin([&](completion done) { impl_->client().unsubscribe(std::move(one), std::move(done)); });
}

// ---- messages

struct connection::receiving::wait : mqtt_client::inbox::waiter {};

connection::receiving connection::receive() {
    return {*impl_, {}};
}
connection::receiving connection::receive(std::chrono::milliseconds limit) {
    return {*impl_, limit};
}

bool connection::receiving::await_suspend(std::coroutine_handle<> awaiting) {
    // Locals only after take_or_wait(): by then another thread may have resumed the coroutine, and with it destroyed this.
    const auto waiting = std::make_shared<wait>();
    waiting->ready = [awaiting] { awaiting.resume(); };
    wait_ = waiting;
    auto& of = impl_;
    const auto limit = limit_;
    if (!of.inbox().take_or_wait(waiting)) return false;
    if (limit) {
        of.client().call_after(*limit, [&of, late = std::weak_ptr<wait>(waiting)] {
            if (const auto still = late.lock()) of.inbox().give_up(still);
        });
    }
    return true;
}

std::optional<message> connection::receiving::await_resume() {
    return std::move(wait_->got);
}

// ---- being online

connection::coming_online connection::online() {
    return coming_online(*impl_);
}
bool connection::coming_online::await_suspend(std::coroutine_handle<> awaiting) {
    return impl_.wait_online(awaiting);
}
bool connection::coming_online::await_resume() const noexcept {
    return impl_.client().connected();
}

}  // namespace tepore
