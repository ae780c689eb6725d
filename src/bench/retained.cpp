// retained: messages are stored, then somebody subscribes to all of them. In the end they are removed.
#include <algorithm>
#include <vector>

#include "bench/as_sent.hpp"
#include "bench/play.hpp"
#include "bench/scenario.hpp"
#include "bench/stored.hpp"

namespace tepore::bench {
namespace {

constexpr std::uint32_t topics_of_a_level = 1'000;

class retained final : public play {
public:
    retained(const options& asked, bench::world& in, std::uint64_t run, bench::report& into)
        : play(asked, in, run, into), came_(asked.count, false), payload_(content_.blank().begin(), content_.blank().end()) {}

    void run() {
        publishers_ = crew_.hire(publisher_role_, asked_.publishers, "p");
        reader_ = crew_.hire(reader_role_, 1, "s");
        if (crew_.connect(publishers_) && store() && crew_.connect(reader_)) read();
        crew_.disconnect(reader_);
        const bool removed = remove();
        end({&publishers_});
        if (!removed) report_.left_behind(stored_, "retained messages", crew_.topic("r/#"));
    }

private:
    [[nodiscard]] std::string topic_of(std::uint32_t n) const {
        return crew_.topic("r/" + std::to_string(n % topics_of_a_level) + '/' + std::to_string(n / topics_of_a_level) + "/state");
    }

    /// Publisher i has the messages i, i + publishers, i + 2 * publishers..., one a turn. So many turns are all of them.
    [[nodiscard]] std::uint32_t all_turns() const noexcept { return (asked_.count + asked_.publishers - 1) / asked_.publishers; }
    bool publish_each(std::uint32_t turns, const std::function<void(lean_client& by, std::uint32_t n)>& publish) {
        return publish_all(crew_, asked_, publishers_, turns, [&](lean_client& by, std::uint32_t turn) {
            const auto n = turn * asked_.publishers + by.index();
            if (n < asked_.count) publish(by, n);
        });
    }

    bool store() {
        const auto before = world_.look();
        const bool stored = publish_each(all_turns(), [&](lean_client& by, std::uint32_t n) {
            content_.write({.sent = world_.now(), .publisher = by.index(), .sequence = n, .target = everyone}, payload_);
            by.publish({.topic = topic_of(n), .payload = payload_, .qos = protocol::qos::at_least_once, .retain = true});
            ++stored_;
            turns_ = std::max(turns_, n / asked_.publishers + 1);
        });
        const auto after = world_.look();
        const auto all = static_cast<double>(asked_.count);
        report_.count("retained_messages", asked_.count, "retained messages");
        report_.number("stored_messages_per_s", all * 1e9 / std::max(1.0, static_cast<double>((after.at - before.at).count())), 0, "stored",
                       "messages/s");
        report_.cost(before, after, all, "stored_message");
        report_.memory(before, after, all, "stored_message");
        return stored;
    }

    void read() {
        const auto before = world_.look();
        started_ = before.at;
        last_ = before.at;
        const std::vector<std::string> filter{crew_.topic("r/#")};
        reader_.front()->subscribe(filter, asked_.qos);
        crew_.until([&] { return crew_.troubles() != 0 || tally_.received >= asked_.count || world_.now() - last_ > from_seconds(asked_.drain_s); },
                    asked_.patience_s);
        const auto after = world_.look();
        crew_.listen_on();
        const auto in_ms = [&](monotonic when) { return static_cast<double>((when - started_).count()) / 1e6; };
        const bool any = tally_.received != 0;
        report_.number("receive_first_ms", any ? std::optional(in_ms(first_)) : std::nullopt, 1, "from SUBSCRIBE to the first", "ms");
        report_.number("receive_all_ms", any ? std::optional(in_ms(last_)) : std::nullopt, 1, "from SUBSCRIBE to the last", "ms");
        report_.cost(before, after, static_cast<double>(tally_.received), "delivery");
        report_.cpu(before, after);
        report_.arrivals(tally_, asked_.count);
        report_.judge_loss(asked_.count - std::min<std::uint64_t>(asked_.count, tally_.received), false);
    }

    /// An empty message removes the retained one. After trouble by new connections: under the same names, so the broker has ended the old ones
    /// before.
    bool remove() {
        if (stored_ == 0) return true;
        if (crew_.troubles() != 0 && !crew_.reconnect(publishers_)) return false;
        return publish_each(turns_, [&](lean_client& by, std::uint32_t n) {
            by.publish({.topic = topic_of(n), .qos = protocol::qos::at_least_once, .retain = true});
        });
    }

    void receive(lean_client&, const protocol::publish& message, monotonic now) {
        const auto s = content_.read(message.payload);
        const auto qos = std::min(asked_.qos, protocol::qos::at_least_once);
        if (!s || s->sequence >= asked_.count || !is_as_sent(message, topic_of(s->sequence), qos, true)) {
            ++tally_.altered;
            return;
        }
        if (came_[s->sequence]) {
            ++(is_redelivery(message) ? tally_.redelivered : tally_.duplicates);
            return;
        }
        came_[s->sequence] = true;
        if (tally_.received++ == 0) first_ = now;
        last_ = now;
    }

    role<retained> publisher_role_{*this, &retained::take_nothing};
    role<retained> reader_role_{*this, &retained::receive};
    group publishers_;
    group reader_;
    std::vector<bool> came_;
    tally tally_;
    std::vector<std::uint8_t> payload_;
    monotonic started_;
    monotonic first_;
    monotonic last_;
    std::uint64_t stored_ = 0;  // published, acknowledged or not
    std::uint32_t turns_ = 0;   // in which they were
};

}  // namespace

demand demand_of_retained(const options& asked) noexcept {
    return {.connections = std::uint64_t{asked.publishers} + 1,
            .flows = 1,
            .bytes_under_way = std::uint64_t{asked.publishers} * asked.window * asked.payload_bytes,
            .stored_messages = asked.count};
}

void run_retained(const options& asked, world& in, std::uint64_t run, report& into) {
    retained(asked, in, run, into).run();
}

}  // namespace tepore::bench
