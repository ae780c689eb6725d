// pubsub, fanout, fanin: closed loop. latency: open loop. Who sends to whom:
//
//   pubsub, latency   publisher i -> receiver i
//   fanout            every publisher -> every receiver, one topic
//   fanin             every publisher -> the one receiver, a topic each
#include <algorithm>

#include "bench/as_sent.hpp"
#include "bench/due_sender.hpp"
#include "bench/measured.hpp"
#include "bench/pace.hpp"
#include "bench/play.hpp"
#include "bench/publish_template.hpp"
#include "bench/scenario.hpp"

namespace tepore::bench {
namespace {

constexpr due_sender::bounds open_bounds{.backlog_bytes_max = 1024 * 1024, .unacknowledged_max = 20'000};

class traffic final : public play {
public:
    traffic(const options& asked, bench::world& in, std::uint64_t run, bench::report& into)
        : play(asked, in, run, into), ledger_(is_pairs() ? asked.publishers : std::size_t{asked.publishers} * asked.receivers) {}

    void run() {
        if (set_up()) make_traffic();
        end({&publishers_, &receivers_});
    }

private:
    struct sender {
        publish_template message;
        closed_loop loop;
    };

    struct publishing final : role<traffic> {
        using role::role;
        void on_settled(lean_client& c) override { c.wake(); }
        void on_turn(lean_client& c) override { all.refill(c); }
    };

    [[nodiscard]] bool is_open_loop() const noexcept { return asked_.scenario == scenario::latency; }
    [[nodiscard]] bool is_pairs() const noexcept { return asked_.scenario == scenario::pubsub || is_open_loop(); }
    /// Receivers of each message.
    [[nodiscard]] std::uint32_t spread() const noexcept { return is_pairs() ? 1 : asked_.receivers; }

    [[nodiscard]] std::string topic_of(std::uint32_t publisher) const {
        if (asked_.scenario == scenario::fanout) return crew_.topic("all");
        return crew_.topic((is_pairs() ? "p2p/" : "in/") + std::to_string(publisher));
    }
    [[nodiscard]] std::string filter_of(std::uint32_t receiver) const {
        return asked_.scenario == scenario::fanin ? crew_.topic("in/+") : topic_of(receiver);
    }

    bool set_up() {
        receivers_ = crew_.hire(receiver_role_, asked_.receivers, "s");
        publishers_ = crew_.hire(publisher_role_, asked_.publishers, "p");
        if (!crew_.connect(receivers_) || !crew_.connect(publishers_)) return false;
        for (auto* r : receivers_) {
            const std::vector<std::string> filter{filter_of(r->index())};
            r->subscribe(filter, asked_.qos);
        }
        if (!crew_.settle(receivers_, "subscriptions")) return false;
        senders_.reserve(publishers_.size());
        for (const auto* p : publishers_) {
            const auto window = std::min(asked_.window, p->receive_maximum());
            senders_.push_back({publish_template(topic_of(p->index()), asked_.qos, asked_.version, content_), closed_loop(window, spread())});
        }
        return true;
    }

    void make_traffic() {
        running_ = true;
        due_sender open(publishers_, asked_.rate, open_bounds, world_.now(), [this](lean_client& by, monotonic due) { say(by, due); });
        next_stall_check_ = world_.now() + stall_interval;
        for (auto* p : publishers_) p->wake();
        rate sent;
        rate received;
        const auto m = measure(
            crew_, asked_,
            [&](monotonic from) {
                sent.begin(sent_);
                received.begin(ledger_.tally().received);
                latency_.begin(from);
                open.forget_lateness();
            },
            [&] { is_open_loop() ? turn_open(open) : turn_closed(); });
        running_ = false;
        sent.end(sent_);
        received.end(ledger_.tally().received);
        latency_.end(m.to.at);
        const auto late_max = open.late_max();
        drain(
            crew_, asked_, asked_.qos == protocol::qos::at_most_once, [&] { return ledger_.tally().received; },
            [&] {
                if (is_open_loop()) open.send(world_.now(), m.to.at);
                return ledger_.tally().received >= expected() && unacknowledged() == 0 && unsent(open, m) == 0;
            });
        tell(m, sent, received);
        if (is_open_loop()) tell_open(open, m, late_max);
        judge_loss();
    }

    void turn_closed() {
        world_.turn(closed_turn_wait);
        const auto now = world_.now();
        if (asked_.qos != protocol::qos::at_most_once || now < next_stall_check_) return;
        next_stall_check_ = now + stall_interval;
        for (auto* p : publishers_) {
            if (senders_[p->index()].loop.give_up_when_stalled() == 0) continue;
            ++stalls_;
            p->wake();
        }
    }

    void turn_open(due_sender& open) {
        open.send(world_.now());
        // It does not sleep: to wake up takes longer than many a message.
        world_.turn(duration::zero());
    }

    void refill(lean_client& by) {
        if (!running_ || is_open_loop() || !by.is_up()) return;
        auto& from = senders_[by.index()];
        const auto room = from.loop.room(by.unsettled());
        if (room == 0) return;
        const auto now = world_.now();
        for (std::uint32_t i = 0; i < room; ++i) say(by, now);
    }

    void say(lean_client& by, monotonic when) {
        auto& from = senders_[by.index()];
        from.message.say(by, {.sent = when,
                              .publisher = by.index(),
                              .sequence = static_cast<std::uint32_t>(from.loop.sent()),
                              .target = is_pairs() ? by.index() : everyone});
        from.loop.note_sent(1);
        ++sent_;
    }

    void receive(lean_client& to, const protocol::publish& message, monotonic now) {
        const auto s = content_.read(message.payload);
        if (!s || s->publisher >= senders_.size()) return ledger_.note_altered();
        auto& from = senders_[s->publisher];
        if (!is_as_sent(message, from.message.topic(), asked_.qos)) return ledger_.note_altered();
        if (s->target != everyone && s->target != to.index()) return ledger_.note_misrouted();
        const auto which = is_pairs() ? s->publisher : to.index() * senders_.size() + s->publisher;
        const auto settled = ledger_.take(which, s->sequence, is_redelivery(message));
        if (settled != 0) {
            from.loop.note_settled(s->sequence, settled);
            publishers_[s->publisher]->wake();
        }
        latency_.add(s->sent, now);
    }

    [[nodiscard]] std::uint64_t unacknowledged() const noexcept {
        std::uint64_t all = 0;
        for (const auto* p : publishers_) all += p->unsettled();
        return all;
    }

    /// Deliveries.
    [[nodiscard]] std::uint64_t expected() const noexcept { return sent_ * spread(); }
    /// Messages that were due while it was measured.
    [[nodiscard]] std::uint64_t unsent(const due_sender& open, const measured& m) const noexcept { return is_open_loop() ? open.unsent(m.to.at) : 0; }

    void tell(const measured& m, const rate& sent, const rate& received) {
        report_.count("publishers", asked_.publishers, "publishers");
        report_.count("receivers", asked_.receivers, "receivers");
        if (is_open_loop()) {
            report_.number("asked_messages_per_s", asked_.rate, 0, "asked for", "messages/s");
        } else {
            report_.count("window_messages", asked_.window, "under way for each publisher", "messages");
        }
        report_.number("seconds", m.seconds(), 3, "measured for", "s");
        report_.number("sent_messages_per_s", sent.per_second(m), 0, "sent", "messages/s");
        report_.number("received_messages_per_s", received.per_second(m), 0, "received", "messages/s");
        report_.latency("latency", latency_.figures(), "from publish to receipt");
        report_.cost(m.from, m.to, received.grown(), "delivery");
        report_.cpu(m.from, m.to);
        report_.count("sent_messages", sent_);
        report_.arrivals(ledger_.tally(), expected());
        report_.count("unacknowledged_messages", unacknowledged());
        report_.count("stalls", stalls_);
    }

    void tell_open(const due_sender& open, const measured& m, duration late_max) {
        report_.number("generator_late_max_us", static_cast<double>(late_max.count()) / 1000, 1, "generator late by at most", "us");
        report_.unsent(unsent(open, m), open.why_not());
    }

    void judge_loss() {
        if (const auto open = unacknowledged(); open != 0) report_.judge(verdict::loss, std::to_string(open) + " messages were never acknowledged");
        // In the open loop the rate was asked for: that it was too much is what was to be found out.
        report_.judge_loss(expected() - std::min(expected(), ledger_.tally().received), asked_.qos == protocol::qos::at_most_once && !is_open_loop());
    }

    publishing publisher_role_{*this, &traffic::take_nothing};
    role<traffic> receiver_role_{*this, &traffic::receive};
    group publishers_;
    group receivers_;
    std::vector<sender> senders_;
    ledger ledger_;
    latencies latency_;
    std::uint64_t sent_ = 0;
    std::uint64_t stalls_ = 0;
    monotonic next_stall_check_;
    bool running_ = false;
};

}  // namespace

demand demand_of_traffic(const options& asked) noexcept {
    const std::uint64_t publishers = asked.publishers;
    const bool open = asked.scenario == scenario::latency;
    const bool pairs = open || asked.scenario == scenario::pubsub;
    const auto templates = publishers * asked.payload_bytes;
    return {.connections = publishers + asked.receivers,
            .flows = pairs ? publishers : publishers * asked.receivers,
            .bytes_under_way =
                templates + (open ? due_sender::bytes_max(publishers, asked.payload_bytes, asked.rate, asked.warmup_s + asked.seconds, open_bounds)
                                  : publishers * asked.window * asked.payload_bytes)};
}

void run_traffic(const options& asked, world& in, std::uint64_t run, report& into) {
    traffic(asked, in, run, into).run();
}

}  // namespace tepore::bench
