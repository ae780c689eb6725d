#include "net/dial.hpp"

#include <utility>

#include "net/resolver.hpp"
#include "net/tcp_connector.hpp"
#include "net/tcp_stream.hpp"
#include "net/tls.hpp"
#include "net/tls_memory.hpp"
#include "net/websocket.hpp"

namespace tepore::net {
namespace {

result<std::shared_ptr<const tls_context>> context_of(const client_tls_options& options) {
    return options.memory ? options.memory->context_for(options) : tls_context::client(options);
}

/// Look-up, connecting, handshakes: one after the other, all under one deadline. Whatever tells the result is the last thing done, because the owner
/// may destroy this in it.
class dial_attempt final : public dialing, private stream_events {
public:
    dial_attempt(loop& on, const address& to, const dial_options& options, std::function<void(dial_result)> on_result)
        : loop_(on), to_(to), options_(options), deadline_(on.now() + options.timeout), on_result_(std::move(on_result)) {
        start_timer_ = loop_.call_at(loop_.now(), [this] {
            start_timer_ = 0;
            start();
        });
        deadline_timer_ = loop_.call_at(deadline_, [this] {
            deadline_timer_ = 0;
            fail("no connection in time");
        });
    }

    ~dial_attempt() override { cancel_timers(); }

private:
    void start() {
        if (is_encrypted(to_.kind)) {
            auto made = context_of(options_.tls);
            if (!made) return fail(made.error().message);
            tls_ = std::move(*made);
        }
        if (auto known = resolve_without_waiting(to_.host, to_.port); !known.empty()) return connect(std::move(known));
        lookup_ = std::make_unique<lookup>(loop_, to_.host, to_.port, [this](lookup::answer found) {
            if (!found) return fail(found.error().message);
            connect(std::move(*found));
        });
    }

    void connect(std::vector<endpoint> endpoints) {
        connector_ = std::make_unique<tcp_connector>(loop_, std::move(endpoints), deadline_, [this](result<unique_fd> connected) {
            if (!connected) return fail(connected.error().message);
            put_layers_on(std::move(*connected));
        });
    }

    void put_layers_on(unique_fd connected) {
        std::string peer = endpoint::of_peer(connected.get()).text();
        auto tcp = std::make_unique<tcp_stream>(std::move(connected), peer);
        if (to_.kind == transport::tcp) return succeed(std::move(tcp));
        std::unique_ptr<stream> below = std::move(tcp);
        if (tls_) {
            auto tls =
                tls_stream::connect(tls_, std::move(below), options_.tls.server_name.empty() ? to_.host : options_.tls.server_name, options_.timeout);
            if (!is_websocket(to_.kind)) return open(std::move(tls));
            below = std::move(tls);
        }
        open(websocket_stream::connect(std::move(below), to_.host_and_port(), to_.path, options_.timeout));
    }

    void open(std::unique_ptr<layer> top) {
        opening_ = std::move(top);
        if (auto attached = opening_->attach(loop_, *this); !attached) fail(attached.error().message);
    }

    void on_open() override {
        opening_->detach();
        opening_->tell_open_again();
        succeed(std::move(opening_));
    }
    void on_bytes(byte_view) override {}  // on_open comes before and detaches
    void on_room() override {}
    void on_end(std::string_view why) override { fail(std::string(why)); }

    void succeed(std::unique_ptr<stream> made) {
        cancel_timers();
        const auto tell = std::move(on_result_);
        tell(std::move(made));
    }

    void fail(const std::string& why) {
        cancel_timers();
        lookup_.reset();
        connector_.reset();
        if (opening_) opening_->detach();
        const auto tell = std::move(on_result_);
        tell(failure("cannot connect to " + to_.text() + ": " + why));
    }

    void cancel_timers() noexcept {
        loop_.cancel(std::exchange(start_timer_, 0));
        loop_.cancel(std::exchange(deadline_timer_, 0));
    }

    loop& loop_;
    address to_;
    dial_options options_;
    monotonic deadline_;
    std::function<void(dial_result)> on_result_;
    timer_id start_timer_ = 0;
    timer_id deadline_timer_ = 0;
    std::shared_ptr<const tls_context> tls_;
    std::unique_ptr<lookup> lookup_;
    std::unique_ptr<tcp_connector> connector_;
    std::unique_ptr<layer> opening_;
};

}  // namespace

result<void> check(const client_tls_options& options) {
    if (const auto made = context_of(options); !made) return std::unexpected(made.error());
    return {};
}

std::unique_ptr<dialing> dial(loop& on, const address& to, const dial_options& options, std::function<void(dial_result)> on_result) {
    return std::make_unique<dial_attempt>(on, to, options, std::move(on_result));
}

}  // namespace tepore::net
