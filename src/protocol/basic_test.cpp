#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/topic.hpp"

using namespace tepore;
using namespace tepore::protocol;

namespace {
frame frame_of(const std::vector<std::uint8_t>& b) {
    const auto r = next_frame(b, remaining_length_max);
    REQUIRE(r.state == frame_state::complete);
    return r.frame;
}
}

TEST_CASE("a publish comes back as it went") {
    for (const auto v : {version::v3_1_1, version::v5}) {
        publish p{.topic = "casa/cucina/temperatura", .payload = as_bytes("21.5"), .qos = qos::at_least_once, .retain = true, .id = 7};
        std::vector<std::uint8_t> b(encoded_size(p, v));
        CHECK(encode(p, v, b) == b.size());
        const auto f = frame_of(b);
        const auto d = decode_publish(f, v);
        REQUIRE(d);
        CHECK(d->topic == p.topic);
        CHECK(as_text(d->payload) == "21.5");
        CHECK(d->id == 7);
        CHECK(d->retain);
    }
}

TEST_CASE("connect with everything") {
    property_builder pb, wp;
    pb.number(property_id::session_expiry_interval, 60).user("a", "b");
    wp.number(property_id::will_delay_interval, 5);
    connect c{.version = version::v5, .clean_start = false, .keep_alive_s = 30, .client_id = "x", .will = will_message{.topic = "t", .payload = as_bytes("gone"), .qos = qos::exactly_once, .retain = true, .properties = wp.view()}, .user_name = "u", .password = as_bytes("p"), .properties = pb.view()};
    std::vector<std::uint8_t> b(encoded_size(c));
    CHECK(encode(c, b) == b.size());
    const auto d = decode_connect(frame_of(b));
    REQUIRE(d);
    CHECK(d->client_id == "x");
    CHECK(d->will->topic == "t");
    CHECK(d->will->properties.number(property_id::will_delay_interval) == 5u);
    CHECK(d->properties.number(property_id::session_expiry_interval) == 60u);
    int n = 0;
    for (const auto& p : d->properties) n += p.id == property_id::user_property ? 10 : 1;
    CHECK(n == 11);
}

TEST_CASE("subscribe") {
    std::vector<std::uint8_t> list;
    subscription_list::append(list, "a/+", {.qos = qos::exactly_once});
    subscription_list::append(list, "#", {});
    subscribe s{.id = 3, .requests = subscription_list(list)};
    std::vector<std::uint8_t> b(encoded_size(s, version::v3_1_1));
    CHECK(encode(s, version::v3_1_1, b) == b.size());
    const auto d = decode_subscribe(frame_of(b), version::v3_1_1);
    REQUIRE(d);
    std::string all;
    for (const auto& r : d->requests) all += std::string(r.filter) + std::to_string(static_cast<int>(r.options.qos)) + " ";
    CHECK(all == "a/+2 #0 ");
}

TEST_CASE("topic matching") {
    CHECK(matches("a/#", "a"));
    CHECK(matches("a/#", "a/b/c"));
    CHECK(matches("+/+", "/finance"));
    CHECK(matches("/+", "/finance"));
    CHECK(!matches("+", "/finance"));
    CHECK(!matches("#", "$SYS/x"));
    CHECK(matches("$SYS/#", "$SYS/x"));
    CHECK(!matches("a/+", "a"));
    CHECK(matches("a/+", "a/"));
    CHECK(!matches("a", "a/"));
    CHECK(matches("$share/g/a/+", "a/b"));
    CHECK(check_topic_filter("$share/g/#"));
    CHECK(!check_topic_filter("$share/g"));
    CHECK(!check_topic_filter("a/#/b"));
    CHECK(!check_topic_name("a/+"));
}
