// overload: pairs that talk at a moderate rate, beside clients that have stopped reading and publishers that send more than anybody can take.
//
//   before    the pairs alone
//   flooded   the flooders publish as fast as they are let, to all frozen clients and one that reads
//   held      the flood is over; what the frozen clients have not read is still with the broker and the network
//   thawed    the frozen clients read again
//
// The pairs should notice little of the flood, and nothing of what is held. Flooders may be slowed, not disconnected; what they sent at QoS 1 must
// reach the client that reads.
#include <algorithm>
#include <array>

#include "bench/measured.hpp"
#include "bench/pace.hpp"
#include "bench/publish_template.hpp"
#include "bench/scenario.hpp"

namespace tepore::bench {
namespace {

/// The flooders with an odd number publish at QoS 1, the others at QoS 0.
constexpr protocol::qos qos_of_flooder(std::uint32_t index) noexcept {
    return index % 2 == 1 ? protocol::qos::at_least_once : protocol::qos::at_most_once;
}

/// A flooder has so much ready to be taken.
constexpr std::size_t flooder_bytes_ready = 64 * 1024;
constexpr std::size_t flooder_unacknowledged_max = 100;
constexpr std::size_t live_backlog_bytes_max = 256 * 1024;
constexpr std::size_t live_unacknowledged_max = 10'000;

/// A frozen client's end of the network takes little, so that what it does not read stays with the broker (and a thousand of them do not fill the
/// kernel).
constexpr std::uint32_t frozen_receive_buffer_bytes = 8 * 1024;

/// The flood ends when the broker has grown by so much: it may have no bound, and the machine has one.
constexpr std::uint64_t broker_growth_bytes_max = std::uint64_t{2} << 30;
constexpr duration memory_check_interval = std::chrono::milliseconds(100);

constexpr double thaw_quiet_s = 0.5;

struct phase {
    measured during;
    histogram latency;
    double delivered = 0;
};

double percent_grown(double from, double to) noexcept {
    return from > 0 ? (to - from) / from * 100 : 0;
}

class overload {
public:
    overload(const options& asked, world& in, std::uint64_t run, report& into)
        : asked_(asked),
          world_(in),
          report_(into),
          content_(run, asked.payload_bytes),
          crew_(asked, in, run),
          live_ledger_(asked.publishers),
          flood_ledgers_{ledger(flooders), ledger(flooders)},
          frozen_ledger_(std::size_t{asked.frozen} * flooders) {}

    void run() {
        if (set_up()) {
            const auto quiet = run_phase(false);
            const auto flooded = run_phase(true);
            const auto held = run_phase(false);
            thaw();
            tell(quiet, flooded, held);
        }
        if (crew_.troubles() != 0) report_.judge(verdict::trouble, crew_.trouble());
        for (const auto* who : {&live_publishers_, &flooders_, &live_readers_, &flood_reader_, &frozen_}) crew_.disconnect(*who);
    }

private:
    /// One for each kind of client, which differ in what a message to them means.
    struct events final : client_events {
        using handler = void (overload::*)(lean_client&, const protocol::publish&, monotonic);
        events(overload& o, handler h, bool may_be_closed = false) : all(o), take(h), closing_is_allowed(may_be_closed) {}
        void on_message(lean_client& to, const protocol::publish& message, monotonic now) override { (all.*take)(to, message, now); }
        void on_trouble(lean_client& c, std::string_view what) override {
            if (closing_is_allowed && all.frozen_now_) {
                ++all.frozen_closed_;
            } else {
                all.crew_.note_trouble(c, what);
            }
        }
        overload& all;
        handler take;
        bool closing_is_allowed;
    };

    bool set_up() {
        live_readers_ = crew_.hire(live_events_, asked_.receivers, "s");
        live_publishers_ = crew_.hire(publisher_events_, asked_.publishers, "p");
        flood_reader_ = crew_.hire(flood_events_, 1, "r");
        flooders_ = crew_.hire(publisher_events_, flooders, "f");
        frozen_ = crew_.hire(frozen_events_, asked_.frozen, "z");
        for (auto* z : frozen_) z->limit_receive_buffer(frozen_receive_buffer_bytes);
        for (const auto* who : {&live_readers_, &live_publishers_, &flood_reader_, &flooders_, &frozen_}) {
            if (!crew_.connect(*who)) return false;
        }
        for (auto* s : live_readers_) subscribe(*s, "p2p/" + std::to_string(s->index()), asked_.qos);
        for (auto* s : flood_reader_) subscribe(*s, "flood/+", protocol::qos::at_least_once);
        for (auto* s : frozen_) subscribe(*s, "flood/+", protocol::qos::at_least_once);
        for (const auto* who : {&live_readers_, &flood_reader_, &frozen_}) {
            if (!crew_.settle(*who, "subscriptions")) return false;
        }
        for (auto* z : frozen_) world_.want_bytes(*z, false);
        frozen_now_ = true;
        for (const auto* p : live_publishers_) {
            live_messages_.emplace_back(crew_.topic("p2p/" + std::to_string(p->index())), asked_.qos, asked_.version, content_);
        }
        for (std::uint32_t i = 0; i < flooders; ++i) {
            flood_messages_.emplace_back(crew_.topic("flood/" + std::to_string(i)), qos_of_flooder(i), asked_.version, content_);
        }
        live_sent_.resize(asked_.publishers);
        return true;
    }

    void subscribe(lean_client& who, const std::string& filter, protocol::qos qos) const {
        const std::vector<std::string> filters{crew_.topic(filter)};
        who.subscribe(filters, qos);
    }

    phase run_phase(bool flooding) {
        open_loop due(world_.now(), asked_.rate);
        open_loop flood_due(world_.now(), asked_.flood_per_s > 0 ? asked_.flood_per_s : rate_max);
        rate delivered;
        rate flooded;
        next_memory_check_ = world_.now();
        start_rss_bytes_ = world_.look().broker_rss_bytes;
        too_large_ = false;
        phase out;
        out.during = measure(
            crew_, asked_,
            [&] {
                latency_.clear();
                delivered.begin(live_ledger_.tally().received);
                flooded.begin(flood_sent());
            },
            [&] {
                send_due(due);
                if (flooding && !too_large_) flood(flood_due);
                world_.turn(duration::zero());
            });
        delivered.end(live_ledger_.tally().received);
        flooded.end(flood_sent());
        out.delivered = delivered.grown();
        out.latency = latency_;
        if (flooding) flood_per_s_ = flooded.per_second(out.during);
        if (flooding && !digested()) return out;
        wait_for_the_rest();
        return out;
    }

    void send_due(open_loop& due) {
        const auto now = world_.now();
        for (; due.due() <= now; due.note_sent()) {
            const auto pair = static_cast<std::uint32_t>(due.next() % live_publishers_.size());
            auto& by = *live_publishers_[pair];
            if (!by.is_up() || by.output().waiting().size() > live_backlog_bytes_max || !by.may_publish(live_unacknowledged_max)) return;
            live_messages_[pair].say(by, {.sent = due.due(), .publisher = pair, .sequence = live_sent_[pair]++, .target = pair});
            ++live_sent_all_;
            by.wake();
        }
    }

    void flood(open_loop& due) {
        const auto now = world_.now();
        if (now >= next_memory_check_) {
            next_memory_check_ = now + memory_check_interval;
            const auto rss = world_.look().broker_rss_bytes;
            too_large_ = rss > start_rss_bytes_ + broker_growth_bytes_max;
            if (too_large_) report_.judge(verdict::trouble, "the broker's memory grew by more than 2 GiB: the flood was ended");
        }
        if (asked_.flood_per_s > 0) {
            for (; due.due() <= now && may_flood(static_cast<std::uint32_t>(due.next() % flooders)); due.note_sent()) {
                say_flood(static_cast<std::uint32_t>(due.next() % flooders), now);
            }
            return;
        }
        for (std::uint32_t i = 0; i < flooders; ++i) {
            while (may_flood(i)) say_flood(i, now);
        }
    }

    [[nodiscard]] bool may_flood(std::uint32_t flooder) const {
        auto& by = *flooders_[flooder];
        return by.is_up() && by.output().waiting().size() < flooder_bytes_ready && by.may_publish(flooder_unacknowledged_max);
    }

    void say_flood(std::uint32_t flooder, monotonic now) {
        auto& by = *flooders_[flooder];
        flood_messages_[flooder].say(by, {.sent = now, .publisher = flooder, .sequence = flood_sent_[flooder]++, .target = everyone});
        by.wake();
    }

    /// The last word of each flooder is a message of QoS 1 to nobody: when it is acknowledged, the broker has seen all that came before it. (Sockets
    /// hold megabytes of the flood, and a broker that still works on them is not in the next part yet.)
    [[nodiscard]] bool digested() {
        for (auto* f : flooders_) {
            if (f->is_up()) f->publish({.topic = crew_.topic("end"), .payload = content_.blank(), .qos = protocol::qos::at_least_once});
        }
        return crew_.settle(flooders_, "messages of the flood");
    }

    void wait_for_the_rest() {
        auto moved = world_.now();
        std::uint64_t before = 0;
        crew_.until(
            [&] {
                const auto now = world_.now();
                const auto came = live_ledger_.tally().received + flood_tally(0).received + flood_tally(1).received;
                if (std::exchange(before, came) != came) moved = now;
                const bool all_live = live_ledger_.tally().received >= live_sent_all_ && flood_tally(1).received >= flood_sent(1);
                const bool acknowledged = std::ranges::all_of(flooders_, [](const lean_client* f) { return f->unsettled() == 0 && f->is_up(); });
                return crew_.troubles() != 0 || (all_live && acknowledged && flood_tally(0).received >= flood_sent(0)) ||
                       now - moved > from_seconds(quiet_s);
            },
            asked_.drain_s);
    }

    void thaw() {
        for (auto* z : frozen_) world_.want_bytes(*z, true);
        auto moved = world_.now();
        std::uint64_t before = 0;
        crew_.until(
            [&] {
                const auto came = frozen_ledger_.tally().received;
                if (std::exchange(before, came) != came) moved = world_.now();
                return world_.now() - moved > from_seconds(thaw_quiet_s);
            },
            asked_.drain_s);
    }

    void take_nothing(lean_client& to, const protocol::publish&, monotonic) { crew_.note_trouble(to, "a publisher got a message"); }

    void take_live(lean_client& to, const protocol::publish& message, monotonic now) {
        const auto s = content_.read(message.payload);
        if (!s || s->publisher >= live_messages_.size() || message.topic != live_messages_[s->publisher].topic() || message.qos != asked_.qos) {
            return live_ledger_.note_altered();
        }
        if (s->target != to.index()) return live_ledger_.note_misrouted();
        live_ledger_.take(s->publisher, s->sequence, message.dup && message.qos == protocol::qos::at_least_once);
        latency_.add(now - s->sent);
    }

    /// The flooder whose message it is, or nothing when it is not as it was sent.
    [[nodiscard]] std::optional<stamp> read_flood(const protocol::publish& message) const {
        const auto s = content_.read(message.payload);
        const bool sound = s && s->publisher < flooders && s->target == everyone && message.topic == flood_messages_[s->publisher].topic() &&
                           message.qos == qos_of_flooder(s->publisher);
        return sound ? s : std::nullopt;
    }

    void take_flood(lean_client&, const protocol::publish& message, monotonic) {
        const auto s = read_flood(message);
        if (!s) return flood_ledgers_[0].note_altered();
        flood_ledgers_[s->publisher % 2].take(s->publisher, s->sequence, message.dup);
    }

    void take_frozen(lean_client& to, const protocol::publish& message, monotonic) {
        const auto s = read_flood(message);
        if (!s) return frozen_ledger_.note_altered();
        frozen_ledger_.take(to.index() * std::size_t{flooders} + s->publisher, s->sequence, message.dup);
    }

    [[nodiscard]] const tally& flood_tally(std::uint32_t qos) const noexcept { return flood_ledgers_[qos].tally(); }
    [[nodiscard]] std::uint64_t flood_sent(std::uint32_t qos) const noexcept {
        std::uint64_t out = 0;
        for (std::uint32_t i = qos; i < flooders; i += 2) out += flood_sent_[i];
        return out;
    }
    [[nodiscard]] std::uint64_t flood_sent() const noexcept { return flood_sent(0) + flood_sent(1); }

    void tell(const phase& before, const phase& flooded, const phase& held) {
        report_.count("publishers", asked_.publishers, "pairs that talk");
        report_.count("frozen_clients", asked_.frozen, "clients that do not read");
        report_.count("flooders", flooders, "publishers that flood");
        report_.number("asked_messages_per_s", asked_.rate, 0, "asked of the pairs", "messages/s");
        tell_phase("before", before);
        tell_phase("flooded", flooded);
        tell_phase("held", held);
        tell_growth(before, flooded, held);
        report_.number("flood_messages_per_s", flood_per_s_, 0, "the flood", "messages/s");
        report_.count("flood_sent_messages", flood_sent());
        report_.count("flood_received_messages", flood_tally(0).received + flood_tally(1).received, "of it came to the client that reads",
                      "messages");
        report_.count("flood_lost_qos0_messages", flood_sent(0) - std::min(flood_sent(0), flood_tally(0).received), "lost, QoS 0", "messages");
        report_.count("flood_lost_qos1_messages", flood_sent(1) - std::min(flood_sent(1), flood_tally(1).received), "lost, QoS 1", "messages");
        report_.count("frozen_received_messages", frozen_ledger_.tally().received, "came to the frozen when they read again", "messages");
        report_.count("frozen_closed_clients", frozen_closed_, "of the frozen were disconnected");
        report_.cpu(flooded.during.from, flooded.during.to);
        report_.arrivals(live_ledger_.tally(), live_sent_all_);
        judge();
    }

    void tell_phase(const std::string& name, const phase& p) {
        report_.number("received_messages_per_s_" + name, p.during.seconds() > 0 ? p.delivered / p.during.seconds() : 0, 0, "pairs, " + name,
                       "messages/s");
        report_.latency("latency_" + name, p.latency, "from due to receipt, " + name);
        if (name != "flooded") report_.cost(p.during.from, p.during.to, p.delivered, "delivery_" + name);
        if (p.during.to.broker_known) report_.count("rss_bytes_" + name, p.during.to.broker_rss_bytes, "broker's memory, " + name, "bytes");
    }

    void tell_growth(const phase& before, const phase& flooded, const phase& held) {
        const auto p99 = [](const phase& p) { return static_cast<double>(p.latency.quantile(0.99).count()); };
        report_.number("latency_p99_growth_flooded_percent", percent_grown(p99(before), p99(flooded)), 1, "99 % within, growth while flooded", "%");
        report_.number("latency_p99_growth_held_percent", percent_grown(p99(before), p99(held)), 1, "99 % within, growth afterwards", "%");
        if (!before.during.to.broker_known || before.delivered <= 0 || held.delivered <= 0) return;
        const auto cost = [](const phase& p) {
            return static_cast<double>((p.during.to.broker_cpu - p.during.from.broker_cpu).count()) / p.delivered;
        };
        report_.number("broker_cpu_growth_held_percent", percent_grown(cost(before), cost(held)), 1,
                       "broker's CPU for each delivery, growth afterwards", "%");
    }

    void judge() {
        for (const auto* l : {&flood_ledgers_[0], &flood_ledgers_[1], &frozen_ledger_}) {
            const auto& t = l->tally();
            if (t.altered != 0) report_.judge(verdict::trouble, std::to_string(t.altered) + " messages of the flood are not what was sent");
            if (t.duplicates != 0) report_.judge(verdict::loss, std::to_string(t.duplicates) + " messages of the flood came more than once");
            if (t.late != 0) report_.judge(verdict::loss, std::to_string(t.late) + " messages of the flood came out of order");
        }
        const auto lost = flood_sent(1) - std::min(flood_sent(1), flood_tally(1).received);
        if (lost != 0) report_.judge(verdict::loss, std::to_string(lost) + " messages of QoS 1 did not reach a client that reads");
        report_.judge(verdict::good, "every message of the pairs, and every one of QoS 1 of the flood, arrived once and in order");
        report_.judge_loss(live_sent_all_ - std::min(live_sent_all_, live_ledger_.tally().received), asked_.qos == protocol::qos::at_most_once);
    }

    const options& asked_;
    world& world_;
    report& report_;
    content content_;
    events live_events_{*this, &overload::take_live};
    events publisher_events_{*this, &overload::take_nothing};
    events flood_events_{*this, &overload::take_flood};
    events frozen_events_{*this, &overload::take_frozen, true};
    crew crew_;
    group live_readers_;
    group live_publishers_;
    group flood_reader_;
    group flooders_;
    group frozen_;
    std::vector<publish_template> live_messages_;
    std::vector<publish_template> flood_messages_;
    std::vector<std::uint32_t> live_sent_;
    std::array<std::uint32_t, flooders> flood_sent_{};
    std::uint64_t live_sent_all_ = 0;
    ledger live_ledger_;
    std::array<ledger, 2> flood_ledgers_;  // what came to the flood's reader, by QoS
    ledger frozen_ledger_;
    histogram latency_;
    double flood_per_s_ = 0;
    std::uint64_t start_rss_bytes_ = 0;
    std::uint64_t frozen_closed_ = 0;
    monotonic next_memory_check_;
    bool too_large_ = false;
    bool frozen_now_ = false;
};

}  // namespace

void run_overload(const options& asked, world& in, std::uint64_t run, report& into) {
    overload(asked, in, run, into).run();
}

}  // namespace tepore::bench
