#include "load/many.hpp"

#include <charconv>
#include <cstdio>

namespace tepore::load {

namespace {

constexpr unsigned connecting_max = 500;  // handshakes under way at once
constexpr unsigned publishes_per_turn = 200;
constexpr auto quiet_time = std::chrono::seconds(1);  // long enough for a second copy to show itself

struct counts {
    unsigned connecting = 0;
    unsigned subscribed = 0;
    unsigned received = 0;
    unsigned acknowledged = 0;
    unsigned twice = 0;
    unsigned strange = 0;
    unsigned ended = 0;
};

class own_client : public link_events {
public:
    own_client(unsigned number, counts& all) : number_(number), name_("many/" + std::to_string(number)), all_(all) {}

    void connect(swarm& s) {
        link_ = s.open(*this, number_);
        if (link_ == nullptr) {
            ++all_.ended;
        } else {
            ++all_.connecting;
        }
    }

    void publish() {
        if (link_ != nullptr) link_->send(protocol::publish{.topic = name_, .payload = as_bytes(name_), .qos = level(), .id = packet_id{1}});
        if (level() == qos::at_most_once) ++all_.acknowledged;
    }

private:
    [[nodiscard]] qos level() const { return static_cast<qos>(number_ % 3); }

    void opened(link& l) override { send_connect(l, name_, true); }

    void arrived(link& l, const protocol::frame& f) override {
        switch (f.type) {
            case packet_type::connack: {
                const auto p = protocol::decode_connack(f, version);
                if (!p || p->code != 0) ++all_.strange;
                send_subscribe(l, 1, name_, level());
                break;
            }
            case packet_type::suback: {
                const auto p = protocol::decode_suback(f, version);
                if (!p || p->codes.size() != 1 || p->codes[0] != static_cast<std::uint8_t>(level())) ++all_.strange;
                --all_.connecting;
                ++all_.subscribed;
                break;
            }
            case packet_type::publish: receive(l, f); break;
            case packet_type::puback: ++all_.acknowledged; break;
            case packet_type::pubrec: send_ack(l, packet_type::pubrel, 1); break;
            case packet_type::pubcomp: ++all_.acknowledged; break;
            case packet_type::pubrel:
                if (const auto p = protocol::decode_ack(f, version)) receiver_.release(l, p->id);
                break;
            default: ++all_.strange;
        }
    }

    void receive(link& l, const protocol::frame& f) {
        const auto p = protocol::decode_publish(f, version);
        if (!p || p->topic != name_ || as_text(p->payload) != name_ || p->qos != level()) {
            ++all_.strange;
            return;
        }
        if (!receiver_.take(l, *p)) return;
        ++(received_ ? all_.twice : all_.received);
        received_ = true;
    }

    void ended(link&, std::string_view why) override {
        if (all_.ended++ < 5) std::fprintf(stderr, "%s: %.*s\n", name_.c_str(), static_cast<int>(why.size()), why.data());
        link_ = nullptr;
    }

    unsigned number_;
    std::string name_;
    counts& all_;
    link* link_ = nullptr;
    receiver receiver_;
    bool received_ = false;
};

double seconds_since(clock::time_point begin) {
    return std::chrono::duration<double>(clock::now() - begin).count();
}

}  // namespace

outcome many(const many_options& options) {
    counts all;
    swarm s(options.port);
    std::vector<std::unique_ptr<own_client>> clients;
    for (unsigned n = 0; n < options.clients; ++n) clients.push_back(std::make_unique<own_client>(n, all));

    const auto begin = clock::now();
    const auto limit = begin + std::chrono::seconds(options.seconds);
    for (unsigned next = 0; (next < options.clients || all.connecting > 0) && all.ended == 0 && clock::now() < limit;) {
        while (next < options.clients && all.connecting < connecting_max && all.ended == 0) clients[next++]->connect(s);
        s.turn(10);
    }
    const double connected_s = seconds_since(begin);

    const auto sending = clock::now();
    for (unsigned next = 0; all.ended == 0 && clock::now() < limit && (all.received < options.clients || all.acknowledged < options.clients);) {
        for (unsigned i = 0; i < publishes_per_turn && next < options.clients; ++i) clients[next++]->publish();
        s.turn(next < options.clients ? 0 : 10);
    }
    const double delivered_s = seconds_since(sending);

    for (const auto until = clock::now() + quiet_time; clock::now() < until;) s.turn(50);

    const bool good = all.subscribed == options.clients && all.received == options.clients && all.acknowledged == options.clients && all.twice == 0 &&
                      all.strange == 0 && all.ended == 0;
    char line[512];
    std::snprintf(line, sizeof line,
                  R"({"test":"many","ok":%s,"clients":%u,"subscribed":%u,"received":%u,"acknowledged":%u,"twice":%u,"strange":%u,"ended":%u,)"
                  R"("connect_s":%.2f,"deliver_s":%.2f})",
                  good ? "true" : "false", options.clients, all.subscribed, all.received, all.acknowledged, all.twice, all.strange, all.ended,
                  connected_s, delivered_s);
    return {good, line};
}

}  // namespace tepore::load
