// The checker can fail: brokers that are wrong in one small way each are found, and the run that shows it becomes short.
#include <doctest/doctest.h>

#include <string_view>

#include "base/bytes.hpp"
#include "model/generator.hpp"
#include "model/lockstep.hpp"
#include "model/shrink.hpp"
#include "protocol/codec.hpp"

namespace tepore::model {

namespace {

using protocol::packet_type;
using protocol::qos;

packet_type type_of(const packet_bytes& p) {
    return static_cast<packet_type>(p[0] >> 4);
}

bool is_publish(const packet_bytes& p, qos q) {
    return type_of(p) == packet_type::publish && (p[0] >> 1 & 3) == static_cast<int>(q);
}

/// Of every fifty messages one, told by its own number, so that it stays the one while the run gets shorter.
bool is_victim(const packet_bytes& p) {
    if (type_of(p) != packet_type::publish) return false;
    const auto text = as_text(p);
    const auto at = text.find_last_of("mw");
    if (at == std::string_view::npos) return false;
    unsigned number = 0;
    for (auto c : text.substr(at + 1)) {
        if (c < '0' || c > '9') break;
        number = number * 10 + static_cast<unsigned>(c - '0');
    }
    return number % 50 == 7;
}

/// Wrong in what one packet to a client looks like, or whether it comes.
template <class Spoil>
class spoils_packets final : public saboteur {
public:
    explicit spoils_packets(Spoil spoil) : spoil_(spoil) {}
    void to_client(std::vector<packet_bytes>& all) override { spoil_(all); }

private:
    Spoil spoil_;
};

template <class Spoil>
class spoils_requests final : public saboteur {
public:
    explicit spoils_requests(Spoil spoil) : spoil_(spoil) {}
    void to_broker(protocol::packet& p) override { spoil_(p); }

private:
    Spoil spoil_;
};

template <template <class> class Kind, class Spoil>
saboteur_maker making(Spoil spoil) {
    return [spoil] { return std::make_unique<Kind<Spoil>>(spoil); };
}

struct broken_broker {
    const char* what;
    saboteur_maker make;
};

const broken_broker broken_brokers[] = {
    {"loses one message of fifty", making<spoils_packets>([](auto& all) { std::erase_if(all, is_victim); })},
    {"sends a QoS 2 message twice", making<spoils_packets>([](auto& all) {
         for (std::size_t n = 0; n < all.size(); ++n) {
             if (is_publish(all[n], qos::exactly_once) && is_victim(all[n])) {
                 const auto again = all[n];
                 all.insert(all.begin() + static_cast<std::ptrdiff_t>(n++), again);
             }
         }
     })},
    {"forgets to delete retained messages", making<spoils_requests>([](auto& p) {
         if (auto* publish = std::get_if<protocol::publish>(&p); publish != nullptr && publish->payload.empty()) publish->retain = false;
     })},
    {"swaps two messages that waited", making<spoils_packets>([](auto& all) {
         for (std::size_t n = 1; n < all.size(); ++n) {
             if (is_publish(all[n - 1], qos::at_least_once) && is_publish(all[n], qos::at_least_once)) return std::swap(all[n - 1], all[n]);
         }
     })},
    {"tells the wrong Session Present", making<spoils_packets>([](auto& all) {
         for (auto& p : all) {
             if (type_of(p) == packet_type::connack) p[2] = 0;
         }
     })},
    {"sets RETAIN on a live message", making<spoils_packets>([](auto& all) {
         for (auto& p : all) {
             if (is_victim(p)) p[0] |= 1;
         }
     })},
    {"loses the properties of a message", making<spoils_requests>([](auto& p) {
         if (auto* publish = std::get_if<protocol::publish>(&p)) publish->properties = {};
     })},
    {"does not say DUP when it repeats", making<spoils_packets>([](auto& all) {
         for (auto& p : all) {
             if (type_of(p) == packet_type::publish) p[0] &= 0xF7;
         }
     })},
    {"forgets PUBREL when the client comes back", making<spoils_packets>([](auto& all) {
         if (!all.empty() && type_of(all[0]) == packet_type::connack) std::erase_if(all, [](auto& p) { return type_of(p) == packet_type::pubrel; });
     })},
    {"publishes the will of a client that said goodbye", making<spoils_requests>([](auto& p) {
         if (auto* d = std::get_if<protocol::disconnect>(&p)) d->code = protocol::reason::disconnect_with_will;
     })},
    {"ends sessions too early", making<spoils_requests>([](auto& p) {
         static constexpr std::uint8_t one_second[] = {0x11, 0, 0, 0, 1};
         if (auto* c = std::get_if<protocol::connect>(&p); c != nullptr && c->properties.bytes().size() == 5 && c->properties.bytes()[0] == 0x11) {
             c->properties = protocol::property_view(one_second);
         }
     })},
    {"ignores the Keep Alive", making<spoils_requests>([](auto& p) {
         if (auto* c = std::get_if<protocol::connect>(&p)) c->keep_alive_s = 0;
     })},
    {"closes without DISCONNECT",
     making<spoils_packets>([](auto& all) { std::erase_if(all, [](auto& p) { return type_of(p) == packet_type::disconnect; }); })},
    {"ignores that a client takes one message at a time", making<spoils_requests>([](auto& p) {
         static constexpr std::uint8_t many[] = {0x21, 0, 100};
         if (auto* c = std::get_if<protocol::connect>(&p); c != nullptr && c->properties.bytes().size() == 3 && c->properties.bytes()[0] == 0x21) {
             c->properties = protocol::property_view(many);
         }
     })},
    {"answers out of order", making<spoils_packets>([](auto& all) {
         for (std::size_t n = 1; n < all.size(); ++n) {
             if (type_of(all[n - 1]) == packet_type::pubcomp && type_of(all[n]) == packet_type::pubcomp) return std::swap(all[n - 1], all[n]);
         }
     })},
};

/// Runs that may pass before a broken broker has to be found.
constexpr std::uint64_t runs_max = 300;
constexpr std::size_t steps_of_a_run = 400;
/// A conversation that a person reads at a glance.
constexpr std::size_t short_steps = 14;

}  // namespace

TEST_CASE("a broker that is wrong in one small way is found, and the run that shows it is made short") {
    const auto offered = offered_features();
    for (const auto& broken : broken_brokers) {
        const std::string what = broken.what;
        CAPTURE(what);
        bool found = false;
        for (std::uint64_t seed = 1; seed <= runs_max && !found; ++seed) {
            auto s = make_script(seed, 1, steps_of_a_run, offered);
            if (!play(s, broken.make)) continue;
            found = true;
            const auto small = shrink(std::move(s), broken.make);
            const auto again = play(small, broken.make);
            REQUIRE(again);
            CHECK_MESSAGE(small.steps.size() <= short_steps, retell(small, broken.make));
            CHECK_MESSAGE(!play(small), "it is the saboteur that should be found, not the broker");
            MESSAGE("a broker that ", what, ": seed ", seed, ", ", small.steps.size(), " steps: ", again->difference);
        }
        CHECK(found);
    }
}

TEST_CASE("the same seed is the same run") {
    std::vector<std::string> first;
    std::vector<std::string> second;
    CHECK_FALSE(play(make_script(7, 1, steps_of_a_run, offered_features()), {}, &first));
    CHECK_FALSE(play(make_script(7, 1, steps_of_a_run, offered_features()), {}, &second));
    CHECK(first.size() > steps_of_a_run / 2);
    // The identifiers that the broker gives to nameless clients are secret and new each time.
    const auto assigned = [](const std::string& line) { return line.find("p12=") != std::string::npos; };
    std::erase_if(first, assigned);
    std::erase_if(second, assigned);
    CHECK(first == second);
}

}  // namespace tepore::model
