#include "load/garbage.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <random>

namespace tepore::load {

namespace {

constexpr unsigned vandals_max = 60;     // misbehaving connections at once
constexpr unsigned half_open_max = 100;  // connections that never finish a CONNECT, or a packet
constexpr unsigned deaf_max = 3;         // subscribers to everything that never read
constexpr unsigned window = 8;           // messages of a pair under way
constexpr auto exchange_every = std::chrono::milliseconds(2);
constexpr auto disconnected_within = std::chrono::seconds(5);

struct counts {
    std::uint64_t exchanged = 0;
    std::uint64_t wrong = 0;  // lost, twice, out of order, or damaged
    std::uint64_t ended = 0;  // good connections that ended
    std::uint64_t vandals = 0;
    std::uint64_t tolerated = 0;  // violations that did not end their connection
    double longest_wait_s = 0;
    std::string first_problem;

    void problem(std::uint64_t& count, std::string what) {
        ++count;
        if (first_problem.empty()) first_problem = std::move(what);
    }
};

/// One of a good pair: sends numbered messages to the other one and checks those that come.
class good_client : public link_events {
public:
    good_client(std::string name, std::string partner, counts& all) : name_(std::move(name)), partner_(std::move(partner)), all_(all) {}

    void connect(swarm& s, unsigned number) { link_ = s.open(*this, number); }
    [[nodiscard]] bool ready() const noexcept { return ready_; }
    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::uint64_t received() const noexcept { return received_[0] + received_[1] + received_[2]; }

    /// `arrived_at_partner`: how many of its messages the other one has.
    void send_more(std::uint64_t arrived_at_partner) {
        for (; link_ != nullptr && sent_ < arrived_at_partner + window; ++sent_) {
            const auto level = static_cast<qos>(sent_ % 3);
            const auto payload = std::to_string(sent_ / 3) + std::string(sent_ % 97, '.');
            const auto topic = partner_ + '/' + std::to_string(static_cast<int>(level));
            id_ = static_cast<packet_id>(id_ % 60'000 + 1);
            link_->send(protocol::publish{.topic = topic, .payload = as_bytes(payload), .qos = level, .id = id_});
        }
    }

    void watch_the_clock(clock::time_point now) {
        if (received() != seen_) {
            seen_ = received();
            last_arrival_ = now;
        }
        all_.longest_wait_s = std::max(all_.longest_wait_s, std::chrono::duration<double>(now - last_arrival_).count());
    }
    void start_the_clock(clock::time_point now) { last_arrival_ = now; }

private:
    void opened(link& l) override { send_connect(l, name_, true); }

    void arrived(link& l, const protocol::frame& f) override {
        switch (f.type) {
            case packet_type::connack: send_subscribe(l, 65'000, name_ + "/+", qos::exactly_once); break;
            case packet_type::suback: ready_ = true; break;
            case packet_type::publish: receive(l, f); break;
            case packet_type::pubrec:
                if (const auto p = protocol::decode_ack(f, version)) send_ack(l, packet_type::pubrel, p->id);
                break;
            case packet_type::pubrel:
                if (const auto p = protocol::decode_ack(f, version)) receiver_.release(l, p->id);
                break;
            case packet_type::puback:
            case packet_type::pubcomp: break;
            default: all_.problem(all_.wrong, name_ + ": a packet that should not come");
        }
    }

    /// Each QoS has a topic of its own, in which the numbers go up by one: nothing lost, twice, or out of order.
    void receive(link& l, const protocol::frame& f) {
        const auto p = protocol::decode_publish(f, version);
        if (!p) return all_.problem(all_.wrong, p.error().what);
        if (!receiver_.take(l, *p)) return all_.problem(all_.wrong, name_ + ": a repetition on a connection that lives");
        const auto level = static_cast<std::size_t>(p->qos);
        if (p->topic != name_ + '/' + std::to_string(level)) return all_.problem(all_.wrong, name_ + ": a message for somebody else");
        const auto number = received_[level] * 3 + level;
        const auto expected = std::to_string(number / 3) + std::string(number % 97, '.');
        if (as_text(p->payload) != expected)
            return all_.problem(all_.wrong, name_ + ": expected " + expected + ", found " + std::string(as_text(p->payload)));
        ++received_[level];
        ++all_.exchanged;
    }

    void ended(link&, std::string_view why) override {
        all_.problem(all_.ended, name_ + " ended: " + std::string(why));
        link_ = nullptr;
    }

    std::string name_;
    std::string partner_;
    counts& all_;
    link* link_ = nullptr;
    bool ready_ = false;
    receiver receiver_;
    packet_id id_ = 0;
    std::uint64_t sent_ = 0;
    std::array<std::uint64_t, 3> received_{};
    std::uint64_t seen_ = 0;
    clock::time_point last_arrival_{};
};

using wire = std::vector<std::uint8_t>;

/// What a vandal does with its connection.
struct mischief {
    wire bytes;
    bool must_end = false;      // the broker has to end this connection
    bool stays = false;         // half open: kept until there are too many
    bool deaf = false;          // never reads
    bool goes_at_once = false;  // leaves as soon as it has spoken
};

class vandal : public link_events {
public:
    vandal(mischief what, counts& all) : what_(std::move(what)), all_(all) { ++all_.vandals; }

    void start(swarm& s, unsigned number, std::uint16_t port) {
        link_ = s.open(*this, number, port);
        since_ = clock::now();
        if (link_ != nullptr && !what_.deaf) link_->ignore();
        if (link_ == nullptr) over_ = true;
    }
    void leave(bool reset) {
        if (link_ != nullptr) link_->close(reset);
        link_ = nullptr;
        over_ = true;
    }
    [[nodiscard]] bool over() const noexcept { return over_; }
    [[nodiscard]] bool said() const noexcept { return said_ && (link_ == nullptr || link_->waiting() == 0); }
    [[nodiscard]] const mischief& what() const noexcept { return what_; }
    [[nodiscard]] clock::time_point since() const noexcept { return since_; }

private:
    void opened(link& l) override {
        l.send_raw(what_.bytes);
        if (what_.deaf) l.stop_reading();
        said_ = true;
    }
    void arrived(link&, const protocol::frame&) override {}
    void ended(link&, std::string_view) override {
        link_ = nullptr;
        over_ = true;
    }

    mischief what_;
    counts& all_;
    link* link_ = nullptr;
    bool said_ = false;
    bool over_ = false;
    clock::time_point since_{};
};

/// Invents mischief. Bytes are made by hand: the codec makes only good ones.
class imagination {
public:
    explicit imagination(std::uint64_t seed) : random_(seed) {}
    unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

    mischief next() {
        switch (below(9)) {
            case 0: return {.bytes = noise(1 + below(2'000))};
            case 1: return damaged();
            case 2: return cut();
            case 3: return {.bytes = join(connect(), {0x30, 0xFF, 0xFF, 0xFF, 0x7F}), .must_end = true};        // 256 MiB announced
            case 4: return {.bytes = join(connect(), {0x30, 0x80, 0x80, 0x80, 0x80, 0x01}), .must_end = true};  // a fifth length byte
            case 5: return {.bytes = connect(below(2) == 0 ? "MQTX" : "HTTP"), .must_end = true};
            case 6: return {.bytes = join(connect(), {0x36, 5, 0, 1, 'x', 0, 1}), .must_end = true};  // QoS 3
            case 7: return {.bytes = {0x82, 6, 0, 1, 0, 1, '#', 2}, .must_end = true};                // SUBSCRIBE comes first
            default: return {.bytes = join(connect(), {0x31, 4, 0, 2, 'v', '#'}), .must_end = true};  // a wildcard in a topic
        }
    }
    mischief half_open() {
        const auto whole = connect();
        return {.bytes = wire(whole.begin(), whole.begin() + below(static_cast<unsigned>(whole.size()))), .stays = true};
    }
    mischief deaf() { return {.bytes = join(connect(), {0x82, 6, 0, 1, 0, 1, '#', 2}), .stays = true, .deaf = true}; }
    mischief not_http() {
        static constexpr std::string_view requests[] = {
            "GET /mqtt HTTP/1.1\r\n", "GET /mqtt HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",  "POST / HTTP/9.9\r\n\r\n",
            "\r\n\r\n\r\n",           "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        };
        const auto pick = below(static_cast<unsigned>(std::size(requests)) + 2);
        if (pick == std::size(requests)) return {.bytes = noise(1 + below(4'000)), .goes_at_once = below(2) == 0};
        if (pick > std::size(requests)) return {.bytes = wire(200'000, 'A'), .goes_at_once = false};  // a request line without end
        return {.bytes = wire(requests[pick].begin(), requests[pick].end()), .goes_at_once = below(2) == 0};
    }

private:
    static wire join(wire first, std::initializer_list<std::uint8_t> more) {
        first.insert(first.end(), more);
        return first;
    }

    wire connect(std::string_view protocol_name = "MQTT") {
        const auto id = "vandal" + std::to_string(random_() % 1'000);
        wire body = {0, static_cast<std::uint8_t>(protocol_name.size())};
        body.insert(body.end(), protocol_name.begin(), protocol_name.end());
        body.insert(body.end(), {4, 2, 0, 0, 0, static_cast<std::uint8_t>(id.size())});
        body.insert(body.end(), id.begin(), id.end());
        wire whole = {0x10, static_cast<std::uint8_t>(body.size())};
        whole.insert(whole.end(), body.begin(), body.end());
        return whole;
    }

    wire conversation() {
        return join(connect(), {0x82, 6, 0, 1, 0, 1, 'v', 1, 0x34, 6, 0, 1, 'v', 0, 2, '!', 0x62, 2, 0, 2, 0xA2, 5, 0, 3, 0, 1, 'v', 0xC0, 0});
    }

    wire noise(unsigned size) {
        wire bytes(size);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_());
        return bytes;
    }
    mischief damaged() {
        auto bytes = conversation();
        for (unsigned n = 1 + below(4); n > 0; --n) bytes[below(static_cast<unsigned>(bytes.size()))] = static_cast<std::uint8_t>(random_());
        return {.bytes = bytes};
    }
    mischief cut() {
        auto bytes = conversation();
        bytes.resize(1 + below(static_cast<unsigned>(bytes.size() - 1)));
        return {.bytes = bytes, .goes_at_once = true};
    }

    std::mt19937_64 random_;
};

class street {
public:
    explicit street(const garbage_options& options) : options_(options), ideas_(options.seed), swarm_(options.port) {
        for (unsigned pair = 0; pair < options.pairs; ++pair) {
            const auto left = "good/" + std::to_string(pair) + "/left";
            const auto right = "good/" + std::to_string(pair) + "/right";
            good_.push_back(std::make_unique<good_client>(left, right, all_));
            good_.push_back(std::make_unique<good_client>(right, left, all_));
        }
    }

    outcome run() {
        const bool gathered = gather();
        if (gathered) {
            trouble();
            finish();
        }
        const bool good = gathered && all_.wrong == 0 && all_.ended == 0 && all_.tolerated == 0 && all_.exchanged > 0 && all_arrived();
        if (gathered && !all_arrived() && all_.first_problem.empty()) all_.first_problem = "messages are missing at the end";
        std::string text(1024, '\0');
        const auto size = std::snprintf(
            text.data(), text.size(),
            R"({"test":"garbage","ok":%s,"seed":%llu,"pairs":%u,"exchanged":%llu,"wrong":%llu,"ended":%llu,"vandals":%llu,)"
            R"("tolerated":%llu,"longest_wait_s":%.3f,"problem":"%s"})",
            good ? "true" : "false", static_cast<unsigned long long>(options_.seed), options_.pairs, static_cast<unsigned long long>(all_.exchanged),
            static_cast<unsigned long long>(all_.wrong), static_cast<unsigned long long>(all_.ended), static_cast<unsigned long long>(all_.vandals),
            static_cast<unsigned long long>(all_.tolerated), all_.longest_wait_s, all_.first_problem.c_str());
        text.resize(std::min(static_cast<std::size_t>(size), text.size() - 1));
        return {good, text};
    }

private:
    bool gather() {
        const auto limit = clock::now() + std::chrono::seconds(10);
        unsigned number = 0;
        for (const auto& one : good_) one->connect(swarm_, number++);
        const auto ready = [this] { return std::all_of(good_.begin(), good_.end(), [](const auto& one) { return one->ready(); }); };
        while (!ready() && clock::now() < limit) swarm_.turn(10);
        if (!ready()) all_.first_problem = "the good clients could not even connect";
        return ready();
    }

    void exchange(bool more) {
        const auto now = clock::now();
        for (std::size_t i = 0; i < good_.size(); ++i) {
            if (more) good_[i]->send_more(good_[i ^ 1]->received());
            good_[i]->watch_the_clock(now);
        }
    }

    void trouble() {
        for (const auto& one : good_) one->start_the_clock(clock::now());
        const auto end = clock::now() + std::chrono::seconds(options_.seconds);
        auto next_exchange = clock::now();
        for (auto now = next_exchange; now < end; now = clock::now()) {
            if (now >= next_exchange) {
                exchange(true);
                next_exchange = now + exchange_every;
            }
            add_vandals();
            swarm_.turn(1);
            look_after_vandals();
        }
    }

    void add(mischief what, bool over_websocket) {
        vandals_.push_back(std::make_unique<vandal>(std::move(what), all_));
        vandals_.back()->start(swarm_, static_cast<unsigned>(all_.vandals), over_websocket ? options_.ws_port : options_.port);
    }

    void add_vandals() {
        const auto how_many = [this](auto kind) {
            return static_cast<unsigned>(std::count_if(vandals_.begin(), vandals_.end(), [&](const auto& one) { return kind(one->what()); }));
        };
        if (how_many([](const mischief& m) { return m.deaf; }) < deaf_max) add(ideas_.deaf(), false);
        if (how_many([](const mischief& m) { return m.stays && !m.deaf; }) < half_open_max)
            add(ideas_.half_open(), options_.ws_port != 0 && ideas_.below(3) == 0);
        for (auto busy = how_many([](const mischief& m) { return !m.stays; }); busy < vandals_max; ++busy) {
            if (options_.ws_port != 0 && ideas_.below(4) == 0) {
                add(ideas_.not_http(), true);
            } else {
                add(ideas_.next(), false);
            }
        }
    }

    void look_after_vandals() {
        const auto now = clock::now();
        for (const auto& one : vandals_) {
            if (one->over()) continue;
            const auto& what = one->what();
            if (what.must_end) {
                if (now - one->since() < disconnected_within) continue;
                all_.problem(all_.tolerated, "a connection that broke the protocol stays open; its first byte was " + std::to_string(what.bytes[0]));
                one->leave(true);
            } else if (one->said() && !what.stays && (what.goes_at_once || now - one->since() > std::chrono::milliseconds(300))) {
                one->leave(ideas_.below(2) == 0);
            }
        }
        std::erase_if(vandals_, [](const auto& one) { return one->over(); });
    }

    [[nodiscard]] bool all_arrived() const {
        for (std::size_t i = 0; i < good_.size(); ++i) {
            if (good_[i]->received() != good_[i ^ 1]->sent()) return false;
        }
        return true;
    }

    void finish() {
        const auto limit = clock::now() + std::chrono::seconds(10);
        while (!all_arrived() && clock::now() < limit) {
            exchange(false);
            swarm_.turn(5);
        }
        for (const auto& one : vandals_) one->leave(true);
    }

    garbage_options options_;
    imagination ideas_;
    swarm swarm_;
    counts all_;
    std::vector<std::unique_ptr<good_client>> good_;
    std::vector<std::unique_ptr<vandal>> vandals_;
};

}  // namespace

outcome garbage(const garbage_options& options) {
    return street(options).run();
}

}  // namespace tepore::load
