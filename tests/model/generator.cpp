#include "model/generator.hpp"

#include <iterator>
#include <string_view>

#include "model/lockstep.hpp"
#include "model/random.hpp"

namespace tepore::model {

namespace {

using protocol::qos;
using protocol::version;

// Few topics, so that they meet; filters that overlap on them. Empty levels and '$' are what brokers get wrong.
constexpr std::string_view topics[] = {"a", "b", "a/b", "a/c", "b/a", "a/b/c", "a/b/b", "/a", "a/", "$a/b", "a/$b", "//"};
constexpr std::string_view filters[] = {"#",   "+",   "a/#", "a/+",  "+/b", "a/b",   "a",     "+/+",   "/+",
                                        "+/#", "b/#", "b",   "$a/#", "/#",  "a/b/#", "+/b/#", "a/+/c", "$a/+"};
// OPEN: overlaps of a group with another one or with non-shared filters. Copies that look alike cannot be told apart by who watches from outside, so
// each topic that a group gets is one group's only.
constexpr std::string_view shared_filters[] = {"$share/g/$s/#", "$share/h/$t/+"};
constexpr std::string_view shared_topics[] = {"$s/a", "$s/b", "$t/a"};
constexpr unsigned waits_s[] = {1, 2, 5, 12, 40};

class generator {
public:
    generator(std::uint64_t seed, const features& offered) : random_(seed), offered_(offered) {}

    setup make_setup(unsigned shards) {
        setup s{.shards = shards};
        if (random_.one_in(3)) s.receive_maximum = static_cast<std::uint16_t>(2 + random_.below(5));
        if (random_.one_in(3)) s.inflight_max = static_cast<std::uint16_t>(1 + random_.below(6));
        if (random_.one_in(3)) s.queue_messages_max = 1 + random_.below(8);
        return s;
    }

    step make_step() {
        step s{.client = static_cast<unsigned>(random_.below(clients_max)),
               .before = std::chrono::nanoseconds(1 + random_.below(1'000'000)),
               .unread = random_.one_in(60)};
        const auto what = random_.below(100);
        if (what < 10) {
            s.what = connect();
        } else if (what < 12) {
            s.what = disconnect();
        } else if (what < 15) {
            s.what = drop_step{};
        } else if (what < 52) {
            s.what = publish();
        } else if (what < 79) {
            s.what = answer_step{.which = static_cast<unsigned>(random_.below(8)),
                                 .how_many = random_.one_in(4) ? 100u : 1u + static_cast<unsigned>(random_.below(3)),
                                 .refuse = random_.one_in(12)};
        } else if (what < 91) {
            s.what = subscribe();
        } else if (what < 93) {
            s.what = unsubscribe();
        } else if (what < 95) {
            s.what = repeat_step{};
        } else if (what < 97) {
            s.what = ping_step{};
        } else {
            s.what = wait_step{std::chrono::milliseconds(random_.below(1'000 * random_.among(waits_s)))};
        }
        return s;
    }

private:
    std::string payload() {
        auto text = "m" + std::to_string(++messages_);
        if (random_.one_in(16)) text.resize(text.size() + 20 + random_.below(60), '.');
        return text;
    }
    std::string topic() {
        return std::string(offered_.shared_subscriptions && random_.one_in(4) ? random_.among(shared_topics) : random_.among(topics));
    }
    std::string subscription() {
        return std::string(offered_.shared_subscriptions && random_.one_in(4) ? random_.among(shared_filters) : random_.among(filters));
    }
    qos quality() { return static_cast<qos>(random_.below(3)); }

    /// Of every three messages two have none.
    content_properties content() {
        content_properties c;
        if (!forwards_properties || !random_.one_in(3)) return c;
        if (random_.one_in(3)) c.payload_format = static_cast<std::uint32_t>(random_.below(2));
        if (random_.one_in(3)) c.content_type = "text/plain";
        if (random_.one_in(3)) c.response_topic = "answers/here";
        if (random_.one_in(3)) c.correlation_data = std::string("\0\xFF id", 5);
        for (auto n = random_.below(4); n > 0; --n) c.user.emplace_back(random_.one_in(2) ? "k" : "j", std::to_string(random_.below(10)));
        return c;
    }
    std::optional<std::uint32_t> expiry() {
        if (!forwards_properties || !random_.one_in(4)) return std::nullopt;
        return static_cast<std::uint32_t>(1 + random_.below(random_.among(waits_s)));
    }

    connect_step connect() {
        connect_step s{.version = random_.one_in(2) ? version::v5 : version::v3_1_1, .clean = random_.one_in(3), .nameless = random_.one_in(25)};
        if (random_.one_in(3)) s.keep_alive_s = static_cast<std::uint16_t>(1 + random_.below(20));
        if (random_.one_in(3)) {
            s.will = will_plan{.topic = topic(), .payload = "w" + std::to_string(++messages_), .qos = quality(), .retain = random_.one_in(4)};
            if (random_.one_in(2)) s.will->delay_s = static_cast<std::uint32_t>(random_.below(random_.among(waits_s)));
            s.will->content = content();
            s.will->expiry_s = expiry();
        }
        if (!random_.one_in(3)) s.expiry_s = random_.one_in(4) ? 0xffff'ffff : static_cast<std::uint32_t>(1 + random_.below(random_.among(waits_s)));
        if (random_.one_in(3)) s.receive_maximum = static_cast<std::uint32_t>(1 + random_.below(4));
        // Not so small that CONNACK does not fit: nothing says what is right then.
        if (packet_limits && random_.one_in(6) && !s.nameless) s.packet_bytes_max = static_cast<std::uint32_t>(40 + random_.below(30));
        if (random_.one_in(2)) s.alias_maximum = static_cast<std::uint32_t>(1 + random_.below(3));
        s.problem_information = !random_.one_in(4);
        return s;
    }

    disconnect_step disconnect() {
        disconnect_step s;
        if (random_.one_in(3)) s.code = protocol::reason::disconnect_with_will;
        if (random_.one_in(3)) s.expiry_s = static_cast<std::uint32_t>(random_.below(random_.among(waits_s)));
        return s;
    }

    publish_step publish() {
        publish_step s{.topic = topic(), .payload = payload(), .qos = quality(), .retain = random_.one_in(6)};
        if (s.retain && random_.one_in(3)) s.payload.clear();
        if (aliases && random_.one_in(3)) s.alias = static_cast<std::uint32_t>(1 + random_.below(3));
        s.only_alias = random_.one_in(2);
        s.expiry_s = expiry();
        s.content = content();
        return s;
    }

    subscribe_step subscribe() {
        subscribe_step s;
        const auto count = random_.one_in(4) ? 1 + random_.below(3) : 1;
        for (std::size_t n = 0; n < count; ++n) {
            const auto filter = subscription();
            s.filters.emplace_back(filter, protocol::subscription_options{.qos = quality(),
                                                                          .no_local = no_local && !filter.starts_with("$share") && random_.one_in(4),
                                                                          .retain_as_published = random_.one_in(3),
                                                                          .retain = static_cast<protocol::retain_handling>(random_.below(3))});
        }
        if (offered_.subscription_identifiers && random_.one_in(2)) s.identifier = static_cast<std::uint32_t>(1 + random_.below(300));
        return s;
    }

    unsubscribe_step unsubscribe() {
        unsubscribe_step s;
        for (auto n = 1 + random_.below(2); n > 0; --n) s.filters.emplace_back(subscription());
        return s;
    }

    // OPEN where false.
    static constexpr bool forwards_properties = true;
    static constexpr bool aliases = true;
    static constexpr bool packet_limits = false;  // what is too large for a resumed client is dropped only when its turn to be sent again comes
    static constexpr bool no_local = true;

    random_source random_;
    const features offered_;
    std::uint64_t messages_ = 0;
};

}  // namespace

script make_script(std::uint64_t seed, unsigned shards, std::size_t steps, const features& offered) {
    generator g(seed, offered);
    script s{.setup = g.make_setup(shards), .steps = {}};
    s.steps.reserve(steps);
    while (s.steps.size() < steps) s.steps.push_back(g.make_step());
    return s;
}

}  // namespace tepore::model
