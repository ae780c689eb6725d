// retained: messages are stored, then somebody subscribes to all of them. In the end they are removed.
#include <vector>

#include "bench/measured.hpp"
#include "bench/scenario.hpp"
#include "bench/stamp.hpp"
#include "bench/stored.hpp"

namespace tepore::bench {
namespace {

constexpr std::uint32_t topics_of_a_level = 1'000;

class retained {
public:
    retained(const options& asked, world& in, std::uint64_t run, report& into)
        : asked_(asked),
          world_(in),
          report_(into),
          content_(run, asked.payload_bytes),
          crew_(asked, in, run),
          came_(asked.count, false),
          payload_(content_.blank().begin(), content_.blank().end()) {}

    void run() {
        publishers_ = crew_.hire(events_, asked_.publishers, "p");
        reader_ = crew_.hire(events_, 1, "s");
        if (crew_.connect(publishers_) && store() && crew_.connect(reader_)) {
            read();
            remove();
        }
        if (crew_.troubles() != 0) report_.judge(verdict::trouble, crew_.trouble());
        crew_.disconnect(publishers_);
        crew_.disconnect(reader_);
    }

private:
    struct events final : client_events {
        explicit events(retained& r) : all(r) {}
        void on_message(lean_client&, const protocol::publish& message, monotonic now) override { all.receive(message, now); }
        void on_trouble(lean_client& c, std::string_view what) override { all.crew_.note_trouble(c, what); }
        retained& all;
    };

    [[nodiscard]] std::string topic_of(std::uint32_t n) const {
        return crew_.topic("r/" + std::to_string(n % topics_of_a_level) + '/' + std::to_string(n / topics_of_a_level) + "/state");
    }

    /// Publisher i has the messages i, i + publishers, i + 2 * publishers...
    bool publish_each(const std::function<void(lean_client& by, std::uint32_t n)>& publish) {
        const auto all = static_cast<std::uint32_t>(publishers_.size());
        return publish_all(crew_, asked_, publishers_, (asked_.count + all - 1) / all, [&](lean_client& by, std::uint32_t turn) {
            const auto n = turn * all + by.index();
            if (n < asked_.count) publish(by, n);
        });
    }

    bool store() {
        const auto before = world_.look();
        const bool stored = publish_each([&](lean_client& by, std::uint32_t n) {
            content_.write({.sent = world_.now(), .publisher = by.index(), .sequence = n, .target = everyone}, payload_);
            by.publish({.topic = topic_of(n), .payload = payload_, .qos = protocol::qos::at_least_once, .retain = true});
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
        const auto in_ms = [&](monotonic when) { return static_cast<double>((when - started_).count()) / 1e6; };
        report_.number("receive_first_ms", tally_.received != 0 ? in_ms(first_) : 0, 1, "from SUBSCRIBE to the first", "ms");
        report_.number("receive_all_ms", in_ms(last_), 1, "from SUBSCRIBE to the last", "ms");
        report_.cost(before, after, static_cast<double>(tally_.received), "delivery");
        report_.cpu(before, after);
        report_.arrivals(tally_, asked_.count);
        report_.judge_loss(asked_.count - std::min<std::uint64_t>(asked_.count, tally_.received), false);
    }

    /// An empty message removes the retained one.
    void remove() {
        removing_ = true;
        const std::vector<std::string> filter{crew_.topic("r/#")};
        reader_.front()->unsubscribe(filter);
        if (!crew_.settle(reader_, "UNSUBSCRIBE")) return;
        (void)publish_each(
            [&](lean_client& by, std::uint32_t n) { by.publish({.topic = topic_of(n), .qos = protocol::qos::at_least_once, .retain = true}); });
    }

    void receive(const protocol::publish& message, monotonic now) {
        if (removing_) return;
        const auto s = content_.read(message.payload);
        const auto qos = std::min(asked_.qos, protocol::qos::at_least_once);
        if (!s || s->sequence >= asked_.count || message.topic != topic_of(s->sequence) || !message.retain || message.qos != qos) {
            ++tally_.altered;
            return;
        }
        if (came_[s->sequence]) {
            ++(message.dup ? tally_.redelivered : tally_.duplicates);
            return;
        }
        came_[s->sequence] = true;
        if (tally_.received++ == 0) first_ = now;
        last_ = now;
    }

    const options& asked_;
    world& world_;
    report& report_;
    content content_;
    events events_{*this};
    crew crew_;
    group publishers_;
    group reader_;
    std::vector<bool> came_;
    tally tally_;
    std::vector<std::uint8_t> payload_;
    monotonic started_;
    monotonic first_;
    monotonic last_;
    bool removing_ = false;
};

}  // namespace

void run_retained(const options& asked, world& in, std::uint64_t run, report& into) {
    retained(asked, in, run, into).run();
}

}  // namespace tepore::bench
