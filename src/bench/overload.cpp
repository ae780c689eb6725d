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

#include "bench/as_sent.hpp"
#include "bench/due_sender.hpp"
#include "bench/measured.hpp"
#include "bench/play.hpp"
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
constexpr due_sender::bounds live_bounds{.backlog_bytes_max = 256 * 1024, .unacknowledged_max = 10'000};

/// A frozen client's end of the network takes little, so that what it does not read stays with the broker (and a thousand of them do not fill the
/// kernel).
constexpr std::uint32_t frozen_receive_buffer_bytes = 8 * 1024;

// The flood ends when the broker has grown by broker_bytes_max, or, where its process is not known, has been sent so much.
constexpr duration memory_check_interval = std::chrono::milliseconds(100);

constexpr double thaw_quiet_s = 0.5;

enum part : std::uint8_t { before, flooded, held };
constexpr std::array<std::string_view, 3> part_names{"before", "flooded", "held"};

struct phase {
    measured during;
    latencies latency;
    double delivered = 0;
};

std::optional<double> percent_grown(double from, double to) noexcept {
    return from > 0 ? std::optional((to - from) / from * 100) : std::nullopt;
}

class overload final : public play {
public:
    overload(const options& asked, bench::world& in, std::uint64_t run, bench::report& into)
        : play(asked, in, run, into),
          live_ledger_(asked.publishers),
          flood_ledgers_{ledger(flooders), ledger(flooders)},
          frozen_ledger_(std::size_t{asked.frozen} * flooders) {}

    void run() {
        if (set_up()) {
            for (const auto which : {before, flooded, held}) run_phase(which);
            thaw();
            tell();
        }
        end({&live_publishers_, &flooders_, &live_readers_, &flood_reader_, &frozen_});
    }

private:
    /// While they do not read the broker may end their connections; nothing else that it does against the rules is allowed.
    struct frozen_role final : role<overload> {
        using role::role;
        void on_closed(lean_client& c, std::string_view why) override { all.frozen_now_ ? void(++all.frozen_closed_) : on_trouble(c, why); }
    };

    bool set_up() {
        live_readers_ = crew_.hire(live_role_, asked_.receivers, "s");
        live_publishers_ = crew_.hire(publisher_role_, asked_.publishers, "p");
        flood_reader_ = crew_.hire(flood_role_, 1, "r");
        flooders_ = crew_.hire(publisher_role_, flooders, "f");
        frozen_ = crew_.hire(frozen_role_, asked_.frozen, "z");
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

    void run_phase(part which) {
        due_sender live(live_publishers_, asked_.rate, live_bounds, world_.now(), [this](lean_client& by, monotonic due) { say_live(by, due); });
        open_loop flood_due(world_.now(), asked_.flood_per_s > 0 ? asked_.flood_per_s : rate_max);
        rate delivered;
        rate flooded_by;
        next_memory_check_ = world_.now();
        start_rss_bytes_ = world_.look().broker_rss_bytes;
        auto& out = phases_[which];
        out.during = measure(
            crew_, asked_,
            [&](monotonic from) {
                out.latency.begin(from);
                delivered.begin(live_ledger_.tally().received);
                flooded_by.begin(flood_sent());
            },
            [&] {
                live.send(world_.now());
                if (which == flooded && !too_large_) flood(flood_due);
                world_.turn(duration::zero());
            });
        delivered.end(live_ledger_.tally().received);
        flooded_by.end(flood_sent());
        out.delivered = delivered.grown();
        out.latency.end(out.during.to.at);
        if (which == flooded) flood_per_s_ = flooded_by.per_second(out.during);
        const auto finish = [&] {
            live.send(world_.now(), out.during.to.at);
            return live.unsent(out.during.to.at) == 0;
        };
        if (which != flooded || digested(finish)) wait_for_the_rest(finish);
        if (const auto unsent = live.unsent(out.during.to.at); unsent != 0) {
            unsent_ += unsent;
            why_not_sent_ = live.why_not();
        }
    }

    void say_live(lean_client& by, monotonic due) {
        const auto pair = by.index();
        live_messages_[pair].say(by, {.sent = due, .publisher = pair, .sequence = live_sent_[pair]++, .target = pair});
        ++live_sent_all_;
    }

    void flood(open_loop& due) {
        const auto now = world_.now();
        if (now >= next_memory_check_) {
            next_memory_check_ = now + memory_check_interval;
            check_memory();
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

    void check_memory() {
        const auto now = world_.look();
        too_large_ =
            now.broker_known ? now.broker_rss_bytes > start_rss_bytes_ + broker_bytes_max : flood_sent() * asked_.payload_bytes > broker_bytes_max;
        if (!too_large_) return;
        report_.judge(verdict::trouble, now.broker_known
                                            ? "the broker's memory grew by more than 2 GiB: the flood was ended"
                                            : "2 GiB were sent, and without --pid nobody knows how much of it the broker holds: the flood was ended");
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

    /// The last word of each flooder is a message of QoS 1 to nobody: when it is acknowledged, the broker has seen all that came before it. Sockets
    /// hold megabytes of the flood, and a broker that still works on them is not in the next part yet; but one that slows publishers whose receivers
    /// do not read will take them when those read again, and is not waited for longer than asked.
    [[nodiscard]] bool digested(const std::function<bool()>& finish) {
        const auto troubles_before = crew_.troubles();
        std::array<bool, flooders> said{};
        const bool done = crew_.until(
            [&] {
                (void)finish();
                for (auto* f : flooders_) {
                    if (said[f->index()] || !f->is_up() || !f->may_publish(flooder_unacknowledged_max)) continue;
                    f->publish({.topic = crew_.topic("end"), .payload = content_.blank(), .qos = protocol::qos::at_least_once});
                    said[f->index()] = true;
                }
                const bool all = std::ranges::all_of(flooders_, [&](const lean_client* f) { return said[f->index()] && f->unsettled() == 0; });
                return all || crew_.troubles() != troubles_before;
            },
            asked_.drain_s);
        if (!done)
            flood_unfinished_ =
                static_cast<std::uint64_t>(std::ranges::count_if(flooders_, [](const lean_client* f) { return f->unsettled() != 0; }));
        return done && crew_.troubles() == troubles_before;
    }

    /// `finish` sends what was due in the measured time, and tells whether it is all sent.
    void wait_for_the_rest(const std::function<bool()>& finish) {
        drain(
            crew_, asked_, true, [&] { return live_ledger_.tally().received + flood_tally(0).received + flood_tally(1).received; },
            [&] {
                const bool all_live = finish() && live_ledger_.tally().received >= live_sent_all_;
                const bool all_flood = flood_tally(0).received >= flood_sent(0) && flood_tally(1).received >= flood_sent(1);
                return crew_.troubles() != 0 || (all_live && all_flood);
            });
    }

    /// Who was slowed for the frozen is served again now.
    void thaw() {
        const auto acknowledged_before = flood_acknowledged();
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
        if (acknowledged_before < flood_sent(1) && flood_acknowledged() == acknowledged_before)
            crew_.note_trouble("messages of the flood are not acknowledged, though everybody reads again");
    }

    [[nodiscard]] std::uint64_t flood_acknowledged() const noexcept {
        std::uint64_t out = 0;
        for (std::uint32_t i = 1; i < flooders; i += 2) out += flood_sent_[i] - std::min<std::uint64_t>(flood_sent_[i], flooders_[i]->unsettled());
        return out;
    }

    void take_live(lean_client& to, const protocol::publish& message, monotonic now) {
        const auto s = content_.read(message.payload);
        if (!s || s->publisher >= live_messages_.size() || !is_as_sent(message, live_messages_[s->publisher].topic(), asked_.qos)) {
            return live_ledger_.note_altered();
        }
        if (s->target != to.index()) return live_ledger_.note_misrouted();
        live_ledger_.take(s->publisher, s->sequence, is_redelivery(message));
        for (auto& one : phases_) one.latency.add(s->sent, now);  // it belongs to the part in which it was due
    }

    /// The stamp, or nothing when the message is not as it was sent.
    [[nodiscard]] std::optional<stamp> read_flood(const protocol::publish& message) const {
        const auto s = content_.read(message.payload);
        const bool sound = s && s->publisher < flooders && s->target == everyone &&
                           is_as_sent(message, flood_messages_[s->publisher].topic(), qos_of_flooder(s->publisher));
        return sound ? s : std::nullopt;
    }

    void take_flood(lean_client&, const protocol::publish& message, monotonic) {
        const auto s = read_flood(message);
        if (!s) return flood_ledgers_[0].note_altered();
        flood_ledgers_[s->publisher % 2].take(s->publisher, s->sequence, is_redelivery(message));
    }

    void take_frozen(lean_client& to, const protocol::publish& message, monotonic) {
        const auto s = read_flood(message);
        if (!s) return frozen_ledger_.note_altered();
        frozen_ledger_.take(to.index() * std::size_t{flooders} + s->publisher, s->sequence, is_redelivery(message));
    }

    [[nodiscard]] const tally& flood_tally(std::uint32_t qos) const noexcept { return flood_ledgers_[qos].tally(); }
    [[nodiscard]] std::uint64_t flood_sent(std::uint32_t qos) const noexcept {
        std::uint64_t out = 0;
        for (std::uint32_t i = qos; i < flooders; i += 2) out += flood_sent_[i];
        return out;
    }
    [[nodiscard]] std::uint64_t flood_sent() const noexcept { return flood_sent(0) + flood_sent(1); }

    /// What is not acknowledged has yet to come.
    [[nodiscard]] std::uint64_t flood_lost_qos_1() const noexcept {
        const auto promised = flood_acknowledged();
        return promised - std::min(promised, flood_tally(1).received);
    }

    void tell() {
        report_.count("publishers", asked_.publishers, "pairs that talk");
        report_.count("frozen_clients", asked_.frozen, "clients that do not read");
        report_.count("flooders", flooders, "publishers that flood");
        report_.number("asked_messages_per_s", asked_.rate, 0, "asked of the pairs", "messages/s");
        for (const auto which : {before, flooded, held}) tell_phase(which);
        tell_growth();
        report_.number("flood_messages_per_s", flood_per_s_, 0, "the flood", "messages/s");
        report_.count("flood_sent_messages", flood_sent());
        report_.count("flood_unfinished_clients", flood_unfinished_, "publishers that the broker slows so that the flood outlasts its part");
        report_.count("flood_received_messages", flood_tally(0).received + flood_tally(1).received, "of it came to the client that reads",
                      "messages");
        report_.count("flood_lost_qos0_messages", flood_sent(0) - std::min(flood_sent(0), flood_tally(0).received), "lost, QoS 0", "messages");
        report_.count("flood_lost_qos1_messages", flood_lost_qos_1(), "lost, QoS 1", "messages");
        report_.count("frozen_received_messages", frozen_ledger_.tally().received, "came to the frozen when they read again", "messages");
        report_.count("frozen_closed_clients", frozen_closed_, "of the frozen were disconnected");
        report_.cpu(phases_[flooded].during.from, phases_[flooded].during.to);
        report_.arrivals(live_ledger_.tally(), live_sent_all_);
        report_.unsent(unsent_, why_not_sent_);
        judge();
    }

    void tell_phase(part which) {
        const std::string name(part_names[which]);
        const auto& p = phases_[which];
        report_.number("received_messages_per_s_" + name, p.during.seconds() > 0 ? p.delivered / p.during.seconds() : 0, 0, "pairs, " + name,
                       "messages/s");
        report_.latency("latency_" + name, p.latency.figures(), "from due to receipt, " + name);
        if (which != flooded) report_.cost(p.during.from, p.during.to, p.delivered, "delivery_" + name);
        if (p.during.to.broker_known) report_.count("rss_bytes_" + name, p.during.to.broker_rss_bytes, "broker's memory, " + name, "bytes");
    }

    void tell_growth() {
        const auto growth = [&](part to) {
            const auto p99 = [&](part of) { return static_cast<double>(phases_[of].latency.figures().quantile(0.99).count()); };
            return phases_[to].latency.figures().count() != 0 ? percent_grown(p99(before), p99(to)) : std::nullopt;
        };
        report_.number("latency_p99_growth_flooded_percent", growth(flooded), 1, "99 % within, growth while flooded", "%");
        report_.number("latency_p99_growth_held_percent", growth(held), 1, "99 % within, growth afterwards", "%");
        if (!phases_[before].during.to.broker_known || phases_[before].delivered <= 0 || phases_[held].delivered <= 0) return;
        const auto cost = [&](part of) {
            const auto& p = phases_[of];
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
        const auto lost = flood_lost_qos_1();
        if (lost != 0) report_.judge(verdict::loss, std::to_string(lost) + " messages of QoS 1 did not reach a client that reads");
        report_.judge(verdict::good, "every message of the pairs, and every one of QoS 1 of the flood, arrived once and in order");
        report_.judge_loss(live_sent_all_ - std::min(live_sent_all_, live_ledger_.tally().received), asked_.qos == protocol::qos::at_most_once);
    }

    role<overload> live_role_{*this, &overload::take_live};
    role<overload> publisher_role_{*this, &overload::take_nothing};
    role<overload> flood_role_{*this, &overload::take_flood};
    frozen_role frozen_role_{*this, &overload::take_frozen};
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
    std::array<phase, part_names.size()> phases_;
    std::uint64_t unsent_ = 0;
    std::string why_not_sent_;
    double flood_per_s_ = 0;
    std::uint64_t flood_unfinished_ = 0;
    std::uint64_t start_rss_bytes_ = 0;
    std::uint64_t frozen_closed_ = 0;
    monotonic next_memory_check_;
    bool too_large_ = false;
    bool frozen_now_ = false;
};

}  // namespace

demand demand_of_overload(const options& asked) noexcept {
    const std::uint64_t pairs = asked.publishers;
    const auto templates = (pairs + flooders) * asked.payload_bytes;
    const auto flood = flooders * (flooder_bytes_ready + asked.payload_bytes);
    return {.connections = 2 * pairs + asked.frozen + flooders + 1,
            .flows = pairs + std::uint64_t{flooders} * (asked.frozen + 2),
            .bytes_under_way =
                templates + flood + due_sender::bytes_max(pairs, asked.payload_bytes, asked.rate, asked.warmup_s + asked.seconds, live_bounds)};
}

void run_overload(const options& asked, world& in, std::uint64_t run, report& into) {
    overload(asked, in, run, into).run();
}

}  // namespace tepore::bench
