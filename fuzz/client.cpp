// client: the client library's engine with a server that says anything, and a user who asks for anything; every operation is answered once
//
// Input: a byte for the options, then steps: a byte that chooses what happens, and what that step needs.
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/engine.hpp"
#include "client/validity.hpp"
#include "fuzz/script.hpp"
#include "protocol/topic.hpp"

using namespace tepore;
using namespace tepore::fuzz;
using namespace tepore::mqtt_client;
using namespace std::chrono_literals;
using protocol::packet_type;

namespace {

constexpr std::size_t queue_messages_max = 8;

client_options options_of(unsigned form) {
    client_options o;
    o.client_id = "amy";
    o.version = (form & 1) != 0 ? mqtt_version::v5 : mqtt_version::v3_1_1;
    o.clean_start = (form & 2) == 0;
    o.session_expiry_s = (form & 4) != 0 ? 60 : 0;
    o.keep_alive = std::chrono::seconds((form & 8) != 0 ? 10 : 0);
    o.queue_messages_max = queue_messages_max;
    o.queue_bytes_max = 32 * 1024;
    o.packet_bytes_max = 4096;
    o.inflight_max = (form & 16) != 0 ? 3 : 0;
    if ((form & 32) != 0) o.will = message{.topic = "amy/gone", .payload = "1", .properties = {}};
    return o;
}

class talk {
public:
    explicit talk(const client_options& options) : options_(options), version_(static_cast<protocol::version>(options.version)), engine_(options) {}

    void step(input& in) {
        const unsigned what = in.byte();
        switch (what % 24) {
            case 0:
            case 1:
                if (!open_) open();
                break;
            case 2: close(in.coin() ? "the network failed" : ""); break;
            case 3:
            case 4: server_says(a_connack(in, version_)); break;
            case 5:
            case 6: server_says(a_publish(in, version_)); break;
            case 7:
            case 8: server_says(an_ack(in, version_)); break;
            case 9: server_says(a_suback(in, version_)); break;
            case 10: server_says(an_unsuback(in, version_)); break;
            case 11: server_says(a_short_packet(in, version_)); break;
            case 12: server_says(a_framed_piece(in)); break;
            case 13: server_says_bytes(in.piece()); break;
            case 14:
            case 15: publish(in); break;
            case 16: subscribe(in); break;
            case 17: unsubscribe(in); break;
            case 18: advance(std::chrono::milliseconds(in.byte() * 100)); break;
            case 19: advance(std::chrono::minutes(in.below(4))); break;
            case 20: answer_everything(); break;
            case 21: room_ = in.byte(); break;
            case 22: room_ = any_room; break;
            default:
                if ((what & 64) != 0)
                    engine_.pause((what & 128) != 0, now_);
                else
                    cut_ = in.byte();
                break;
        }
        look();
    }

    void end() {
        if (open_) engine_.disconnect(now_);
        look();
        close("");
        engine_.give_up();
        look();
        for (const auto& [id, count] : answers_) must(count == 1, "every operation is answered exactly once");
        must(engine_.idle(), "nothing is left at the end");
    }

private:
    static constexpr std::size_t any_room = static_cast<std::size_t>(-1);

    void open() {
        open_ = true;
        greeted_ = false;
        last_word_ = false;
        limits_known_ = false;
        limits_ = {};
        tail_.clear();
        server_tail_.clear();
        in_flight_.clear();
        aliases_.clear();
        engine_.opened(now_, now_ + 10s);
    }
    void close(std::string_view why) {
        if (!open_) return;
        open_ = false;
        engine_.closed(why, now_);
    }

    void server_says(const octets& bytes) {
        const byte_view all(bytes);
        const auto first = std::min(std::exchange(cut_, 0), all.size());
        server_says_bytes(all.first(first));
        server_says_bytes(all.subspan(first));
    }
    void server_says_bytes(byte_view bytes) {
        if (!open_ || !engine_.wants_bytes() || bytes.empty()) return;
        note_server(bytes);
        const octets own(bytes.begin(), bytes.end());  // of just the right size, and gone afterwards
        engine_.received(own, now_);
        look();
    }

    void publish(input& in) {
        message m;
        m.topic = a_topic(in);
        const unsigned how = in.byte();
        m.qos = static_cast<mqtt_qos>(how % 3);
        m.retain = (how & 32) != 0;
        if ((how & 64) != 0)
            m.payload.assign(std::size_t{64} * in.byte(), 'x');
        else
            m.payload = as_text(in.until(0));
        if ((how & 128) != 0) {
            m.properties.message_expiry_s = in.below(4);
            m.properties.content_type = as_text(in.until(0));
            m.properties.response_topic = a_topic(in);
            m.properties.user.emplace_back(as_text(in.until('=')), as_text(in.until(0)));
        }
        asked(engine_.publish(std::move(m), now_, (how & 16) == 0));
    }
    void subscribe(input& in) {
        std::vector<subscription> filters;
        for (auto left = in.below(4); left > 0; --left) {
            const auto filter = a_filter(in);
            const unsigned how = in.byte();
            filters.push_back(
                {std::string(filter), static_cast<mqtt_qos>(how % 3), (how & 16) != 0, (how & 32) != 0, static_cast<std::uint8_t>(how / 64 % 3)});
        }
        request_details details;
        details.subscription_id = in.below(3);
        asked(engine_.subscribe(std::move(filters), now_, true, std::move(details)));
    }
    void unsubscribe(input& in) {
        std::vector<std::string> filters;
        for (auto left = in.below(4); left > 0; --left) filters.emplace_back(a_filter(in));
        asked(engine_.unsubscribe(std::move(filters), now_));
    }
    void asked(operation_id id) {
        if (id != 0) must(answers_.emplace(id, 0).second, "operations have names of their own");
    }

    void advance(duration by) {
        const auto until = now_ + by;
        for (int turn = 0; engine_.deadline() <= until; ++turn) {
            must(turn < 1000, "the engine comes to rest");
            now_ = std::max(now_, engine_.deadline());
            engine_.tick(now_);
            look();
        }
        now_ = until;
    }

    /// As a good server would.
    void answer_everything() {
        for (const auto& [id, type] : std::map<protocol::packet_id, packet_type>(in_flight_)) {
            const auto ack = [this, name = id](packet_type answer) {
                octets bytes(4);
                protocol::encode(protocol::ack{answer, name, protocol::reason::success, {}}, version_, bytes);
                server_says(bytes);
            };
            if (type == packet_type::puback)
                ack(packet_type::puback);
            else
                for (const auto answer : {packet_type::pubrec, packet_type::pubcomp}) ack(answer);
        }
    }

    /// What the client says, and what it tells.
    void look() {
        for (;;) {
            const auto bytes = engine_.output();
            const auto size = std::min(bytes.size(), room_);
            if (size == 0) break;
            must(open_, "a client without a connection says nothing");
            if (room_ != any_room) room_ -= size;
            tail_.insert(tail_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            engine_.output_taken(size, now_);
        }
        byte_view rest = tail_;
        for (;;) {
            const auto found = protocol::next_frame(rest, protocol::remaining_length_max);
            must(found.state != protocol::frame_state::broken, "the client's packets have the right form");
            if (found.state == protocol::frame_state::incomplete) break;
            understand(found.frame);
            rest = rest.subspan(found.frame.whole.size());
        }
        tail_.erase(tail_.begin(), tail_.end() - static_cast<std::ptrdiff_t>(rest.size()));
        for (auto& e : engine_.take_events()) std::visit([this](auto& happened) { note(happened); }, e);
        must(engine_.waiting() <= queue_messages_max + protocol_in_flight_max, "the queue is bounded");
        if (open_ && engine_.wants_close() && (engine_.output().empty() || room_ == 0)) {
            close("");
            for (auto& e : engine_.take_events()) std::visit([this](auto& happened) { note(happened); }, e);
        }
    }

    void understand(const protocol::frame& f) {
        must(!last_word_, "nothing comes after DISCONNECT");
        const auto packet = protocol::decode(f, version_, protocol::direction::client_to_server);
        must(packet.has_value(), "the client's packets are correct", packet ? "" : packet.error().what);
        must(greeted_ == (f.type != packet_type::connect), "the first word is CONNECT, and no other");
        greeted_ = true;
        if (f.type != packet_type::connect) must(f.whole.size() <= limits_.packet_bytes_max, "no packet is larger than the server takes");
        if (f.type == packet_type::disconnect) last_word_ = true;
        if (const auto* m = std::get_if<protocol::publish>(&*packet)) {
            must(m->topic.empty() || protocol::check_topic_name(m->topic).has_value(), "messages have topic names");
            if (const auto alias = m->properties.number(protocol::property_id::topic_alias)) {
                must(*alias >= 1 && *alias <= limits_.topic_alias_maximum, "no topic alias is above the server's maximum");
                if (m->topic.empty()) must(aliases_.contains(*alias), "a topic alias was set before it is used");
                aliases_.insert(*alias);
            } else {
                must(!m->topic.empty(), "a message has a topic or an alias");
            }
            if (m->qos == protocol::qos::at_most_once) return;
            must(m->qos <= limits_.maximum_qos, "no message has more QoS than the server takes");
            in_flight_[m->id] = m->qos == protocol::qos::at_least_once ? packet_type::puback : packet_type::pubcomp;
            must(in_flight_.size() <= limits_.receive_maximum, "the server's receive maximum is kept");
        } else if (const auto* s = std::get_if<protocol::subscribe>(&*packet)) {
            for (const auto& r : s->requests) must(protocol::check_topic_filter(r.filter).has_value(), "subscriptions have topic filters", r.filter);
        }
    }

    /// What the server's words allow: limits, and places in its window.
    void note_server(byte_view bytes) {
        server_tail_.insert(server_tail_.end(), bytes.begin(), bytes.end());
        byte_view rest = server_tail_;
        for (;;) {
            const auto found = protocol::next_frame(rest, protocol::remaining_length_max);
            if (found.state != protocol::frame_state::complete) break;
            if (found.frame.type == packet_type::connack) {
                if (const auto p = protocol::decode_connack(found.frame, version_); p && !std::exchange(limits_known_, true))
                    limits_ = limits_told_by(*p, version_);
            } else if (found.frame.type >= packet_type::puback && found.frame.type <= packet_type::pubcomp) {
                const auto a = protocol::decode_ack(found.frame, version_);
                if (a && (a->type == packet_type::puback || a->type == packet_type::pubcomp || (a->type == packet_type::pubrec && is_error(a->code))))
                    in_flight_.erase(a->id);
            }
            rest = rest.subspan(found.frame.whole.size());
        }
        server_tail_.erase(server_tail_.begin(), server_tail_.end() - static_cast<std::ptrdiff_t>(rest.size()));
    }

    void note(connected&) {}
    void note(connection_refused&) {}
    void note(server_said_goodbye&) { must(version_ == protocol::version::v5, "a server's DISCONNECT is 5.0's"); }
    void note(disconnected& e) { must(!e.why.empty(), "the end of a connection has a reason in words"); }
    void note(message& m) {
        must(!m.topic.empty() && protocol::check_topic_name(m.topic).has_value(), "messages for the user have topic names", m.topic);
        must(m.payload.size() <= options_.packet_bytes_max, "messages for the user are bounded");
    }
    void note(completed& e) {
        const auto known = answers_.find(e.operation);
        must(known != answers_.end(), "an answer belongs to an operation");
        must(++known->second == 1, "an operation is answered once");
        must(e.result.ok() == e.result.text.empty(), "an operation that failed has words");
    }
    void note(subscription_lost& e) { must(!e.filter.empty(), "a lost subscription has a name"); }

    static constexpr std::size_t protocol_in_flight_max = 1000;

    client_options options_;
    protocol::version version_;
    engine engine_;
    monotonic now_ = monotonic(1h);
    bool open_ = false;
    bool greeted_ = false;
    bool last_word_ = false;
    bool limits_known_ = false;
    server_limits limits_;
    std::size_t room_ = any_room;
    std::size_t cut_ = 0;
    octets tail_;         // of the client's words: an incomplete packet
    octets server_tail_;  // of the server's
    std::map<protocol::packet_id, packet_type> in_flight_;
    std::set<std::uint32_t> aliases_;  // set on this connection
    std::map<operation_id, int> answers_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in({data, size});
    const auto options = options_of(in.byte());
    if (fault_of(options)) return 0;
    talk t(options);
    for (int step = 0; !in.empty() && step < 500; ++step) t.step(in);
    t.end();
    return 0;
}
