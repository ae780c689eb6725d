// match: many subscriptions, spread over clients, and messages whose receivers are known. churn: the same with topics that never come twice, while
// other clients subscribe and unsubscribe, so that a broker can remember nothing between two messages.
#include <algorithm>

#include "base/hash.hpp"
#include "bench/as_sent.hpp"
#include "bench/awaited.hpp"
#include "bench/measured.hpp"
#include "bench/pace.hpp"
#include "bench/play.hpp"
#include "bench/scenario.hpp"

namespace tepore::bench {
namespace {

/// SUBSCRIBE packets of one client that wait for their answer while all subscriptions are made.
constexpr std::size_t subscribes_under_way_max = 8;
/// Turns while subscriptions are written, one for so many.
constexpr std::uint32_t subscriptions_a_turn = 512;

/// A broker that answers late gets no more of them.
constexpr std::size_t churn_under_way_max = 100;

/// Numbers without a pattern, the same in each run.
std::uint64_t random_of(std::uint32_t serial) noexcept {
    return mix(mix(serial + 0x9e37'79b9'7f4a'7c15, 0xbf58'476d'1ce4'e5b9), 0x94d0'49bb'1331'11eb);
}

class match final : public play {
public:
    match(const options& asked, bench::world& in, std::uint64_t run, bench::report& into)
        : play(asked, in, run, into),
          topics_(asked.shape == match_shape::deep ? deep_topics(asked, crew_.topic("d/")) : plain_topics(asked, crew_.topic("m/"), is_churn())),
          awaited_(asked.publishers, awaited(asked.window)),
          next_(std::size_t{asked.clients} * asked.publishers),
          payload_(content_.blank().begin(), content_.blank().end()) {}

    void run() {
        subscribers_ = crew_.hire(subscriber_role_, asked_.clients, "s");
        publishers_ = crew_.hire(publisher_role_, asked_.publishers, "p");
        if (is_churn()) churners_ = crew_.hire(churner_role_, churners, "c");
        if (crew_.connect(subscribers_) && crew_.connect(publishers_) && crew_.connect(churners_) && subscribe()) make_traffic();
        end({&publishers_, &churners_, &subscribers_});
    }

private:
    struct publishing final : role<match> {
        using role::role;
        void on_turn(lean_client& c) override { all.refill(c); }
    };

    [[nodiscard]] bool is_churn() const noexcept { return asked_.scenario == scenario::churn; }

    bool subscribe() {
        const auto before = world_.look();
        std::vector<std::vector<std::string>> waiting(asked_.clients);
        for (std::uint32_t i = 0; i < asked_.count; ++i) {
            const auto whose = topics_->owner(i);
            topics_->filter(i, waiting[whose].emplace_back());
            if (waiting[whose].size() >= asked_.filters_per_packet && !send(whose, waiting[whose])) return false;
            if (i % subscriptions_a_turn == 0) world_.turn(duration::zero());
        }
        for (std::uint32_t whose = 0; whose < asked_.clients; ++whose) {
            if (!waiting[whose].empty() && !send(whose, waiting[whose])) return false;
        }
        if (!crew_.settle(subscribers_, "subscriptions")) return false;
        const auto after = world_.look();
        const auto all = static_cast<double>(asked_.count);
        report_.count("subscriptions", asked_.count, "subscriptions");
        report_.count("clients", asked_.clients, "of clients");
        report_.number("subscriptions_per_s", all * 1e9 / std::max(1.0, static_cast<double>((after.at - before.at).count())), 0, "subscribed",
                       "subscriptions/s");
        report_.cost(before, after, all, "subscription");
        report_.memory(before, after, all, "subscription");
        return true;
    }

    bool send(std::uint32_t whose, std::vector<std::string>& filters) {
        auto& c = *subscribers_[whose];
        const bool free = crew_.until([&] { return crew_.troubles() != 0 || c.unsettled() < subscribes_under_way_max; }, asked_.patience_s);
        if (!free) crew_.note_trouble("subscriptions were not acknowledged in time");
        if (crew_.troubles() != 0) return false;
        c.subscribe(filters, protocol::qos::at_most_once);
        filters.clear();
        return true;
    }

    void make_traffic() {
        running_ = true;
        next_stall_check_ = world_.now() + stall_interval;
        open_loop churn(world_.now(), asked_.churn_per_s);
        for (auto* p : publishers_) p->wake();
        rate published;
        rate received;
        rate churned;
        const auto m = measure(
            crew_, asked_,
            [&](monotonic from) {
                published.begin(published_);
                received.begin(tally_.received);
                churned.begin(churn.next());
                latency_.begin(from);
            },
            [&] {
                if (is_churn()) come_and_go(churn);
                world_.turn(closed_turn_wait);
                look_for_stalls();
            });
        running_ = false;
        published.end(published_);
        received.end(tally_.received);
        churned.end(churn.next());
        latency_.end(m.to.at);
        drain(
            crew_, asked_, true, [&] { return tally_.received; }, [&] { return tally_.received >= expected_; });
        tell(m, published, received, churned);
    }

    void come_and_go(open_loop& churn) {
        const auto now = world_.now();
        for (; churn.due() <= now; churn.note_sent()) {
            auto& who = *churners_[churn.next() % churners];
            if (!who.is_up() || who.unsettled() > churn_under_way_max) return;
            const auto turn = churn.next() / churners;
            // What was subscribed in one turn is given up in the next.
            const std::vector<std::string> filter{crew_.topic("m/" + std::to_string(turn / 2 % 200) + "/+/c" + std::to_string(who.index()))};
            if (turn % 2 == 0) {
                who.subscribe(filter, protocol::qos::at_most_once);
            } else {
                who.unsubscribe(filter);
            }
        }
    }

    void look_for_stalls() {
        const auto now = world_.now();
        if (now < next_stall_check_) return;
        next_stall_check_ = now + stall_interval;
        for (auto* p : publishers_) {
            if (awaited_[p->index()].give_up_when_stalled() == 0) continue;
            ++stalls_;
            p->wake();
        }
    }

    void refill(lean_client& by) {
        if (!running_ || !by.is_up()) return;
        auto& mine = awaited_[by.index()];
        const auto now = world_.now();
        while (mine.has_room()) {
            const auto serial = static_cast<std::uint32_t>(published_++);
            topics_->message(random_of(serial), serial, topic_, to_);
            stamp s{.sent = now, .publisher = by.index(), .sequence = 0, .target = serial};
            if (!to_.empty()) {
                s.sequence = mine.add(to_.size());
                expected_ += to_.size();
            }
            content_.write(s, payload_);
            by.publish({.topic = topic_, .payload = payload_});
        }
    }

    /// What the message should be, and for whom, is made anew from its number: whatever became of the others, a stranger is noticed.
    void receive(lean_client& to, const protocol::publish& message, monotonic now) {
        const auto s = content_.read(message.payload);
        if (!s || s->publisher >= awaited_.size()) return note(tally_.altered);
        topics_->message(random_of(s->target), s->target, topic_, to_);
        if (!is_as_sent(message, topic_, protocol::qos::at_most_once)) return note(tally_.altered);
        const auto receivers = to_.all();
        const auto found = std::ranges::find(receivers, to.index());
        if (found == receivers.end()) return note(tally_.misrouted);
        const auto kind = awaited_[s->publisher].take(s->sequence, static_cast<std::size_t>(found - receivers.begin()));
        if (kind == awaited::what::duplicate) return note(tally_.duplicates);
        ++tally_.received;
        auto& next = next_[to.index() * awaited_.size() + s->publisher];
        if (s->sequence < next) ++tally_.late;
        next = std::max(next, s->sequence + 1);
        latency_.add(s->sent, now);
        publishers_[s->publisher]->wake();
    }

    /// A churner's filters look like those of the others, and match nothing that is published.
    void take_stray(lean_client&, const protocol::publish&, monotonic) { note(tally_.misrouted); }

    static void note(std::uint64_t& fault) noexcept { ++fault; }

    void tell(const measured& m, const rate& published, const rate& received, const rate& churned) {
        report_.count("publishers", asked_.publishers, "publishers");
        report_.count("window_messages", asked_.window, "under way for each publisher", "messages");
        report_.number("seconds", m.seconds(), 3, "measured for", "s");
        report_.number("sent_messages_per_s", published.per_second(m), 0, "sent", "messages/s");
        report_.number("received_messages_per_s", received.per_second(m), 0, "received", "messages/s");
        if (is_churn()) report_.number("churn_per_s", churned.per_second(m), 0, "subscribed or unsubscribed", "filters/s");
        report_.latency("latency", latency_.figures(), "from publish to receipt");
        report_.cost(m.from, m.to, published.grown(), "publish");
        report_.cpu(m.from, m.to);
        report_.count("sent_messages", published_);
        report_.arrivals(tally_, expected_);
        report_.count("stalls", stalls_);
        report_.judge_loss(expected_ - std::min(expected_, tally_.received), true);
    }

    role<match> subscriber_role_{*this, &match::receive};
    publishing publisher_role_{*this, &match::take_nothing};
    role<match> churner_role_{*this, &match::take_stray};
    std::unique_ptr<match_topics> topics_;
    group subscribers_;
    group publishers_;
    group churners_;
    std::vector<awaited> awaited_;     // by publisher
    std::vector<std::uint32_t> next_;  // by subscriber and publisher: no smaller number may come
    tally tally_;
    latencies latency_;
    std::vector<std::uint8_t> payload_;
    std::string topic_;
    recipients to_;
    std::uint64_t published_ = 0;
    std::uint64_t expected_ = 0;
    std::uint64_t stalls_ = 0;
    monotonic next_stall_check_;
    bool running_ = false;
};

}  // namespace

demand demand_of_match(const options& asked) noexcept {
    const std::uint64_t publishers = asked.publishers;
    return {.connections = publishers + asked.clients + (asked.scenario == scenario::churn ? churners : 0),
            .flows = publishers * asked.clients,
            .bytes_under_way = publishers * asked.window * asked.payload_bytes};
}

void run_match(const options& asked, world& in, std::uint64_t run, report& into) {
    match(asked, in, run, into).run();
}

}  // namespace tepore::bench
