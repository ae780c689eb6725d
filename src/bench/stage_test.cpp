#include <doctest/doctest.h>

#include "bench/stage.hpp"

using namespace tepore;
using namespace tepore::bench;

namespace {

bool near(const char* host) {
    return is_near(net::endpoint::parse(host, 1883).value());
}

}  // namespace

TEST_CASE("near are this machine and private networks, with their edges") {
    for (const char* host : {"127.0.0.1", "127.255.255.254", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.7.7",
                             "169.254.1.1", "::1", "fe80::1", "fd00::1", "fcff::1", "::ffff:127.0.0.1", "::ffff:10.1.1.1"}) {
        CAPTURE(host);
        CHECK(near(host));
    }
    for (const char* host : {"8.8.8.8", "126.255.255.255", "128.0.0.1", "11.0.0.1", "172.15.255.255", "172.32.0.1", "192.167.1.1", "192.169.1.1",
                             "2001:db8::1", "fe00::1", "::ffff:8.8.8.8"}) {
        CAPTURE(host);
        CHECK(!near(host));
    }
}

TEST_CASE("a broker that is far is not tried unasked") {
    const auto found = find_broker(net::parse_address("mqtt://192.0.2.1").value(), false);
    REQUIRE(!found);
    CHECK(found.error().message.find("192.0.2.1:1883 is neither this machine") == 0);
}

TEST_CASE("more connections than the process may have are refused before the first") {
    options o;
    o.broker = net::parse_address("mqtt://127.0.0.1").value();
    const auto made = stage::create(o, net::endpoint::parse("127.0.0.1", 1883).value(), 4'000'000'000u);
    if (made) return;  // no limit on this machine
    CHECK(made.error().message.find("ulimit -Hn") != std::string::npos);
}
