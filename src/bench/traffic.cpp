// pubsub, fanout, fanin: closed loop. latency: open loop. Who sends to whom:
//
//   pubsub, latency   publisher i -> receiver i
//   fanout            every publisher -> every receiver, one topic
//   fanin             every publisher -> the one receiver, a topic each
#include <algorithm>

#include "bench/measured.hpp"
#include "bench/pace.hpp"
#include "bench/publish_template.hpp"
#include "bench/scenario.hpp"

namespace tepore::bench {
namespace {

/// In the open loop a publisher whose connection does not take what it has to say gets no more to say; what is due waits, and keeps its time.
constexpr std::size_t backlog_bytes_max = 1024 * 1024;
constexpr std::size_t unacknowledged_max = 20'000;

class traffic {
public:
    traffic(const options& asked, world& in, std::uint64_t run, report& into)
        : asked_(asked),
          world_(in),
          report_(into),
          content_(run, asked.payload_bytes),
          crew_(asked, in, run),
          ledger_(is_pairs() ? asked.publishers : std::size_t{asked.publishers} * asked.receivers) {}

    void run() {
        if (set_up()) make_traffic();
        if (crew_.troubles() != 0) report_.judge(verdict::trouble, crew_.trouble());
        crew_.disconnect(publishers_);
        crew_.disconnect(receivers_);
    }

private:
    struct sender {
        publish_template message;
        closed_loop loop;
    };

    struct publisher_events final : client_events {
        explicit publisher_events(traffic& t) : all(t) {}
        void on_message(lean_client& to, const protocol::publish&, monotonic) override { all.crew_.note_trouble(to, "a publisher got a message"); }
        void on_settled(lean_client& c) override { c.wake(); }
        void on_turn(lean_client& c) override { all.refill(c); }
        void on_trouble(lean_client& c, std::string_view what) override { all.crew_.note_trouble(c, what); }
        traffic& all;
    };
    struct receiver_events final : client_events {
        explicit receiver_events(traffic& t) : all(t) {}
        void on_message(lean_client& to, const protocol::publish& message, monotonic now) override { all.receive(to, message, now); }
        void on_trouble(lean_client& c, std::string_view what) override { all.crew_.note_trouble(c, what); }
        traffic& all;
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
        receivers_ = crew_.hire(receiver_events_, asked_.receivers, "s");
        publishers_ = crew_.hire(publisher_events_, asked_.publishers, "p");
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
        open_loop open(world_.now(), asked_.rate);
        next_stall_check_ = world_.now() + stall_interval;
        for (auto* p : publishers_) p->wake();
        rate sent;
        rate received;
        const auto m = measure(
            crew_, asked_,
            [&] {
                sent.begin(sent_);
                received.begin(ledger_.tally().received);
                latency_.clear();
                late_max_ = {};
            },
            [&] { is_open_loop() ? turn_open(open) : turn_closed(); });
        running_ = false;
        sent.end(sent_);
        received.end(ledger_.tally().received);
        const auto latency = latency_;  // what comes from now on is not measured
        drain(
            crew_, asked_, sent_ * spread(), [&] { return ledger_.tally().received; }, [&] { return unacknowledged() == 0; });
        tell(m, sent, received, latency);
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

    void turn_open(open_loop& open) {
        const auto now = world_.now();
        for (; open.due() <= now; open.note_sent()) {
            auto& by = *publishers_[open.next() % publishers_.size()];
            if (!by.is_up() || by.output().waiting().size() > backlog_bytes_max || !by.may_publish(unacknowledged_max)) break;
            late_max_ = std::max<duration>(late_max_, now - open.due());
            say(by, open.due());
            by.wake();
        }
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

    void receive(const lean_client& to, const protocol::publish& message, monotonic now) {
        const auto s = content_.read(message.payload);
        if (!s || s->publisher >= senders_.size()) return ledger_.note_altered();
        auto& from = senders_[s->publisher];
        if (message.topic != from.message.topic() || message.qos != asked_.qos || message.retain) return ledger_.note_altered();
        if (s->target != everyone && s->target != to.index()) return ledger_.note_misrouted();
        const auto which = is_pairs() ? s->publisher : to.index() * senders_.size() + s->publisher;
        const auto settled = ledger_.take(which, s->sequence, message.dup && message.qos == protocol::qos::at_least_once);
        if (settled != 0) {
            from.loop.note_settled(settled);
            publishers_[s->publisher]->wake();
        }
        latency_.add(now - s->sent);
    }

    [[nodiscard]] std::uint64_t unacknowledged() const noexcept {
        std::uint64_t all = 0;
        for (const auto* p : publishers_) all += p->unsettled();
        return all;
    }

    void tell(const measured& m, const rate& sent, const rate& received, const histogram& latency) {
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
        report_.latency("latency", latency, "from publish to receipt");
        if (is_open_loop())
            report_.number("generator_late_max_us", static_cast<double>(late_max_.count()) / 1000, 1, "generator late by at most", "us");
        report_.cost(m.from, m.to, received.grown(), "delivery");
        report_.cpu(m.from, m.to);
        report_.count("sent_messages", sent_);
        report_.arrivals(ledger_.tally(), sent_ * spread());
        report_.count("unacknowledged_messages", unacknowledged());
        report_.count("stalls", stalls_);
        judge_loss();
    }

    void judge_loss() {
        if (const auto open = unacknowledged(); open != 0) report_.judge(verdict::loss, std::to_string(open) + " messages were never acknowledged");
        const auto expected = sent_ * spread();
        // In the open loop the rate was asked for: that it was too much is what was to be found out.
        report_.judge_loss(expected - std::min(expected, ledger_.tally().received), asked_.qos == protocol::qos::at_most_once && !is_open_loop());
    }

    const options& asked_;
    world& world_;
    report& report_;
    content content_;
    publisher_events publisher_events_{*this};
    receiver_events receiver_events_{*this};
    crew crew_;
    group publishers_;
    group receivers_;
    std::vector<sender> senders_;
    ledger ledger_;
    histogram latency_;
    std::uint64_t sent_ = 0;
    std::uint64_t stalls_ = 0;
    duration late_max_{};
    monotonic next_stall_check_;
    bool running_ = false;
};

}  // namespace

void run_traffic(const options& asked, world& in, std::uint64_t run, report& into) {
    traffic(asked, in, run, into).run();
}

}  // namespace tepore::bench
