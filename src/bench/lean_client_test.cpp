#include <doctest/doctest.h>

#include "bench/lean_client.hpp"
#include "protocol/codec.hpp"

using namespace tepore;
using namespace tepore::bench;

namespace {

using bytes = std::vector<std::uint8_t>;

struct witness final : client_events {
    void on_message(lean_client&, const protocol::publish& m, monotonic) override { heard.emplace_back(as_text(m.payload)); }
    void on_settled(lean_client&) override { ++settled; }
    void on_trouble(lean_client&, std::string_view what) override { troubles.emplace_back(what); }
    std::vector<std::string> heard;
    std::vector<std::string> troubles;
    int settled = 0;
};

struct one_client {
    explicit one_client(protocol::version v = protocol::version::v3_1_1) : who{.version = v} {}

    template <class Packet>
    [[nodiscard]] bytes encoded(const Packet& p) const {
        bytes out(protocol::encoded_size(p, who.version));
        protocol::encode(p, who.version, out);
        return out;
    }
    void hear(const bytes& b) { client.take(b, monotonic{}); }
    void come_up() {
        client.opened();
        said();
        hear(encoded(protocol::connack{}));
        REQUIRE(client.is_up());
    }
    bytes said() {
        const auto waiting = client.output().waiting();
        bytes out(waiting.begin(), waiting.end());
        client.output().sent(out.size());
        return out;
    }
    [[nodiscard]] bytes message(const char* payload, protocol::qos q = protocol::qos::at_most_once, protocol::packet_id id = 0) const {
        return encoded(protocol::publish{.topic = "a/b", .payload = as_bytes(payload), .qos = q, .id = id});
    }

    witness seen;
    turn_list awake;
    login who;
    lean_client client{seen, awake, who, "me", 0, 0};
};

}  // namespace

TEST_CASE("it connects, with what the login says") {
    one_client c(protocol::version::v5);
    c.who.user = "amy";
    c.who.password = "secret";
    c.client.keep_session(true);
    c.client.opened();
    const auto said = c.said();
    const auto p = protocol::decode_connect(protocol::next_frame(said, packet_bytes_max).frame).value();
    CHECK(p.client_id == "me");
    CHECK(p.user_name == "amy");
    CHECK(as_text(*p.password) == "secret");
    CHECK(!p.clean_start);
    CHECK(p.properties.number(protocol::property_id::session_expiry_interval) == kept_session_s);
}

TEST_CASE("a refused connection is trouble") {
    one_client c;
    c.client.opened();
    c.hear(c.encoded(protocol::connack{.code = 5}));
    REQUIRE(c.seen.troubles.size() == 1);
    CHECK(c.seen.troubles.front().find("refused") != std::string::npos);
    CHECK(!c.client.is_up());
}

TEST_CASE("packets may be cut anywhere") {
    one_client c;
    c.come_up();
    bytes all;
    for (const auto& part : {c.message("one"), c.message(std::string(300, 'x').c_str()), c.message("three")})
        all.insert(all.end(), part.begin(), part.end());
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        CAPTURE(cut);
        c.seen.heard.clear();
        c.hear({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(cut)});
        c.hear({all.begin() + static_cast<std::ptrdiff_t>(cut), all.end()});
        REQUIRE(c.seen.heard == std::vector<std::string>{"one", std::string(300, 'x'), "three"});
    }
    c.seen.heard.clear();
    for (const auto byte : all) c.hear({byte});
    CHECK(c.seen.heard.size() == 3);
    CHECK(c.seen.troubles.empty());
}

TEST_CASE("QoS 1 and 2 are answered, and a QoS 2 message that comes again is heard once") {
    one_client c;
    c.come_up();
    c.hear(c.message("x", protocol::qos::at_least_once, 7));
    CHECK(c.said() == bytes{0x40, 2, 0, 7});
    c.hear(c.message("y", protocol::qos::exactly_once, 8));
    c.hear(c.message("y", protocol::qos::exactly_once, 8));
    CHECK(c.said() == bytes{0x50, 2, 0, 8, 0x50, 2, 0, 8});
    c.hear({0x62, 2, 0, 8});
    CHECK(c.said() == bytes{0x70, 2, 0, 8});
    c.hear(c.message("z", protocol::qos::exactly_once, 8));
    CHECK(c.seen.heard == std::vector<std::string>{"x", "y", "z"});
}

TEST_CASE("what it publishes is settled by the broker's answers") {
    one_client c;
    c.come_up();
    c.client.publish({.topic = "t", .qos = protocol::qos::at_least_once});
    c.client.publish({.topic = "t", .qos = protocol::qos::exactly_once});
    CHECK(c.client.unsettled() == 2);
    c.said();
    c.hear({0x40, 2, 0, 1, 0x50, 2, 0, 2});
    CHECK(c.said() == bytes{0x62, 2, 0, 2});
    CHECK(c.seen.settled == 1);
    c.hear({0x70, 2, 0, 2});
    CHECK(c.seen.settled == 2);
    CHECK(c.client.unsettled() == 0);
    CHECK(c.seen.troubles.empty());
}

TEST_CASE("answers to nothing, refusals and nonsense are trouble") {
    for (const bytes& wrong : {bytes{0x40, 2, 0, 9}, bytes{0x90, 3, 0, 9, 0}, bytes{0x20, 2, 0, 0}, bytes{0x36, 2, 0, 0}, bytes{0x82, 2, 0, 1},
                               bytes{0x00, 0}, bytes{0x40, 2, 0, 0}}) {
        one_client c;
        c.come_up();
        c.hear(wrong);
        CAPTURE(wrong.front());
        CHECK(!c.seen.troubles.empty());
    }
    one_client c;
    c.come_up();
    const std::vector<std::string> filter{"a"};
    c.client.subscribe(filter, protocol::qos::at_most_once);
    c.hear({0x90, 3, 0, 1, 0x80});
    CHECK(c.seen.troubles == std::vector<std::string>{"the broker refused a subscription"});
}

TEST_CASE("an end unasked is trouble, an end after DISCONNECT is not") {
    one_client c;
    c.come_up();
    c.client.ended("reset");
    CHECK(c.seen.troubles == std::vector<std::string>{"the broker closed the connection: reset"});
    one_client d;
    d.come_up();
    d.client.disconnect();
    d.client.ended("");
    CHECK(d.seen.troubles.empty());
    CHECK(d.client.state() == client_state::closed);
}
