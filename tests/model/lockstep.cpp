#include "model/lockstep.hpp"

#include <algorithm>

#include "broker/limits.hpp"
#include "model/broker_model.hpp"
#include "model/client.hpp"
#include "protocol/codec.hpp"
#include "protocol/describe.hpp"
#include "support/conversation.hpp"

namespace tepore::model {

namespace {

using testing::broker_room;
using testing::peer;

/// So much before and after a deadline of the model the broker is looked at.
constexpr std::chrono::microseconds close_by(1);

/// One network connection on both sides.
struct link {
    testing::peer peer;
    connection model;
    unsigned client;
};

testing::room_options options_of(const setup& s) {
    testing::room_options o;
    o.shards = s.shards;
    o.receive_maximum = s.receive_maximum;
    o.queue_messages_max = s.queue_messages_max;
    o.adjust = [&s](broker::limits& l) {
        l.inflight_max = s.inflight_max;
        l.sys_interval = std::chrono::seconds(0);  // $SYS says how long the broker runs; no filter of the clients matches it
    };
    return o;
}

class world {
public:
    world(const setup& s, std::unique_ptr<saboteur> spoiler, std::vector<std::string>* conversation)
        : room_(options_of(s)),
          model_({.receive_maximum = s.receive_maximum, .inflight_max = s.inflight_max, .queue_messages_max = s.queue_messages_max}, monotonic{}),
          spoiler_(std::move(spoiler)),
          conversation_(conversation) {
        for (unsigned n = 0; n < clients_max; ++n) clients_.emplace_back(std::string(1, static_cast<char>('a' + n)));
    }

    void run(const step& s) {
        pass(s.before);
        if (const auto* wait = std::get_if<wait_step>(&s.what)) return pass(wait->time);
        auto& c = clients_[s.client];
        if (std::holds_alternative<connect_step>(s.what)) open(s.client);
        std::visit([&](const auto& what) { c.act(what, [&](const protocol::packet& p) { return send(s.client, p); }); }, s.what);
        observe(s.unread ? s.client : clients_max);
        if (s.unread || std::holds_alternative<drop_step>(s.what)) drop(s.client);
    }

    [[nodiscard]] const std::optional<std::string>& difference() const { return model_.difference(); }

private:
    /// Time passes, with a look just before and just after each moment when something has to happen.
    void pass(std::chrono::nanoseconds time) {
        const auto until = model_.now() + time;
        while (!difference()) {
            const auto next = model_.next_deadline();
            if (next > until) break;
            if (next - close_by > model_.now()) advance(next - close_by);
            advance(next + close_by);
        }
        if (until > model_.now()) advance(until);
    }

    void advance(monotonic to) {
        const auto by = to - model_.now();
        room_.advance(by);
        model_.advance(to);
        if (conversation_ != nullptr && by >= std::chrono::milliseconds(2)) {
            conversation_->push_back("   ... " + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(by).count()) + " ms pass");
        }
        observe(clients_max);
    }

    void open(unsigned who) {
        links_.push_back(std::make_unique<link>(room_.open(), connection{.name = clients_[who].name()}, who));
        current_[who] = links_.back().get();
    }

    bool send(unsigned who, const protocol::packet& p) {
        auto* l = current_[who];
        if (l == nullptr) return false;
        if (const auto* connect = std::get_if<protocol::connect>(&p)) l->model.version = connect->version;
        note(*l, " -> ", p);
        auto spoilt = p;
        if (spoiler_) spoiler_->to_broker(spoilt);
        std::visit([&](const auto& one) { send(*l, one); }, p);
        std::visit(
            [&](const auto& one) {
                if constexpr (requires { l->peer.send(one); }) {
                    l->peer.send(one);
                } else if constexpr (std::is_same_v<std::decay_t<decltype(one)>, protocol::pingreq>) {
                    l->peer.send_pingreq();
                }
            },
            spoilt);
        return true;
    }

    void send(link& l, const protocol::connect& p) { model_.connect(l.model, p); }
    void send(link& l, const protocol::publish& p) { model_.publish(l.model, p); }
    void send(link& l, const protocol::ack& p) { model_.acknowledge(l.model, p); }
    void send(link& l, const protocol::subscribe& p) { model_.subscribe(l.model, p); }
    void send(link& l, const protocol::unsubscribe& p) { model_.unsubscribe(l.model, p); }
    void send(link& l, const protocol::pingreq&) { model_.ping(l.model); }
    void send(link& l, const protocol::disconnect& p) { model_.disconnect(l.model, p); }
    template <class Other>
    void send(link&, const Other&) {}

    void drop(unsigned who) {
        auto* l = current_[who];
        if (l == nullptr) return;
        if (conversation_ != nullptr) conversation_->push_back(clients_[who].name() + " -- the connection fails");
        l->peer.drop();
        model_.drop(l->model);
        forget(*l);
        observe(clients_max);
    }

    void forget(link& l) {
        if (current_[l.client] == &l) {
            current_[l.client] = nullptr;
            clients_[l.client].lost_connection();
        }
        std::erase_if(links_, [&](const auto& one) { return one.get() == &l; });
    }

    /// What the broker sent to all clients; `deaf` does not read it.
    void observe(unsigned deaf) {
        for (std::size_t n = 0; n < links_.size() && !difference();) {
            auto& l = *links_[n];
            listen(l, deaf != l.client);
            const bool closed = l.peer.closed();
            if (closed) {
                if (conversation_ != nullptr) conversation_->push_back(l.model.name + " -- the broker closes the connection");
                model_.saw_close(l.model);
            }
            model_.settled(l.model, closed);
            if (closed) {
                forget(l);
            } else {
                ++n;
            }
        }
        model_.settled();
    }

    void listen(link& l, bool reads) {
        const auto bytes = l.peer.raw();
        if (bytes.empty()) return;
        if (spoiler_) return listen_spoilt(l, bytes, reads);
        for (byte_view rest = bytes; !rest.empty() && !difference();) rest = rest.subspan(hear(l, rest, reads));
    }

    void listen_spoilt(link& l, byte_view bytes, bool reads) {
        std::vector<packet_bytes> packets;
        while (!bytes.empty()) {
            const auto found = protocol::next_frame(bytes, protocol::remaining_length_max);
            const auto size = found.state == protocol::frame_state::complete ? found.frame.whole.size() : bytes.size();
            packets.emplace_back(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            bytes = bytes.subspan(size);
        }
        spoiler_->to_client(packets);
        for (const auto& p : packets) {
            if (!difference()) (void)hear(l, p, reads);
        }
    }

    /// One packet; returns its size.
    std::size_t hear(link& l, byte_view bytes, bool reads) {
        const auto found = protocol::next_frame(bytes, protocol::remaining_length_max);
        if (found.state != protocol::frame_state::complete) {
            model_.saw_nonsense(l.model, "an incomplete packet");
            return bytes.size();
        }
        const auto size = found.frame.whole.size();
        const auto packet = protocol::decode(found.frame, l.model.version, protocol::direction::server_to_client);
        if (!packet) {
            model_.saw_nonsense(l.model, packet.error().what);
            return size;
        }
        note(l, " <- ", *packet);
        model_.saw(l.model, *packet, size);
        if (reads && current_[l.client] == &l) clients_[l.client].sees(*packet);
        return size;
    }

    void note(const link& l, std::string_view direction, const protocol::packet& p) {
        if (conversation_ != nullptr)
            conversation_->push_back(l.model.name + std::string(direction) + protocol::testing::describe(p, l.model.version));
    }

    broker_room room_;
    broker_model model_;
    std::unique_ptr<saboteur> spoiler_;
    std::vector<std::string>* conversation_;
    std::vector<client> clients_;
    link* current_[clients_max] = {};
    std::vector<std::unique_ptr<link>> links_;  // with those that the broker still has to close
};

}  // namespace

features offered_features() {
    broker_room room;
    auto p = room.open();
    p.send(protocol::connect{.version = protocol::version::v5, .client_id = "probe"});
    const auto properties = p.expect_connack();
    using protocol::property_id;
    return {.subscription_identifiers = properties.properties.number(property_id::subscription_identifier_available).value_or(1) != 0,
            .shared_subscriptions = properties.properties.number(property_id::shared_subscription_available).value_or(1) != 0,
            .alias_maximum = properties.properties.number(property_id::topic_alias_maximum).value_or(0)};
}

std::optional<failure> play(const script& s, const saboteur_maker& make_saboteur, std::vector<std::string>* conversation) {
    world w(s.setup, make_saboteur ? make_saboteur() : nullptr, conversation);
    for (std::size_t n = 0; n < s.steps.size(); ++n) {
        w.run(s.steps[n]);
        if (w.difference()) return failure{n, *w.difference()};
    }
    return std::nullopt;
}

}  // namespace tepore::model
