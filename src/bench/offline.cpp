// offline: sessions whose clients are away get messages, and their clients come back for them. In the end the sessions are removed.
#include <vector>

#include "bench/measured.hpp"
#include "bench/publish_template.hpp"
#include "bench/scenario.hpp"
#include "bench/stored.hpp"

namespace tepore::bench {
namespace {

/// So that the broker has seen the end of the old connections before something is sent to them.
constexpr double calm_s = 0.3;

class offline {
public:
    offline(const options& asked, world& in, std::uint64_t run, report& into)
        : asked_(asked), world_(in), report_(into), content_(run, asked.payload_bytes), crew_(asked, in, run), ledger_(asked.receivers) {}

    void run() {
        sessions_ = crew_.hire(events_, asked_.receivers, "o");
        publishers_ = crew_.hire(events_, asked_.receivers, "p");
        if (make_sessions() && queue()) come_back();
        if (crew_.troubles() != 0) report_.judge(verdict::trouble, crew_.trouble());
        crew_.disconnect(publishers_);
        remove_sessions();
    }

private:
    struct events final : client_events {
        explicit events(offline& o) : all(o) {}
        void on_message(lean_client& to, const protocol::publish& message, monotonic now) override { all.receive(to, message, now); }
        void on_trouble(lean_client& c, std::string_view what) override { all.crew_.note_trouble(c, what); }
        offline& all;
    };

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
        crew_.rest(calm_s);  // what comes now comes twice
        const auto drain_s = std::max(1e-9, static_cast<double>((last_ - before.at).count()) / 1e9);
        report_.number("drained_messages_per_s", static_cast<double>(ledger_.tally().received) / drain_s, 0, "fetched", "messages/s");
        report_.cost(before, after, static_cast<double>(all()), "drained_message");
        report_.cpu(before, after);
        report_.arrivals(ledger_.tally(), all());
        report_.judge_loss(all() - std::min(all(), ledger_.tally().received), false);
    }

    void remove_sessions() {
        crew_.disconnect(sessions_);
        for (auto* s : sessions_) s->keep_session(false);
        // Where the broker refused or vanished there is nothing to remove.
        if (crew_.troubles() == 0) (void)crew_.connect(sessions_);
        crew_.disconnect(sessions_);
    }

    void receive(const lean_client& to, const protocol::publish& message, monotonic now) {
        const auto s = content_.read(message.payload);
        if (!s || s->publisher >= asked_.receivers || message.topic != topic_of(s->target) || message.qos != asked_.qos || message.retain) {
            return ledger_.note_altered();
        }
        if (s->target != to.index()) return ledger_.note_misrouted();
        ledger_.take(to.index(), s->sequence, message.dup && message.qos == protocol::qos::at_least_once);
        last_ = now;
    }

    const options& asked_;
    world& world_;
    report& report_;
    content content_;
    events events_{*this};
    crew crew_;
    group sessions_;
    group publishers_;
    ledger ledger_;
    monotonic last_;
};

}  // namespace

void run_offline(const options& asked, world& in, std::uint64_t run, report& into) {
    offline(asked, in, run, into).run();
}

}  // namespace tepore::bench
