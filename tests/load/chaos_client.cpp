#include "load/chaos_client.hpp"

#include <algorithm>

namespace tepore::load {

chaos_client::chaos_client(unsigned number, swarm& s, ledger& book, chaos_counts& all, std::vector<subscription> subscriptions)
    : number_(number), name_("chaos-" + std::to_string(number)), swarm_(s), book_(book), all_(all), subscriptions_(std::move(subscriptions)) {}

void chaos_client::note(std::uint64_t& count, std::string_view what) {
    ++count;
    if (all_.first_problem.empty()) all_.first_problem = name_ + ": " + std::string(what);
}

void chaos_client::connect() {
    link_ = swarm_.open(*this, number_);
    if (link_ == nullptr) note(all_.strange, "no connection could be opened");
}

void chaos_client::opened(link& l) {
    if (&l == link_) send_connect(l, name_, false);
}

void chaos_client::ended(link& l, std::string_view why) {
    if (&l != link_) {
        --all_.overtaken_alive;
        return;
    }
    note(all_.dropped_by_broker, why);
    deaf_ = false;
    link_ = nullptr;
    online_ = false;
    returns_at_ = clock::now();
}

void chaos_client::go_deaf() {
    link_->ignore();
    deaf_ = true;
    online_ = false;
}

void chaos_client::break_connection(bool reset, clock::time_point returns_at) {
    ++all_.breaks;
    deaf_ = false;
    link_->close(reset);
    link_ = nullptr;
    online_ = false;
    returns_at_ = returns_at;
}

void chaos_client::take_over() {
    ++all_.takeovers;
    ++all_.overtaken_alive;
    link_->ignore();  // its client has moved on; the broker has to end it
    online_ = false;
    connect();
}

void chaos_client::arrived(link& l, const protocol::frame& f) {
    switch (f.type) {
        case packet_type::connack: return welcomed(l, f);
        case packet_type::suback:
            if (++subscribed_ == subscriptions_.size()) {
                online_ = true;
                has_session_ = true;
                ++all_.ready;
            }
            return;
        case packet_type::publish: {
            const auto p = protocol::decode_publish(f, version);
            if (!p) return note(all_.strange, p.error().what);
            if (receiver_.take(l, *p)) book_.deliver(number_, p->topic, p->payload, p->qos);
            return;
        }
        case packet_type::pubrel:
        case packet_type::puback:
        case packet_type::pubrec:
        case packet_type::pubcomp: {
            const auto p = protocol::decode_ack(f, version);
            if (!p) return note(all_.strange, p.error().what);
            return answered(l, *p);
        }
        default: return note(all_.strange, "a packet of type " + std::to_string(static_cast<int>(f.type)));
    }
}

void chaos_client::welcomed(link& l, const protocol::frame& f) {
    const auto p = protocol::decode_connack(f, version);
    if (!p || p->code != 0) return note(all_.strange, "not accepted");
    if (!has_session_) {
        packet_id id = 0;
        for (const auto& one : subscriptions_) send_subscribe(l, ++id, one.filter, one.qos);
        return;
    }
    if (!p->session_present) note(all_.sessions_missing, "the session is gone");
    online_ = true;
    for (const auto& one : outgoing_) send(l, one, true);
}

void chaos_client::send(link& l, const flow& f, bool again) {
    if (f.released) return send_ack(l, packet_type::pubrel, f.id);
    const auto& m = book_.at(f.number);
    const auto payload = book_.payload(f.number);
    l.send(protocol::publish{.topic = book_.topic(m.topic), .payload = as_bytes(payload), .qos = m.qos, .dup = again, .id = f.id});
}

packet_id chaos_client::free_id() {
    const auto used = [this](packet_id id) { return std::any_of(outgoing_.begin(), outgoing_.end(), [id](const flow& f) { return f.id == id; }); };
    do {
        ++last_id_;
    } while (last_id_ == 0 || used(last_id_));
    return last_id_;
}

void chaos_client::publish(std::uint32_t topic, qos level, std::uint32_t padding_bytes) {
    const auto number = book_.publish({.publisher = number_, .topic = topic, .qos = level, .padding_bytes = padding_bytes});
    flow f{.id = 0, .number = number};
    if (level != qos::at_most_once) {
        f.id = free_id();
        outgoing_.push_back(f);
    }
    send(*link_, f, false);
}

void chaos_client::answered(link& l, const protocol::ack& a) {
    if (a.type == packet_type::pubrel) return receiver_.release(l, a.id);
    const auto found = std::find_if(outgoing_.begin(), outgoing_.end(), [&a](const flow& f) { return f.id == a.id; });
    if (found == outgoing_.end()) return note(all_.strange, "an acknowledgement of nothing");
    const bool exactly_once = book_.at(found->number).qos == qos::exactly_once;
    if (exactly_once != (a.type != packet_type::puback)) return note(all_.strange, "an acknowledgement of another QoS");
    if (a.type == packet_type::pubrec) {
        found->released = true;
        return send_ack(l, packet_type::pubrel, a.id);
    }
    book_.acknowledge(found->number);
    outgoing_.erase(found);
}

}  // namespace tepore::load
