// offline: sessions whose clients are away get messages, and their clients come back for them. In the end the sessions are removed.
#include <algorithm>
#include <vector>

#include "bench/as_sent.hpp"
#include "bench/flow.hpp"
#include "bench/play.hpp"
#include "bench/publish_template.hpp"
#include "bench/scenario.hpp"
#include "bench/stored.hpp"

namespace tepore::bench {
namespace {

/// So that the broker has seen the end of the old connections before something is sent to them.
constexpr double calm_s = 0.3;

class offline final : public play {
public:
    offline(const options& asked, bench::world& in, std::uint64_t run, bench::report& into) : play(asked, in, run, into), ledger_(asked.receivers) {}

    void run() {
        sessions_ = crew_.hire(session_role_, asked_.receivers, "o");
        publishers_ = crew_.hire(publisher_role_, asked_.receivers, "p");
        if (make_sessions() && queue()) come_back();
        const auto left = remove_sessions();
        end({&publishers_, &sessions_});
        if (left != 0) report_.left_behind(left, "sessions with their messages", "clients " + crew_.client_id("o") + "...");
    }

private:
    [[nodiscard]] std::string topic_of(std::uint32_t session) const { return crew_.topic("off/" + std::to_string(session)); }
    [[nodiscard]] std::uint64_t all() const noexcept { return std::uint64_t{asked_.count} * asked_.receivers; }

    bool make_sessions() {
        for (auto* s : sessions_) s->keep_session(true);
        if (!crew_.connect(sessions_)) return false;
        for (auto* s : sessions_) {
            const std::vector<std::string> filter{topic_of(s->index())};
            s->subscribe(filter, asked_.qos);
        }
        if (!crew_.settle(sessions_, "subscriptions")) return false;
        crew_.disconnect(sessions_);
        crew_.rest(calm_s);
        return crew_.connect(publishers_);
    }

    bool queue() {
        std::vector<publish_template> messages;
        for (const auto* p : publishers_) messages.emplace_back(topic_of(p->index()), asked_.qos, asked_.version, content_);
        const auto before = world_.look();
        const bool queued = publish_all(crew_, asked_, publishers_, asked_.count, [&](lean_client& by, std::uint32_t n) {
            messages[by.index()].say(by, {.sent = world_.now(), .publisher = by.index(), .sequence = n, .target = by.index()});
            by.wake();
        });
        const auto after = world_.look();
        const auto number = static_cast<double>(all());
        report_.count("sessions", asked_.receivers, "sessions");
        report_.count("queued_messages_per_session", asked_.count, "messages for each");
        report_.count("window_messages", asked_.window, "under way for each publisher", "messages");
        report_.number("queued_messages_per_s", number * 1e9 / std::max(1.0, static_cast<double>((after.at - before.at).count())), 0, "queued",
                       "messages/s");
        report_.cost(before, after, number, "queued_message");
        report_.memory(before, after, number, "queued_message");
        return queued;
    }

    void come_back() {
        crew_.disconnect(publishers_);
        const auto before = world_.look();
        last_ = before.at;
        if (!crew_.connect(sessions_)) return;
        for (const auto* s : sessions_) {
            if (!s->session_present()) crew_.note_trouble(*s, "the broker forgot the session");
        }
        crew_.until([&] { return crew_.troubles() != 0 || ledger_.tally().received >= all() || world_.now() - last_ > from_seconds(asked_.drain_s); },
                    asked_.patience_s);
        const auto after = world_.look();
        crew_.listen_on();
        const auto drain_s = std::max(1e-9, static_cast<double>((last_ - before.at).count()) / 1e9);
        report_.number("drained_messages_per_s", static_cast<double>(ledger_.tally().received) / drain_s, 0, "fetched", "messages/s");
        report_.cost(before, after, static_cast<double>(all()), "drained_message");
        report_.cpu(before, after);
        report_.arrivals(ledger_.tally(), all());
        report_.judge_loss(all() - std::min(all(), ledger_.tally().received), false);
    }

    /// A clean session under the same name ends the old one. How many may be left.
    std::uint64_t remove_sessions() {
        crew_.disconnect(publishers_);
        for (auto* s : sessions_) s->keep_session(false);
        // None was made where the broker let nobody in.
        if (std::ranges::none_of(sessions_, [](const lean_client* s) { return s->was_up(); }) || crew_.reconnect(sessions_)) return 0;
        return static_cast<std::uint64_t>(std::ranges::count_if(sessions_, [](const lean_client* s) { return s->was_up() && !s->is_up(); }));
    }

    void receive(lean_client& to, const protocol::publish& message, monotonic now) {
        const auto s = content_.read(message.payload);
        if (!s || s->publisher >= asked_.receivers || !is_as_sent(message, topic_of(s->target), asked_.qos)) return ledger_.note_altered();
        if (s->target != to.index()) return ledger_.note_misrouted();
        ledger_.take(to.index(), s->sequence, is_redelivery(message));
        last_ = now;
    }

    role<offline> session_role_{*this, &offline::receive};
    role<offline> publisher_role_{*this, &offline::take_nothing};
    group sessions_;
    group publishers_;
    ledger ledger_;
    monotonic last_;
};

}  // namespace

/// Each session has a publisher of its own, which is connected while the session's client is away.
demand demand_of_offline(const options& asked) noexcept {
    const std::uint64_t sessions = asked.receivers;
    return {.connections = sessions,
            .flows = sessions,
            .bytes_under_way = sessions * (asked.window + 1) * asked.payload_bytes,  // and a template each
            .stored_messages = sessions * asked.count};
}

void run_offline(const options& asked, world& in, std::uint64_t run, report& into) {
    offline(asked, in, run, into).run();
}

}  // namespace tepore::bench
