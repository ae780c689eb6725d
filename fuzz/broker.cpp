// broker: the broker's core with one or three shards: several connections, any packets and bytes at any moment; a witness is never disturbed
//
// Input: a byte for the broker's form, then steps: a byte that chooses what happens to which of four connections, and what that step needs.
#include <array>
#include <string>

#include "fuzz/stage.hpp"

using namespace tepore;
using namespace tepore::fuzz;
using protocol::packet_type;
using protocol::version;

namespace {

// Nobody hits upon these by chance.
constexpr std::string_view witness_id = "w1tness-of-all-that-happens";
constexpr std::string_view witness_topic = "w1tness/beat-of-the-heart";

template <class Packet>
octets encoded(const Packet& p, version v) {
    octets out(protocol::encoded_size(p, v));
    protocol::encode(p, v, out);
    return out;
}

/// A well-behaved client beside the others: what it publishes comes back to it, once, in order, at once.
class witness {
public:
    witness(stage& s, version v) : stage_(s), version_(v) {
        stage_.open(peer);
        protocol::connect hello{.version = v, .client_id = witness_id, .will = {}, .user_name = "w", .password = as_bytes("w"), .properties = {}};
        octets bytes(protocol::encoded_size(hello));
        protocol::encode(hello, bytes);
        stage_.say(peer, bytes);
        stage_.answer_password(true);
        must(heard({packet_type::connack}), "the witness comes in");
        octets list;
        protocol::subscription_list::append(list, witness_topic, {.qos = protocol::qos::at_least_once});
        stage_.say(peer, encoded(protocol::subscribe{1, {}, protocol::subscription_list(list)}, v));
        must(heard({packet_type::suback}), "the witness may subscribe");
    }

    void beat() {
        stage_.advance(std::chrono::milliseconds(5));  // it publishes less than a share, which is a matter of time
        const auto payload = std::to_string(++beats_);
        stage_.say(peer,
                   encoded(
                       protocol::publish{
                           .topic = witness_topic, .payload = as_bytes(payload), .qos = protocol::qos::at_least_once, .id = 7, .properties = {}},
                       version_));
        must(peer.core != nullptr, "the witness stays connected");
        must(heard({packet_type::publish, packet_type::puback}) || heard({packet_type::puback, packet_type::publish}),
             "the witness hears its message and its answer");
        must(peer.payloads.back() == payload, "the witness hears its own message", peer.payloads.back());
        const auto id = *peer.in_flight.begin();
        stage_.say(peer, encoded(protocol::ack{packet_type::puback, id, protocol::reason::success, {}}, version_));
        peer.heard.clear();
        peer.payloads.clear();
    }

    stage::peer peer;

private:
    /// Exactly these since the last beat; forgotten when it was so, but for a pair's payload.
    bool heard(std::initializer_list<packet_type> expected) {
        const bool so = std::ranges::equal(peer.heard, expected);
        if (so) peer.heard.clear();
        return so;
    }

    stage& stage_;
    version version_;
    int beats_ = 0;
};

constexpr std::array versions{version::v5, version::v3_1_1, version::v5, version::v3_1};

/// The clients of an input, each with what it has to say later.
class troupe {
public:
    troupe(stage& s) : stage_(s) {}

    void step(input& in) {
        const unsigned what = in.byte();
        auto& who = clients_[what / 64];
        auto& p = who.peer;
        const auto v = who.version;
        switch (what % 32) {
            case 0:
                stage_.open(p);
                who.cut = 0;
                return;
            case 1:
            case 2:
            case 3: {
                constexpr std::array<std::string_view, 6> ids{"a", "b", "c", "d", "", "e"};
                const unsigned choice = in.byte();
                who.version = versions[choice / 8 % versions.size()];
                return say(who, a_connect(in, who.version, ids[choice % 8 % ids.size()]));
            }
            case 4:
            case 5:
            case 6:
            case 7:
            case 8: return say(who, a_publish(in, v));
            case 9:
            case 10:
            case 11: return say(who, an_ack(in, v));
            case 12:
            case 13:
            case 14: return say(who, a_subscribe(in, v));
            case 15: return say(who, an_unsubscribe(in, v));
            case 16:
            case 17: return say(who, a_short_packet(in, v));
            case 18:
            case 19: return say(who, a_framed_piece(in));
            case 20: {
                const auto bytes = in.piece();
                return say(who, {bytes.begin(), bytes.end()});
            }
            case 21: who.cut = in.byte(); return;
            case 22: stage_.drop(p); return;
            case 23: stage_.set_room(p, 0); return;
            case 24: stage_.set_room(p, in.byte()); return;
            case 25: stage_.set_room(p, stage::any_room); return;
            case 26: stage_.answer_password((what & 64) == 0); return;
            case 27:
            case 28: {
                constexpr std::array<int, 8> seconds{0, 1, 2, 5, 11, 61, 3'600, 100'001};
                stage_.advance(std::chrono::seconds(seconds[in.below(seconds.size())]));
                return;
            }
            case 29: {  // the right answer to everything that is under way
                for (const auto id : std::set<protocol::packet_id>(p.in_flight)) {
                    for (const auto type : {packet_type::pubrec, packet_type::pubcomp})
                        say(who, encoded(protocol::ack{type, id, protocol::reason::success, {}}, v));
                }
                return;
            }
            case 30: return say(who, a_connack(in, v));
            default: return say(who, a_suback(in, v));
        }
    }

    /// All is as it was before they came.
    void leave() {
        for (auto& c : clients_) stage_.drop(c.peer);
    }

    [[nodiscard]] std::array<stage::peer*, 5> with(stage::peer& one) {
        return {&clients_[0].peer, &clients_[1].peer, &clients_[2].peer, &clients_[3].peer, &one};
    }

private:
    struct client {
        stage::peer peer;
        protocol::version version = version::v5;
        std::size_t cut = 0;  // of the next words, so many bytes go first and the rest alone
    };

    void say(client& who, const octets& bytes) {
        if (who.peer.core == nullptr) stage_.open(who.peer);
        const byte_view all(bytes);
        const auto first = std::min(std::exchange(who.cut, 0), all.size());
        stage_.say(who.peer, all.first(first));
        stage_.say(who.peer, all.subspan(first));
    }

    stage& stage_;
    std::array<client, 4> clients_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in({data, size});
    const unsigned form = in.byte();
    auto limits = small_limits();
    limits.validate_payload_format = (form & 16) != 0;
    if ((form & 32) != 0) {
        limits.maximum_qos = protocol::qos::at_least_once;
        limits.retain_available = limits.wildcard_subscriptions_available = false;
    }
    if ((form & 64) != 0) limits.response_information = "answers";
    stage s((form & 1) != 0 ? 3 : 1, (form & 2) != 0, limits);
    witness w(s, (form & 4) != 0 ? version::v5 : version::v3_1_1);
    troupe clients(s);
    for (int step = 0; !in.empty() && step < 500; ++step) {
        clients.step(in);
        s.check_bounds(clients.with(w.peer));
        if (step % 8 == 0) w.beat();
    }
    w.beat();
    if ((form & 8) != 0) {
        clients.leave();
        w.beat();
        must(s.connections() == 1, "only the witness is left");
    }
    s.shut_down();
    s.advance(std::chrono::minutes(1));
    must(s.connections() == 0, "a broker that was shut down has no connections");
    return 0;
}
