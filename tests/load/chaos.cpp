#include "load/chaos.hpp"

#include <cstdio>
#include <memory>
#include <random>

#include "load/chaos_client.hpp"

namespace tepore::load {

namespace {

constexpr std::size_t in_flight_max = 10;
constexpr unsigned groups = 10;
constexpr auto away_max = std::chrono::milliseconds(500);
constexpr auto deaf_max = std::chrono::milliseconds(30);
constexpr auto everything_check_every = std::chrono::milliseconds(250);
constexpr auto quiet_time = std::chrono::seconds(1);  // long enough for a second copy to show itself

class disorder {
public:
    explicit disorder(const chaos_options& options) : options_(options), random_(options.seed), swarm_(options.port), book_(make_ledger()) {
        for (unsigned n = 0; n < options.clients; ++n) {
            clients_.push_back(std::make_unique<chaos_client>(n, swarm_, book_, all_, std::move(filters_[n])));
        }
    }

    outcome run() {
        if (gather()) {
            break_things();
            come_back();
        }
        return tell();
    }

private:
    unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

    /// Each client has an inbox that it and one other subscribe to; a few groups have many members. No client's filters overlap.
    ledger make_ledger() {
        const auto n = options_.clients;
        std::vector<std::string> topics;
        std::vector<std::vector<ledger::subscriber>> subscribers;
        filters_.resize(n);
        const auto subscribe = [&](unsigned client, const std::string& filter) {
            const auto level = static_cast<qos>(below(3));
            subscribers.back().push_back({client, level});
            filters_[client].push_back({filter, level});
        };
        for (unsigned client = 0; client < n; ++client) {
            topics.push_back("inbox/" + std::to_string(client));
            subscribers.emplace_back();
            subscribe(client, topics.back());
            if (n > 1) subscribe((client + 1 + below(n - 1)) % n, topics.back());
        }
        for (unsigned group = 0; group < groups; ++group) {
            const auto filter = "group/" + std::to_string(group) + "/#";
            topics.push_back("group/" + std::to_string(group) + "/news");
            subscribers.emplace_back();
            for (unsigned client = group % 5; client < n; client += 17) subscribe(client, filter);
        }
        return {n, std::move(topics), std::move(subscribers)};
    }

    /// Everybody connects and subscribes before the disorder begins.
    bool gather() {
        const auto limit = clock::now() + std::chrono::seconds(30);
        for (const auto& one : clients_) one->connect();
        while (all_.ready < clients_.size() && clock::now() < limit && all_.strange == 0) swarm_.turn(10);
        return all_.ready == clients_.size();
    }

    void break_things() {
        const auto begin = clock::now();
        const auto end = begin + std::chrono::seconds(options_.seconds);
        double published = 0;
        double broken = 0;
        for (auto now = begin; now < end; now = clock::now()) {
            const double passed_s = std::chrono::duration<double>(now - begin).count();
            for (; published < passed_s * options_.publishes_per_s; ++published) publish_something();
            for (; broken < passed_s * options_.breaks_per_s; ++broken) break_something(now);
            end_the_deaf(now);
            return_who_is_due(now);
            swarm_.turn(1);
        }
    }

    void publish_something() {
        auto& one = *clients_[below(options_.clients)];
        if (one.online() && one.in_flight() < in_flight_max) publish_from(one);
    }

    void publish_from(chaos_client& one) {
        const auto topic = below(5) == 0 ? options_.clients + below(groups) : below(options_.clients);
        one.publish(topic, static_cast<qos>(below(3)), below(200) == 0 ? below(20'000) : below(200));
    }

    /// Half of the connections break in the middle of something: a few messages are sent whose acknowledgements never come.
    void break_something(clock::time_point now) {
        auto& one = *clients_[below(options_.clients)];
        if (!one.online()) return;
        if (below(2) == 0) {
            for (auto n = below(5); n > 0 && one.in_flight() < in_flight_max; --n) publish_from(one);
        }
        switch (below(4)) {
            case 0: return one.take_over();
            case 1: return one.break_connection(below(2) == 0, now + away_max * below(100) / 100);
            default: one.go_deaf(); doomed_.emplace_back(now + deaf_max * below(100) / 100, &one);
        }
    }

    void end_the_deaf(clock::time_point now) {
        std::erase_if(doomed_, [&](const auto& doom) {
            auto& [when, one] = doom;
            if (when > now) return false;
            if (one->deaf()) one->break_connection(below(2) == 0, now + away_max * below(100) / 100);
            return true;
        });
    }

    void return_who_is_due(clock::time_point now) {
        for (const auto& one : clients_) {
            if (one->away() && one->returns_at() <= now) one->connect();
        }
    }

    /// No more disorder; everything that is on its way arrives.
    void come_back() {
        const auto limit = clock::now() + std::chrono::seconds(options_.drain_seconds);
        auto look = clock::now();
        for (auto now = look; now < limit; now = clock::now()) {
            end_the_deaf(now);
            return_who_is_due(now);
            swarm_.turn(5);
            if (now < look) continue;
            look = now + everything_check_every;
            if (all_.overtaken_alive == 0 && book_.everything_arrived()) break;
        }
        for (const auto until = clock::now() + quiet_time; clock::now() < until;) swarm_.turn(20);
    }

    outcome tell() {
        const auto found = book_.judge();
        const bool good = found.good() && found.expected > 0 && all_.ready == clients_.size() && all_.sessions_missing == 0 &&
                          all_.dropped_by_broker == 0 && all_.strange == 0 && all_.overtaken_alive == 0;
        const auto [qos_0, qos_1, qos_2] = book_.published();
        std::string text(1024, '\0');
        const auto size = std::snprintf(
            text.data(), text.size(),
            R"({"test":"chaos","ok":%s,"seed":%llu,"clients":%u,"seconds":%u,"published":[%llu,%llu,%llu],"expected":%llu,"delivered":%llu,)"
            R"("repeated_qos_1":%llu,"lost":%llu,"twice":%llu,"out_of_order":%llu,"damaged":%llu,"unacknowledged":%llu,"breaks":%llu,"takeovers":%llu,)"
            R"("sessions_missing":%llu,"dropped_by_broker":%llu,"overtaken_alive":%llu,"strange":%llu,"problem":"%s"})",
            good ? "true" : "false", number(options_.seed), options_.clients, options_.seconds, number(qos_0), number(qos_1), number(qos_2),
            number(found.expected), number(found.delivered), number(found.repeated), number(found.lost), number(found.twice),
            number(found.out_of_order), number(found.damaged), number(found.unacknowledged), number(all_.breaks), number(all_.takeovers),
            number(all_.sessions_missing), number(all_.dropped_by_broker), number(all_.overtaken_alive), number(all_.strange),
            (all_.first_problem.empty() ? found.first_problem : all_.first_problem).c_str());
        text.resize(static_cast<std::size_t>(size) < text.size() ? static_cast<std::size_t>(size) : text.size() - 1);
        return {good, text};
    }

    static unsigned long long number(std::uint64_t value) { return value; }

    chaos_options options_;
    std::mt19937_64 random_;
    swarm swarm_;
    std::vector<std::vector<chaos_client::subscription>> filters_;  // by client; moved into the clients
    ledger book_;
    chaos_counts all_;
    std::vector<std::unique_ptr<chaos_client>> clients_;
    std::vector<std::pair<clock::time_point, chaos_client*>> doomed_;  // deaf ones, and when their connection ends
};

}  // namespace

outcome chaos(const chaos_options& options) {
    return disorder(options).run();
}

}  // namespace tepore::load
