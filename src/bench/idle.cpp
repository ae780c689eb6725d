// idle: connections with one subscription each, then quiet. In the end every one of them gets a message, so that none was forgotten.
#include <algorithm>

#include "bench/as_sent.hpp"
#include "bench/flow.hpp"
#include "bench/play.hpp"
#include "bench/scenario.hpp"

namespace tepore::bench {
namespace {

/// Between the last SUBACK and the look at the broker's memory.
constexpr double calm_s = 1;

class idle final : public play {
public:
    idle(const options& asked, bench::world& in, std::uint64_t run, bench::report& into) : play(asked, in, run, into), ledger_(asked.connections) {}

    void run() {
        everyone_ = crew_.hire(role_, asked_.connections, "i");
        teller_ = crew_.hire(teller_role_, 1, "p");
        const auto before = world_.look();
        const bool connected = crew_.connect(everyone_);
        const auto up = world_.look();
        if (connected && subscribe()) be_quiet(before, up);
        end({&teller_, &everyone_});
    }

private:
    [[nodiscard]] std::string topic_of(std::uint32_t index) const { return crew_.topic("idle/" + std::to_string(index) + "/set"); }

    bool subscribe() {
        for (auto* c : everyone_) {
            const std::vector<std::string> filter{topic_of(c->index())};
            c->subscribe(filter, asked_.qos);
        }
        return crew_.settle(everyone_, "subscriptions");
    }

    void be_quiet(const usage& before, const usage& up) {
        const auto subscribed = world_.look();
        crew_.rest(asked_.seconds < calm_s ? asked_.seconds : calm_s);
        const auto calm = world_.look();
        crew_.rest(asked_.seconds);
        const auto after = world_.look();
        if (crew_.troubles() == 0 && crew_.connect(teller_)) tell_everyone();

        const double all = asked_.connections;
        const auto connect_s = static_cast<double>((up.at - before.at).count()) / 1e9;
        const auto subscribe_s = static_cast<double>((subscribed.at - up.at).count()) / 1e9;
        report_.count("connections", asked_.connections, "connections");
        report_.number("connects_per_s", all / connect_s, 0, "connected", "connections/s");
        report_.number("connect_and_subscribe_s", connect_s + subscribe_s, 3, "to connect and subscribe", "s");
        report_.cost(before, subscribed, all, "connect_and_subscribe");
        report_.cpu(before, subscribed);
        report_.memory(before, calm, all, "connection");
        if (before.broker_known) {
            const auto wall = static_cast<double>((after.at - calm.at).count());
            report_.number("broker_idle_cpu_cores", static_cast<double>((after.broker_cpu - calm.broker_cpu).count()) / wall, 5,
                           "broker's CPU while all are quiet", "cores");
        }
        report_.arrivals(ledger_.tally(), asked_.connections);
        report_.judge_loss(asked_.connections - std::min<std::uint64_t>(asked_.connections, ledger_.tally().received), false);
    }

    /// One message for each, at QoS 1, so that only a loss for good is one.
    void tell_everyone() {
        auto& by = *teller_.front();
        std::vector<std::uint8_t> payload(content_.blank().begin(), content_.blank().end());
        std::uint32_t told = 0;
        const auto all = asked_.connections;
        crew_.until(
            [&] {
                for (; told < all && by.may_publish(asked_.window); ++told) {
                    content_.write({.sent = world_.now(), .publisher = 0, .sequence = 0, .target = told}, payload);
                    by.publish({.topic = topic_of(told), .payload = payload, .qos = protocol::qos::at_least_once});
                }
                return crew_.troubles() != 0 || (told == all && by.unsettled() == 0 && ledger_.tally().received >= all);
            },
            asked_.drain_s);
        crew_.listen_on();
    }

    void receive(lean_client& to, const protocol::publish& message, monotonic) {
        const auto s = content_.read(message.payload);
        const auto qos = std::min(asked_.qos, protocol::qos::at_least_once);
        if (!s || !is_as_sent(message, topic_of(s->target), qos)) return ledger_.note_altered();
        if (s->target != to.index()) return ledger_.note_misrouted();
        ledger_.take(to.index(), s->sequence, is_redelivery(message));
    }

    role<idle> role_{*this, &idle::receive};
    role<idle> teller_role_{*this, &idle::take_nothing};
    group everyone_;
    group teller_;
    ledger ledger_;
};

}  // namespace

demand demand_of_idle(const options& asked) noexcept {
    return {.connections = std::uint64_t{asked.connections} + 1,
            .flows = asked.connections,
            .bytes_under_way = std::uint64_t{asked.window} * asked.payload_bytes};
}

void run_idle(const options& asked, world& in, std::uint64_t run, report& into) {
    idle(asked, in, run, into).run();
}

}  // namespace tepore::bench
