#include "tepore/sync_client.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "client/inbox.hpp"

namespace tepore {
namespace {

/// Keeps the sum of a clock and a user's limit within what a clock can tell.
std::chrono::milliseconds bounded(std::chrono::milliseconds limit) {
    return std::min<std::chrono::milliseconds>(limit, std::chrono::hours(24 * 365));
}

/// One answer that a thread waits for. Shared with the completion, which may come after the wait is over.
class answer {
public:
    void tell(const operation_result& r) {
        const std::scoped_lock lock(mutex_);
        result_ = r;
        told_.notify_all();
    }
    [[nodiscard]] operation_result wait(std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex_);
        if (told_.wait_for(lock, bounded(limit), [&] { return result_.has_value(); })) return *result_;
        return {outcome::unknown, 0, {}, "no answer within " + std::to_string(limit.count()) + " ms; it goes on in the background"};
    }

private:
    std::mutex mutex_;
    std::condition_variable told_;
    std::optional<operation_result> result_;
};

}  // namespace

class sync_client::impl {
public:
    explicit impl(client_options options) : client_(std::move(options), handlers()), inbox_(client_, inbox_messages_max) {}
    ~impl() { stop(std::chrono::seconds(2)); }
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;

    operation_result connect(milliseconds limit) {
        std::unique_lock lock(mutex_);
        if (!started_) {
            if (auto wrong = client_.start()) return {outcome::refused, 0, {}, std::move(*wrong)};
            started_ = true;
        }
        const auto refusals_before = refusals_;
        changed_.wait_for(lock, bounded(limit), [&] { return client_.connected() || refusals_ != refusals_before || stopped_; });
        if (client_.connected()) return {outcome::acknowledged, 0, {}, {}};
        if (stopped_) return {outcome::cancelled, 0, {}, "the client was stopped"};
        if (refusals_ != refusals_before) return {outcome::refused, *refusal_code_, {}, why_};
        const auto latest = why_.empty() ? std::string("no answer yet") : why_;
        return {outcome::expired, 0, {}, "not connected within " + std::to_string(limit.count()) + " ms: " + latest};
    }

    template <class Ask>
    operation_result ask(milliseconds limit, Ask&& with_completion) {
        auto told = std::make_shared<answer>();
        with_completion([told](const operation_result& r) { told->tell(r); });
        return told->wait(limit);
    }

    bool stop(milliseconds limit) {
        const bool all_done = client_.stop(limit);
        inbox_.close();
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
        changed_.notify_all();
        return all_done;
    }

    [[nodiscard]] tepore::client& client() noexcept { return client_; }
    [[nodiscard]] mqtt_client::inbox& inbox() noexcept { return inbox_; }

private:
    client_handlers handlers() {
        client_handlers h;
        h.on_message = [this](const message& m) { inbox_.put(m); };
        h.on_connected = [this](const connected_info&) { note([&] { refusal_code_.reset(); }); };
        h.on_refused = [this](const server_goodbye& said) { note([&] { refusal_code_ = said.code; }); };
        h.on_disconnected = [this](std::string_view why, std::chrono::milliseconds) {
            note([&] {
                why_ = why;
                if (refusal_code_) ++refusals_;
            });
        };
        return h;
    }
    template <class Change>
    void note(Change change) {
        const std::scoped_lock lock(mutex_);
        change();
        changed_.notify_all();
    }

    std::mutex mutex_;  // of what connect() waits for; the client's thread takes it in handlers
    std::condition_variable changed_;
    bool started_ = false;
    bool stopped_ = false;
    std::string why_;
    std::optional<std::uint8_t> refusal_code_;  // of the latest attempt that was answered with no
    unsigned refusals_ = 0;
    tepore::client client_;
    mqtt_client::inbox inbox_;
};

sync_client::sync_client(client_options options) : impl_(std::make_unique<impl>(std::move(options))) {}
sync_client::~sync_client() = default;

operation_result sync_client::connect(milliseconds limit) {
    return impl_->connect(limit);
}

operation_result sync_client::publish(message m, milliseconds limit) {
    return impl_->ask(limit, [&](completion done) { impl_->client().publish(std::move(m), std::move(done)); });
}

operation_result sync_client::publish(std::string topic, std::string payload, mqtt_qos qos, milliseconds limit) {
    message m;
    m.topic = std::move(topic);
    m.payload = std::move(payload);
    m.qos = qos;
    return publish(std::move(m), limit);
}

operation_result sync_client::subscribe(std::vector<subscription> filters, milliseconds limit) {
    return impl_->ask(limit, [&](completion done) { impl_->client().subscribe(std::move(filters), std::move(done)); });
}

operation_result sync_client::subscribe(std::string filter, mqtt_qos qos, milliseconds limit) {
    std::vector<subscription> one(1);
    one[0].filter = std::move(filter);
    one[0].qos = qos;
    return subscribe(std::move(one), limit);
}

operation_result sync_client::unsubscribe(std::vector<std::string> filters, milliseconds limit) {
    return impl_->ask(limit, [&](completion done) { impl_->client().unsubscribe(std::move(filters), std::move(done)); });
}

operation_result sync_client::reauthenticate(milliseconds limit) {
    return impl_->ask(limit, [&](completion done) { impl_->client().reauthenticate(std::move(done)); });
}

std::optional<message> sync_client::receive(milliseconds limit) {
    return impl_->inbox().take(bounded(limit));
}
bool sync_client::stop(milliseconds limit) {
    return impl_->stop(limit);
}
bool sync_client::connected() const noexcept {
    return impl_->client().connected();
}

}  // namespace tepore
