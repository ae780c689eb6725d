#include "client/driver.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "client/reconnect.hpp"
#include "client/redirect.hpp"
#include "client/validity.hpp"
#include "net/epoll_loop.hpp"

namespace tepore {
namespace {

using namespace std::chrono_literals;

/// A stream that does not get rid of its last bytes is cut off after this.
constexpr auto goodbye_patience = 1s;

/// Keeps the sum of a clock and a user's limit within what a clock can tell.
constexpr auto limit_max = 24h * 365;

/// Completions may ask for more, which completes, and so on: so often within one turn, the rest in the next.
constexpr int rounds_per_turn_max = 8;

monotonic clock_now() {
    return std::chrono::steady_clock::now();
}

/// 22 characters of the set that every broker must accept [MQTT-3.1.3-5].
std::string random_client_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device device;
    std::string id = "tepore";
    for (int i = 0; i < 16; ++i) id += digits[device() % digits.size()];
    return id;
}

client_options with_identity(client_options options) {
    const bool assigned = options.client_id_from_broker && options.version == mqtt_version::v5;
    if (options.client_id.empty() && !assigned) options.client_id = random_client_id();
    if (const auto address = net::parse_address(options.address)) {
        if (options.user_name.empty()) options.user_name = address->user.value_or("");
        if (options.password.empty()) options.password = address->password.value_or("");
    }
    if (options.scram_sha_256 && !options.authentication)
        options.authentication = make_scram_sha_256(std::exchange(options.user_name, {}), std::exchange(options.password, {}));
    return options;
}

net::client_tls_options tls_of(const client_options& options, std::shared_ptr<net::tls_memory> memory) {
    const auto& tls = options.tls;
    return {tls.ca_file, tls.cert_file, tls.key_file, tls.verify_peer, tls.server_name, std::move(memory)};
}

template <class... Handlers>
struct overloaded : Handlers... {
    using Handlers::operator()...;
};

}  // namespace

client::driver::driver(client_options options, client_handlers handlers)
    : handlers_(std::move(handlers)),
      options_(with_identity(std::move(options))),
      address_(net::parse_address(options_.address)),
      engine_(options_),
      loop_(net::make_epoll_loop()),  // one connection has nothing to gain from io_uring
      random_(std::random_device{}()) {}

client::driver::~driver() {
    stop(2000ms, {});
}

std::optional<std::string> client::driver::start() {
    const std::scoped_lock joining(join_mutex_);
    if (thread_.joinable()) return "the client is started already";
    if (ended_) return "the client was stopped: make a new one";
    if (!address_) return address_.error().message;
    if (auto wrong = mqtt_client::fault_of(options_)) return wrong;
    if (options_.scram_sha_256) {  // a name or a password that it cannot use would fail at every attempt
        if (auto first = options_.authentication->begin(); !first.error.empty()) return first.error;
    }
    if (net::is_encrypted(address_->kind)) {
        if (const auto usable = net::check(tls_of(options_, tls_memory_)); !usable) return usable.error().message;
    }
    if (!loop_) return loop_.error().message;
    loop().at_turn_end([this] { turn_end(); });
    thread_ = std::thread([this] { run(); });
    return {};
}

bool client::driver::stop(std::chrono::milliseconds limit, disconnect_options how) {
    assert(!on_loop_thread());
    if (on_loop_thread()) return false;
    const std::scoped_lock joining(join_mutex_);
    if (thread_.joinable()) {
        {
            const std::scoped_lock lock(mutex_);
            goodbye_words_ = std::move(how);
            stop_at_ = clock_now() + std::clamp<std::chrono::milliseconds>(limit, 0ms, limit_max);
        }
        wake();
        thread_.join();
    } else {
        end();
    }
    return all_done_;
}

// ---- operations: any thread

template <class Ask>
void client::driver::ask(completion done, Ask&& engine_call) {
    bool ended = false;
    {
        const std::scoped_lock lock(mutex_);
        ended = ended_;
        if (!ended) {
            const auto id = engine_call(clock_now(), static_cast<bool>(done));
            if (done) completions_.emplace(id, std::move(done));
        }
    }
    if (!ended) return wake();
    if (done) done({outcome::cancelled, 0, {}, "the client was stopped"});
}

void client::driver::publish(message m, completion done) {
    ask(std::move(done), [&](monotonic now, bool told) { return engine_.publish(std::move(m), now, told); });
}

void client::driver::subscribe(std::vector<subscription> filters, completion done, subscribe_details details) {
    mqtt_client::request_details asked{details.subscription_id, details.subscription_id == 0, std::move(details.user)};
    bool routed = false;
    {
        // Before the request: messages may come before its answer.
        const std::scoped_lock lock(mutex_);
        routed = details.on_message || details.subscription_id != 0 || !routes_.empty();
        if (routed) asked.subscription_id = routes_.add(filters, details.subscription_id, std::move(details.on_message));
    }
    if (routed) done = forgetting_refused(filters, asked.subscription_id, std::move(done));
    ask(std::move(done), [&](monotonic now, bool told) { return engine_.subscribe(std::move(filters), now, told, std::move(asked)); });
}

/// The completion that also takes back the routes of filters that were not granted.
completion client::driver::forgetting_refused(const std::vector<subscription>& filters, std::uint32_t id, completion done) {
    std::vector<std::string> names;
    for (const auto& s : filters) names.push_back(s.filter);
    return [this, names = std::move(names), id, done = std::move(done)](const operation_result& result) {
        if (result.outcome != outcome::acknowledged && result.outcome != outcome::unknown) {
            const std::scoped_lock lock(mutex_);
            for (std::size_t i = 0; i < names.size(); ++i) {
                if (i >= result.codes.size() || result.codes[i] >= 0x80) routes_.remove(names[i], id);
            }
        }
        if (done) done(result);
    };
}

void client::driver::unsubscribe(std::vector<std::string> filters, completion done, user_properties user) {
    auto forgetting = [this, names = filters, done = std::move(done)](const operation_result& result) {
        if (result.ok()) {
            const std::scoped_lock lock(mutex_);
            for (const auto& name : names) routes_.remove(name);
        }
        if (done) done(result);
    };
    ask(std::move(forgetting), [&](monotonic now, bool told) { return engine_.unsubscribe(std::move(filters), now, told, std::move(user)); });
}

void client::driver::reauthenticate(completion done) {
    ask(std::move(done), [&](monotonic now, bool told) { return engine_.reauthenticate(now, told); });
}

void client::driver::pause(bool paused) {
    {
        const std::scoped_lock lock(mutex_);
        engine_.pause(paused, clock_now());
    }
    wake();
}

void client::driver::call_after(std::chrono::milliseconds delay, std::function<void()> task) {
    if (!loop_) return;
    loop().post([this, at = clock_now() + std::clamp<std::chrono::milliseconds>(delay, 0ms, limit_max), task = std::move(task)]() mutable {
        loop().call_at(at, std::move(task));
    });
}

void client::driver::wake() {
    // On the loop's own thread the end of the turn is still to come.
    if (loop_ && !on_loop_thread()) loop().wake();
}

// ---- the loop's thread

void client::driver::run() {
    loop_thread_ = std::this_thread::get_id();
    dial();
    loop().run();
    dialing_.reset();
    stream_.reset();
    connected_ = false;
    end();
    loop_thread_ = std::thread::id();
}

/// Everything left completes; from now on the engine is not asked any more.
void client::driver::end() {
    news told;
    {
        const std::scoped_lock lock(mutex_);
        if (std::exchange(ended_, true)) return;
        all_done_ = all_done_ || engine_.idle();
        engine_.closed("the client was stopped", clock_now());
        engine_.give_up();
        told = collect();
    }
    deliver(std::move(told));
}

void client::driver::dial() {
    reconnect_at_ = never;
    dialled_at_ = clock_now();
    dialing_ = net::dial(loop(), elsewhere_ ? *elsewhere_ : *address_, {tls_of(options_, tls_memory_), options_.connect_timeout},
                         [this](net::dial_result result) { dialled(std::move(result)); });
}

void client::driver::dialled(net::dial_result result) {
    if (!result) {
        elsewhere_.reset();
        return connection_lost(result.error().message);
    }
    stream_ = std::move(*result);
    blocked_ = finishing_ = false;
    if (const auto attached = stream_->attach(loop(), *this); !attached) {
        stream_.reset();
        connection_lost(attached.error().message);
    }
}

void client::driver::on_open() {
    const auto first = options_.authentication ? options_.authentication->begin() : authentication_step{};
    const std::scoped_lock lock(mutex_);
    engine_.opened(clock_now(), dialled_at_ + options_.connect_timeout, first);
}

/// The method is user code, and SCRAM's hashes take their time: no lock is held.
void client::driver::answer_authentication(const mqtt_client::authentication_asked& asked) {
    using enum mqtt_client::authentication_asked::question;
    authentication_step step;
    switch (asked.what) {
        case begin: step = options_.authentication->begin(); break;
        case challenge: step = options_.authentication->challenge(asked.data); break;
        case success: step.error = options_.authentication->success(asked.data).value_or(""); break;
    }
    const std::scoped_lock lock(mutex_);
    engine_.authentication_answered(asked.exchange, std::move(step), clock_now());
}

void client::driver::on_bytes(byte_view bytes) {
    news told;
    {
        const std::scoped_lock lock(mutex_);
        engine_.received(bytes, clock_now());
        told = collect();
    }
    deliver(std::move(told));
    const std::scoped_lock lock(mutex_);
    stream_->want_bytes(engine_.wants_bytes());
}

void client::driver::turn_end() {
    const auto now = clock_now();
    if (over_) stream_is_over();
    if (reconnect_at_ <= now) dial();
    bool more = true;
    for (int round = 0; more && round < rounds_per_turn_max; ++round) {
        news told;
        {
            const std::scoped_lock lock(mutex_);
            if (engine_.deadline() <= now) engine_.tick(now);
            send_output(now);
            told = collect();
            more = !told.events.empty();
            if (stream_) stream_->want_bytes(engine_.wants_bytes());
        }
        deliver(std::move(told));
    }
    if (more) loop().wake();
    stop_when_asked(now);
    close_when_asked(now);
    arm_timer();
}

void client::driver::send_output(monotonic now) {
    while (stream_ && !over_ && !blocked_ && !finishing_ && !engine_.output().empty()) {
        const auto bytes = engine_.output();
        const iovec part{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};  // NOLINT: iovec has no const form; send() only reads
        const auto taken = stream_->send({&part, 1});
        blocked_ = taken < bytes.size();
        engine_.output_taken(taken, now);
    }
}

void client::driver::stream_is_over() {
    stream_.reset();
    close_by_ = never;
    const auto why = *std::exchange(over_, {});
    const std::scoped_lock lock(mutex_);
    engine_.closed(why, clock_now());  // tells `disconnected`, which is delivered in this turn
}

void client::driver::close_when_asked(monotonic now) {
    if (!stream_ || over_) return;
    bool nothing_left = false;
    {
        const std::scoped_lock lock(mutex_);
        if (!engine_.wants_close()) return;
        nothing_left = engine_.output().empty();
    }
    if (close_by_ == never) close_by_ = now + goodbye_patience;
    if (nothing_left && !std::exchange(finishing_, true)) stream_->finish();
    if (close_by_ <= now) {
        over_.emplace();
        loop().wake();  // the next turn takes it up
    }
}

void client::driver::stop_when_asked(monotonic now) {
    {
        const std::scoped_lock lock(mutex_);
        if (stop_at_ == never) return;
        const bool in_time = now < stop_at_;
        if (!goodbye_ && (engine_.idle() || !in_time)) {
            goodbye_ = true;
            all_done_ = engine_.idle();
            engine_.disconnect(now, goodbye_words_);
            send_output(now);
        }
        if (!goodbye_ || (stream_ && in_time)) return;
    }
    loop().stop();
}

void client::driver::connection_lost(std::string_view why) {
    const auto now = clock_now();
    if (connected_at_ != never && now - connected_at_ >= mqtt_client::good_connection) attempt_ = 0;
    connected_at_ = never;
    auto again_in = 0ms;
    if (!goodbye_) {
        const auto random = std::uniform_real_distribution<double>(0, 1)(random_);
        again_in = mqtt_client::reconnect_delay(attempt_++, random, options_.reconnect_min, options_.reconnect_max);
        reconnect_at_ = now + again_in;
    }
    if (handlers_.on_disconnected) handlers_.on_disconnected(why, again_in);
}

void client::driver::follow(const server_goodbye& said) {
    if (!options_.follow_server_reference || !mqtt_client::asks_for_another_server(said.code)) return;
    if (const auto there = net::parse_address(mqtt_client::redirected(options_.address, said.server_reference))) elsewhere_ = *there;
}

/// One timer for all deadlines: the end of the turn that it makes looks after each.
void client::driver::arm_timer() {
    auto at = std::min(reconnect_at_, close_by_);
    {
        const std::scoped_lock lock(mutex_);
        at = std::min({at, engine_.deadline(), stop_at_});
    }
    if (at == timer_at_) return;
    loop().cancel(std::exchange(timer_, 0));
    timer_at_ = at;
    if (at != never)
        timer_ = loop().call_at(at, [this] {
            timer_ = 0;
            timer_at_ = never;
        });
}

client::driver::news client::driver::collect() {
    news told{engine_.take_events(), {}, {}};
    std::size_t messages = 0;
    for (const auto& e : told.events) {
        if (const auto* done = std::get_if<mqtt_client::completed>(&e)) {
            auto found = completions_.extract(done->operation);
            assert(!found.empty());
            told.completions.push_back(std::move(found.mapped()));
        }
        if (const auto* now = std::get_if<mqtt_client::connected>(&e)) broker_has_ids_ = now->info.subscription_ids;
        if (const auto* m = std::get_if<message>(&e); m != nullptr && !routes_.empty()) {
            told.hearers.resize(messages);
            told.hearers.push_back(routes_.of(*m, broker_has_ids_));
        }
        messages += std::holds_alternative<message>(e);
    }
    return told;
}

void client::driver::deliver(news told) {
    auto next_completion = told.completions.begin();
    std::size_t messages = 0;
    const overloaded handlers{
        [&](const mqtt_client::completed& e) { (*next_completion++)(e.result); },
        [&](const message& m) {
            static const std::vector<mqtt_client::routes::hearer> common(1);
            const auto nth = messages++;
            const bool routed = nth < told.hearers.size() && !told.hearers[nth].empty();
            for (const auto& hearer : routed ? told.hearers[nth] : common) {
                const auto& handler = hearer ? *hearer : handlers_.on_message;
                if (handler) handler(m);
            }
        },
        [&](const mqtt_client::authentication_asked& e) { answer_authentication(e); },
        [&](const mqtt_client::connected& e) {
            connected_ = true;
            connected_at_ = clock_now();
            if (handlers_.on_connected) handlers_.on_connected(e.info);
        },
        [&](const mqtt_client::connection_refused& e) {
            follow(e.said);
            if (handlers_.on_refused) handlers_.on_refused(e.said);
        },
        [&](const mqtt_client::server_said_goodbye& e) {
            follow(e.said);
            if (handlers_.on_server_disconnect) handlers_.on_server_disconnect(e.said);
        },
        [&](const mqtt_client::disconnected& e) {
            connected_ = false;
            connection_lost(e.why);
        },
        [&](const mqtt_client::subscription_lost& e) {
            if (handlers_.on_subscription_lost) handlers_.on_subscription_lost(e.filter, e.code);
        },
    };
    for (const auto& e : told.events) std::visit(handlers, e);
}

}  // namespace tepore
